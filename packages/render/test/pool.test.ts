import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { memoryTree, problemError, ProblemError, type FileTree } from "@fairlead/base";
import { render, RenderPool, type SourceSpec } from "../src/index.ts";

const ENVIRONMENT = { appName: "web", namespace: "shop", stable: { key: "k", nowMs: 0 } };
const configMap = (name: string, text = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  text: "${text}"\n`;
const chart = (template: string): Record<string, string> => ({
  "app/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "app/values.yaml": "tag: one\n",
  "app/templates/all.yaml": template,
});

/** More manifests than are rendered in the main thread. */
function manyManifests(): Record<string, string> {
  const files: Record<string, string> = {};
  for (let index = 0; index < 40; index++) files[`app/cm-${index}.yaml`] = configMap(`cm-${index}`, "x".repeat(10_000));
  return files;
}

const pool = new RenderPool();
after(() => pool.close());

const SOURCES: readonly { what: string; files: Record<string, string>; spec: SourceSpec }[] = [
  { what: "a large directory", files: manyManifests(), spec: { path: "app" } },
  {
    what: "a kustomization over a base elsewhere, with overrides",
    files: {
      "base/kustomization.yaml": "resources: [cm.yaml, more]\n",
      "base/cm.yaml": configMap("settings"),
      "base/more/kustomization.yaml": "resources: [cm.yaml]\n",
      "base/more/cm.yaml": configMap("more"),
      "app/kustomization.yaml": "resources: [../base]\nnamePrefix: a-\n",
    },
    spec: { path: "app", kustomize: { nameSuffix: "-z" } },
  },
  {
    what: "a chart with made up secrets and values from elsewhere",
    files: {
      ...chart(`${configMap("x")}  tag: {{ .Values.tag }}\n  secret: {{ randAlphaNum 8 }}\n`),
      "envs/prod.yaml": "tag: prod\n",
    },
    spec: { path: "app", helm: { valueFiles: ["../envs/prod.yaml"] } },
  },
  {
    what: "a broken kustomization",
    files: { "app/kustomization.yaml": "resources: [no.yaml]\n" },
    spec: { path: "app" },
  },
  {
    what: "a base that leads out of the tree",
    files: { "app/kustomization.yaml": "resources: [../../x]\n" },
    spec: { path: "app" },
  },
  { what: "a broken chart", files: chart("{{ .Values.a.b.c }}"), spec: { path: "app" } },
  { what: "a path that is not there", files: {}, spec: { path: "nope" } },
  { what: "a path that leads out of the tree", files: {}, spec: { path: "../x", kustomize: {} } },
];

function inline(tree: FileTree, spec: SourceSpec): unknown {
  try {
    return render(tree, spec, ENVIRONMENT);
  } catch (error) {
    return (error as ProblemError).problems;
  }
}

describe("a render in a thread", () => {
  for (const { what, files, spec } of SOURCES) {
    test(`gives for ${what} what it gives in the main thread`, async () => {
      const tree = memoryTree(files);
      const { outcome, reads } = await pool.render(tree, spec, ENVIRONMENT);
      assert.deepEqual(outcome instanceof ProblemError ? outcome.problems : outcome, inline(tree, spec));
      if (!(outcome instanceof ProblemError)) assert.equal(outcome.reads, reads);
    });
  }

  test("fetches remote bases through the main thread, where a fault is a problem like any other", async () => {
    const files = { "app/kustomization.yaml": "resources:\n  - https://example.com/org/repo//base?ref=v1\n" };
    const remote = memoryTree({
      "base/kustomization.yaml": "resources: [cm.yaml]\n",
      "base/cm.yaml": configMap("far"),
    });
    const fetcher = {
      repository: (): Promise<FileTree> => Promise.resolve(remote),
      file: () => Promise.reject(new Error("no")),
    };
    const { outcome } = await pool.render(memoryTree(files), { path: "app" }, ENVIRONMENT, { remotes: fetcher });
    assert.ok(!(outcome instanceof ProblemError), String(outcome));
    assert.equal(outcome.objects[0]?.object.metadata.name, "far");
    const failing = { ...fetcher, repository: () => Promise.reject(problemError("Cancelled", "no answer")) };
    const failed = await pool.render(memoryTree(files), { path: "app" }, ENVIRONMENT, { remotes: failing });
    assert.ok(failed.outcome instanceof ProblemError && failed.outcome.isRetryable);
    const without = await pool.render(memoryTree(files), { path: "app" }, ENVIRONMENT);
    assert.match(String(without.outcome), /is not fetched here/);
  });
});

const SLOW = chart("{{ range until 100000 }}{{ range until 100000 }}{{ if eq . 100001 }}x{{ end }}{{ end }}{{ end }}");
const GREEDY = chart(
  '{{ $all := list }}{{ range until 1000000 }}{{ $all = append $all (splitList "" (repeat 10000 "xy")) }}{{ end }}{{ len $all }}',
);

describe("a render that does not end well", () => {
  test("is stopped after its time", async (context) => {
    const small = new RenderPool({ size: 1, timeMs: 300 });
    context.after(() => small.close());
    const { outcome, reads } = await small.render(memoryTree(SLOW), { path: "app" }, ENVIRONMENT);
    assert.ok(outcome instanceof ProblemError);
    assert.equal(outcome.code, "RenderTimeout");
    assert.equal(outcome.problems[0]?.file, "app");
    assert.equal(reads, undefined);
  });

  test("holds nobody up, nor the main thread", async () => {
    const small = new RenderPool({ size: 1, slowMs: 50, extra: 1 });
    let isSlowDone = false;
    const slow = small.render(memoryTree(SLOW), { path: "app" }, ENVIRONMENT).then(() => (isSlowDone = true));
    const { outcome } = await small.render(memoryTree(chart(configMap("quick"))), { path: "app" }, ENVIRONMENT);
    assert.ok(!(outcome instanceof ProblemError));
    assert.equal(isSlowDone, false);
    await small.close();
    await slow;
  });

  test("is stopped when it takes too much memory, and the next one has a thread again", async (context) => {
    const small = new RenderPool({ size: 1, memoryMib: 64 });
    context.after(() => small.close());
    const { outcome } = await small.render(memoryTree(GREEDY), { path: "app" }, ENVIRONMENT);
    assert.ok(outcome instanceof ProblemError);
    assert.equal(outcome.code, "RenderOutOfMemory");
    const next = await small.render(memoryTree(chart(configMap("next"))), { path: "app" }, ENVIRONMENT);
    assert.ok(!(next.outcome instanceof ProblemError));
  });

  test("ends in a problem when the pool is closed, and a small directory needs no thread at all", async () => {
    const closed = new RenderPool({ size: 1 });
    const running = closed.render(memoryTree(SLOW), { path: "app" }, ENVIRONMENT);
    const waiting = closed.render(memoryTree(SLOW), { path: "app" }, ENVIRONMENT);
    await closed.close();
    assert.ok((await running).outcome instanceof ProblemError);
    assert.ok((await waiting).outcome instanceof ProblemError);
    const { outcome } = await closed.render(memoryTree({ "app/a.yaml": configMap("a") }), { path: "app" }, ENVIRONMENT);
    assert.ok(!(outcome instanceof ProblemError));
  });
});
