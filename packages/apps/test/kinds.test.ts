import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { crdSchema, type KubeObject, type SchemaNode } from "@fairlead/apimachinery";
import { decodeYaml } from "@fairlead/yaml";
import { applicationCrds, parseApplication, parseClusterSecret, parseProject } from "../src/index.ts";
import { globMatches } from "../src/glob.ts";

const crds = applicationCrds();
const named = (kind: string): KubeObject =>
  crds.find((crd) => (crd["spec"] as { names: { kind: string } }).names.kind === kind) as KubeObject;

test("the kinds have Argo CD's names, short names, columns and subresources", () => {
  const facts = crds.map((crd) => {
    const spec = crd["spec"] as {
      names: { plural: string; shortNames: string[] };
      versions: { subresources: object; additionalPrinterColumns?: { name: string }[] }[];
    };
    const [version] = spec.versions;
    return [
      crd.metadata.name,
      spec.names.shortNames,
      version?.subresources,
      version?.additionalPrinterColumns?.map(({ name }) => name),
    ];
  });
  assert.deepEqual(facts, [
    ["applications.argoproj.io", ["app", "apps"], {}, ["Sync Status", "Health Status", "Revision", "Project"]],
    ["appprojects.argoproj.io", ["appproj", "appprojs"], {}, undefined],
    ["applicationsets.argoproj.io", ["appset", "appsets"], { status: {} }, undefined],
  ]);
});

/** Paths of a value that the schema does not know, so that a server would prune them. */
function unknownPaths(value: unknown, schema: SchemaNode | undefined, path: string): string[] {
  if (schema === undefined) return [path];
  if (schema.preserveUnknown) return [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => unknownPaths(item, schema.items, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const below =
      schema.properties?.[key] ??
      (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
    return unknownPaths(item, below, `${path}.${key}`);
  });
}

const FULL = `
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: full, namespace: argocd }
spec:
  project: default
  sources:
    - repoURL: https://example.com/charts
      chart: web
      targetRevision: 1.2.x
      helm:
        releaseName: web
        valueFiles: [$values/web.yaml]
        parameters: [{ name: a, value: "1", forceString: true }]
        fileParameters: [{ name: b, path: b.txt }]
        values: "x: 1"
        valuesObject: { any: { thing: [1, 2] } }
        version: v3
        passCredentials: true
        ignoreMissingValueFiles: true
        skipCrds: true
        skipTests: true
        skipSchemaValidation: true
        namespace: ns
        kubeVersion: "1.35"
        apiVersions: [a/v1]
    - { repoURL: "https://example.com/config", ref: values, targetRevision: main }
    - repoURL: https://example.com/config
      path: k
      name: overlay
      kustomize:
        namePrefix: p-
        nameSuffix: -s
        images: [a=b:1]
        replicas: [{ name: web, count: 3 }]
        commonLabels: { a: b }
        commonAnnotations: { a: b }
        commonAnnotationsEnvsubst: true
        forceCommonLabels: true
        forceCommonAnnotations: true
        labelWithoutSelector: true
        labelIncludeTemplates: true
        namespace: overlay
        patches: [{ patch: "x", target: { kind: Deployment, labelSelector: a=b }, options: { allowNameChange: true } }]
        components: [../c]
        ignoreMissingComponents: true
    - repoURL: https://example.com/config
      path: d
      directory: { recurse: true, include: "*.yaml", exclude: "x*", jsonnet: { extVars: [{ name: a, value: b, code: true }], tlas: [{ name: a, value: b }], libs: [lib] } }
    - { repoURL: "https://example.com/config", path: p, plugin: { name: x, env: [{ name: A, value: b }], parameters: [{ name: p, map: { a: b } }, { name: q, array: [a] }, { name: r, string: s }] } }
  destination: { name: staging, namespace: web }
  syncPolicy:
    automated: { enabled: true, prune: true, selfHeal: true, allowEmpty: true }
    syncOptions: [CreateNamespace=true]
    retry: { limit: 3, refresh: true, backoff: { duration: 5s, factor: 2, maxDuration: 1m } }
    managedNamespaceMetadata: { labels: { a: b }, annotations: { c: d } }
  ignoreDifferences:
    - { group: apps, kind: Deployment, name: web, namespace: web, jsonPointers: [/spec/replicas], jqPathExpressions: [.spec.x], managedFieldsManagers: [hpa] }
  info: [{ name: url, value: "https://example.com" }]
  revisionHistoryLimit: 5
operation:
  initiatedBy: { username: ann, automated: false }
  info: [{ name: why, value: test }]
  retry: { limit: 1 }
  sync: { revisions: [a], prune: true, dryRun: true, syncOptions: [x], autoHealAttemptsCount: 1, manifests: [m], resources: [{ group: apps, kind: Deployment, name: a, namespace: b, exclude: true }], syncStrategy: { apply: { force: true }, hook: { force: true } } }
`;

test("every field of an Application is in the schema and is read without a fault", () => {
  const object = decodeYaml(FULL) as KubeObject;
  const schema = crdSchema(named("Application"), "v1alpha1");
  const { metadata: _metadata, ...rest } = object;
  assert.deepEqual(unknownPaths(rest, schema, ""), []);
  const { application, problems } = parseApplication(object);
  assert.deepEqual(problems, []);
  assert.equal(application.spec.sources.length, 5);
  assert.deepEqual(application.spec.retry, { limit: 3, baseMs: 5_000, factor: 2, maxMs: 60_000 });
});

test("an Application without a project and without a cluster is one of the default project, on the cluster we run in", () => {
  const { application, problems } = parseApplication(
    decodeYaml(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: preview, namespace: argocd }
spec: { source: { repoURL: "https://example.com/app", path: manifests }, destination: { namespace: preview-1 } }
`) as KubeObject,
  );
  assert.deepEqual(problems, []);
  assert.equal(application.spec.project, "default");
  assert.deepEqual(application.spec.destination, { server: undefined, name: undefined, namespace: "preview-1" });
});

test("the example of the README works as printed", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const code = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? "";
  const lines: unknown[][] = [];
  const body = code.replace(/^import .*$/m, "");
  runInNewContext(body, { parseApplication, console: { log: (...parts: unknown[]) => void lines.push(parts) } });
  const printed = /console\.log\(.*\/\/ (.*)$/m.exec(code)?.[1];
  assert.equal(lines.map((parts) => parts.join(" ")).join("\n"), printed);
});

test("a faulty rule of a project is left out and reported, and permits nothing by accident", () => {
  const { project, problems } = parseProject(
    decodeYaml(`
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: team, namespace: argocd }
spec:
  sourceRepos: ["*", 3]
  syncWindows:
    - { kind: forbid, schedule: "0 22 * * *", duration: 1h }
    - { kind: deny, schedule: "99 * * * *", duration: soon, timeZone: Mars/Olympus }
    - { kind: deny, schedule: "0 22 * * *", duration: 1h }
`) as KubeObject,
  );
  assert.equal(project.spec.syncWindows.length, 1);
  const text = problems.map(({ message }) => message).join("\n");
  for (const part of ["sourceRepos[1]", "must be allow or deny", "99", '"soon"', "Mars/Olympus"])
    assert.ok(text.includes(part), `${part} in\n${text}`);
});

const encode = (text: string): string => Buffer.from(text).toString("base64");

test("a cluster Secret gives a way to its cluster; no fault ever quotes what is secret", () => {
  const secret = (data: Record<string, string>): KubeObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "c", namespace: "argocd", resourceVersion: "7" },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)])),
  });
  const config = JSON.stringify({ bearerToken: "t0ken", tlsClientConfig: { caData: "Q0E=", serverName: "api" } });
  const { cluster, problems } = parseClusterSecret(
    secret({ name: "east", server: "https://east/", config, namespaces: "a, b" }),
  );
  assert.deepEqual(problems, []);
  assert.equal(cluster?.server, "https://east");
  assert.deepEqual(cluster.namespaces, ["a", "b"]);
  assert.deepEqual(cluster.config, { server: "https://east", caData: "Q0E=", serverName: "api", bearerToken: "t0ken" });
  const broken = parseClusterSecret(secret({ server: "east", config: '{"bearerToken": "t0ken"' }));
  assert.equal(broken.cluster, undefined);
  assert.doesNotMatch(JSON.stringify(broken.problems), /t0ken/);
  assert.equal(broken.problems.length, 2);
});

test("an EKS cluster's token comes from the aws command", () => {
  const config = JSON.stringify({
    awsAuthConfig: { clusterName: "prod", roleARN: "arn:aws:iam::1:role/x", profile: "p" },
  });
  const data = { server: encode("https://eks"), config: encode(config) };
  const { cluster, problems } = parseClusterSecret({ apiVersion: "v1", kind: "Secret", metadata: { name: "c" }, data });
  assert.deepEqual(problems, []);
  assert.deepEqual(cluster?.config?.exec?.args, [
    "eks",
    "get-token",
    "--cluster-name",
    "prod",
    "--role-arn",
    "arn:aws:iam::1:role/x",
  ]);
  assert.deepEqual(cluster.config.exec.env, [{ name: "AWS_PROFILE", value: "p" }]);
});

const GLOBS: readonly (readonly [pattern: string, text: string, separator: "/" | undefined, expected: boolean])[] = [
  ["*", "anything/at all", undefined, true],
  ["team-*", "team-a", undefined, true],
  ["team-?", "team-ab", undefined, false],
  ["https://github.com/org/*", "https://github.com/org/repo", "/", true],
  ["https://github.com/org/*", "https://github.com/org/sub/repo", "/", false],
  ["https://github.com/**", "https://github.com/org/sub/repo", "/", true],
  ["{dev,prod}-*", "prod-1", undefined, true],
  ["[a-c]1", "b1", undefined, true],
  ["[!a-c]1", "b1", undefined, false],
  ["a.b", "axb", undefined, false],
  ["a\\*b", "a*b", undefined, true],
  ["[broken", "[broken", undefined, true],
];

test("globs match as Argo CD's do", () => {
  for (const [pattern, text, separator, expected] of GLOBS) {
    assert.equal(globMatches(pattern, text, separator), expected, `${pattern} on ${text}`);
  }
});
