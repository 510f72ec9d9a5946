import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runGit } from "@fairlead/sources";
import { render } from "../src/commands/render.ts";
import { fakeIo } from "./support/io.ts";

const application = (
  name: string,
  more: { path?: string; project?: string; repoURL?: string; revision?: string } = {},
): string => `---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: ${name}, namespace: argocd }
spec:
  project: ${more.project ?? "default"}
  source: { repoURL: "${more.repoURL ?? "https://git.invalid/config"}", path: ${more.path ?? "app"}, targetRevision: ${more.revision ?? "main"} }
  destination: { server: "https://kubernetes.default.svc", namespace: shop }
`;

describe("fairlead render", () => {
  let root: string;
  before(async () => {
    root = mkdtempSync(join(tmpdir(), "fairlead-render-"));
    mkdirSync(join(root, "repo/app"), { recursive: true });
    const manifests = [
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { key: one }\n",
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: reader }\nrules: []\n",
    ];
    writeFileSync(join(root, "repo/app/all.yaml"), manifests.join("---\n"));
    mkdirSync(join(root, "repo/jsonnet/lib"), { recursive: true });
    writeFileSync(join(root, "repo/jsonnet/lib/labels.libsonnet"), "function(team) { team: team }\n");
    writeFileSync(
      join(root, "repo/jsonnet/main.jsonnet"),
      `local labels = import 'labels.libsonnet';
function(replicas) {
  apiVersion: 'v1', kind: 'ConfigMap',
  metadata: { name: std.extVar('name'), labels: labels('shop') },
  data: { replicas: std.toString(replicas) },
}
`,
    );
    const git = ["-C", join(root, "repo"), "-c", "user.name=a", "-c", "user.email=a@example.com"];
    await runGit([...git, "init", "-q", "-b", "main"]);
    await runGit([...git, "add", "-A"]);
    await runGit([...git, "commit", "-qm", "one"]);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  async function run(text: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
    writeFileSync(join(root, "app.yaml"), text);
    const { io, out, err } = fakeIo({ cwd: root });
    const env = { XDG_CACHE_HOME: join(root, "cache") };
    const code = await render(["app.yaml", "--repo", "https://git.invalid/config.git=repo", ...args], { ...io, env });
    return { code, out: out(), err: err() };
  }

  test("prints the objects where they belong, from a clone, with no cluster", async () => {
    const { code, out } = await run(application("one"), "-o", "json");
    assert.equal(code, 0);
    const { items } = JSON.parse(out) as { items: { kind: string; metadata: Record<string, unknown> }[] };
    assert.deepEqual(
      items.map(({ kind, metadata }) => [kind, metadata["name"], metadata["namespace"]]),
      [
        ["ConfigMap", "settings", "shop"],
        ["ClusterRole", "reader", undefined],
      ],
    );
  });

  const jsonnet = (replicas: string): string =>
    application("one", { path: "jsonnet" }).replace(
      "targetRevision: main",
      `targetRevision: main, directory: { jsonnet: {
      libs: [jsonnet/lib], extVars: [{ name: name, value: "$ARGOCD_APP_NAME-settings" }],
      tlas: [{ name: replicas, value: "${replicas}", code: true }] } }`,
    );

  test("evaluates Jsonnet with its libraries, variables and arguments", async () => {
    const { code, out, err } = await run(jsonnet("1 + 2"), "-o", "json");
    assert.equal(code, 0, err);
    const { items } = JSON.parse(out) as { items: unknown[] };
    assert.deepEqual(items, [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "one-settings", namespace: "shop", labels: { team: "shop" } },
        data: { replicas: "3" },
      },
    ]);
  });

  test("tells where an argument of Jsonnet is no Jsonnet", async () => {
    const { code, err } = await run(jsonnet("1 +"));
    assert.equal(code, 1);
    assert.match(err, /<top-level-arg:replicas>:1:4: .*Unexpected end of file/);
  });

  test("marks objects as a sync does when asked", async () => {
    const { out } = await run(application("one"), "--tracking");
    assert.match(out, /tracking-id: one:\/ConfigMap:shop\/settings/);
  });

  test("tells every fault of every Application at once, and prints nothing then", async () => {
    const faulty = application("one") + application("two", { path: "nope" }) + application("three", { revision: "v9" });
    const { code, out, err } = await run(faulty);
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(err, /Application argocd\/two: path "nope" does not exist/);
    assert.match(err, /Application argocd\/three: revision "v9" is not in/);
    assert.equal((await run(faulty, "--app", "one")).code, 0);
  });

  test("enforces the project that is given, and names the rule", async () => {
    const project = `---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: shop, namespace: argocd }
spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: shop }] }
`;
    const { code, err } = await run(application("one", { project: "shop" }) + project);
    assert.equal(code, 1);
    assert.match(err, /ClusterRole reader: it is not permitted: spec\.clusterResourceWhitelist of project shop/);
  });

  test("says what to do with a file that holds no Application", async () => {
    await assert.rejects(
      run("apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n"),
      /no Application in app\.yaml/,
    );
  });
});
