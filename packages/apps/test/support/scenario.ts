import { readdirSync, readFileSync } from "node:fs";
import { isJsonObject, jsonEqual, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { decodeYaml } from "@fairlead/yaml";

/**
 * A behaviour as data: steps, and what is to be seen after them. The same scenarios run on virtual time against an API in memory
 * (scenarios.test.ts) and on a real kube-apiserver (conformance/src/apps). test/scenarios/README.md tells the words.
 */
export interface Scenario {
  /** `file: sentence` */
  readonly name: string;
  /** Why it cannot run on a real API server; absent: it can. */
  readonly virtual?: string | undefined;
  readonly clusters: readonly string[];
  /** ConfigMaps of the installation before the engine starts, by name. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly steps: readonly Step[];
}

export type Step = Readonly<Record<string, Json>>;

const FOLDER = new URL("../scenarios/", import.meta.url);

export function readScenarios(): Scenario[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .flatMap((file) => {
      const list = decodeYaml(readFileSync(new URL(file, FOLDER), "utf8"), { file }) as readonly JsonObject[];
      return list.map((entry) => scenarioOf(file.replace(/\.yaml$/, ""), entry));
    });
}

function scenarioOf(file: string, entry: JsonObject): Scenario {
  const known = ["name", "virtual", "clusters", "settings", "steps"];
  const unknown = Object.keys(entry).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`${file}: ${String(entry["name"])} has ${unknown.join(", ")}`);
  return {
    name: `${file}: ${String(entry["name"])}`,
    virtual: entry["virtual"] as string | undefined,
    clusters: (entry["clusters"] ?? []) as string[],
    settings: (entry["settings"] ?? {}) as Record<string, Record<string, string>>,
    steps: entry["steps"] as unknown as Step[],
  };
}

const API_VERSIONS: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
  Role: "rbac.authorization.k8s.io/v1",
  ClusterRole: "rbac.authorization.k8s.io/v1",
  Ingress: "networking.k8s.io/v1",
  CustomResourceDefinition: "apiextensions.k8s.io/v1",
  MutatingWebhookConfiguration: "admissionregistration.k8s.io/v1",
  PodDisruptionBudget: "policy/v1",
  Application: "argoproj.io/v1alpha1",
  AppProject: "argoproj.io/v1alpha1",
  Widget: "example.com/v1",
};

export function apiVersionOf(kind: string): string {
  return API_VERSIONS[kind] ?? "v1";
}

const ANNOTATION_WORDS: Readonly<Record<string, string>> = {
  wave: "argocd.argoproj.io/sync-wave",
  hook: "argocd.argoproj.io/hook",
  deletePolicy: "argocd.argoproj.io/hook-delete-policy",
  options: "argocd.argoproj.io/sync-options",
  compare: "argocd.argoproj.io/compare-options",
};

/** `{ kind, name, wave, … }` as the object it stands for; what has metadata is an object already. */
export function objectOf(short: JsonObject): KubeObject {
  if (isJsonObject(short["metadata"])) {
    return { apiVersion: apiVersionOf(String(short["kind"])), ...short } as unknown as KubeObject;
  }
  const {
    kind = "ConfigMap",
    apiVersion,
    name,
    namespace,
    generateName,
    labels,
    finalizers,
    annotations,
    ...rest
  } = short;
  const marks: JsonObject = { ...(annotations as JsonObject | undefined) };
  const body: JsonObject = {};
  for (const [key, value] of Object.entries(rest)) {
    const annotation = ANNOTATION_WORDS[key];
    if (annotation) marks[annotation] = String(value);
    else if (key === "broken") body["broken"] = value;
    else setOwn(body, key, value);
  }
  const metadata = Object.entries({ name, namespace, generateName, labels, finalizers }).filter(
    ([, value]) => value != null,
  );
  const filled = { ...DEFAULT_BODY[String(kind)], ...body };
  return {
    apiVersion: (apiVersion ?? apiVersionOf(String(kind))) as string,
    kind: String(kind),
    metadata: {
      ...Object.fromEntries(metadata),
      ...(Object.keys(marks).length > 0 ? { annotations: marks as Record<string, string> } : {}),
    },
    ...filled,
  };
}

const POD = (name: string): JsonObject => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name, image: `${name}:1` }] },
});
const CLOSED = { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] };
const DEFAULT_BODY: Readonly<Record<string, JsonObject>> = {
  ConfigMap: { data: { key: "value" } },
  Secret: { data: { key: "dmFsdWU=" } },
  Deployment: { spec: { replicas: 1, selector: { matchLabels: { app: "web" } }, template: POD("web") } },
  Job: { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job:1" }] } } } },
  Service: { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
  ClusterRole: { rules: [] },
  ServiceAccount: {},
  Namespace: {},
  AppProject: { spec: CLOSED },
};

const REPOSITORY = "https://git.example.com/config";

/** `{ name, path, prune, heal, … }` as an Application. `spec` is laid over what the words make. */
export function applicationOf(short: JsonObject): KubeObject {
  const {
    name,
    namespace = "argocd",
    project = "default",
    options,
    retry,
    destination,
    annotations,
    finalizers,
  } = short;
  const automated =
    short["automated"] === false ? undefined : { prune: short["prune"] ?? true, selfHeal: short["heal"] ?? true };
  const allowEmpty = short["allowEmpty"] === undefined ? {} : { allowEmpty: short["allowEmpty"] };
  const policy: JsonObject = {
    ...(automated ? { automated: { ...automated, ...allowEmpty } } : {}),
    ...(options === undefined ? {} : { syncOptions: options }),
    ...(retry === undefined ? {} : { retry }),
    ...(short["managedNamespaceMetadata"] ? { managedNamespaceMetadata: short["managedNamespaceMetadata"] } : {}),
  };
  const source = { repoURL: REPOSITORY, path: short["path"] ?? name, targetRevision: short["revision"] ?? "main" };
  const tool = (short["source"] ?? {}) as JsonObject;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name: String(name),
      namespace: String(namespace),
      ...(annotations ? { annotations: annotations as Record<string, string> } : {}),
      ...(finalizers ? { finalizers: finalizers as string[] } : {}),
    },
    spec: {
      project,
      ...(short["sources"]
        ? { sources: (short["sources"] as JsonObject[]).map((each) => ({ ...source, ...each })) }
        : { source: { ...source, ...tool } }),
      destination: destination ?? { namespace: "default" },
      ...(Object.keys(policy).length > 0 ? { syncPolicy: policy } : {}),
      ...(short["ignore"] ? { ignoreDifferences: short["ignore"] } : {}),
      ...((short["spec"] ?? {}) as JsonObject),
    },
  };
}

/** The text of a file in a commit: as it is, or objects as YAML (which JSON is), one document each. */
export function fileText(content: Json): string | null {
  if (content === null || typeof content === "string") return content;
  const list = (Array.isArray(content) ? content : [content]) as JsonObject[];
  return list.map((each) => JSON.stringify(objectOf(each))).join("\n---\n");
}

/** Where `have` is not as `want` asks, as text; undefined when it is. Objects may have more, lists may not, `/…/` is a pattern. */
export function mismatch(want: unknown, have: unknown, path = ""): string | undefined {
  if (typeof want === "string" && /^\/.*\/$/s.test(want)) {
    return new RegExp(want.slice(1, -1)).test(String(have))
      ? undefined
      : `${path}: ${String(have)} does not match ${want}`;
  }
  if (want === null) return have === undefined || have === null ? undefined : `${path}: is ${JSON.stringify(have)}`;
  if (isJsonObject(want)) {
    const asksForNothing = Object.values(want).length > 0 && Object.values(want).every((value) => value === null);
    if (have === undefined && asksForNothing) return undefined;
    if (!isJsonObject(have)) return `${path}: is ${JSON.stringify(have)}`;
    for (const [key, value] of Object.entries(want)) {
      const found = mismatch(value, have[key], `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Array.isArray(want) && Array.isArray(have) && want.length === have.length) {
    for (const [index, value] of want.entries()) {
      const found = mismatch(value, have[index], `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return jsonEqual(want, have) ? undefined : `${path}: is ${JSON.stringify(have)}, not ${JSON.stringify(want)}`;
}
