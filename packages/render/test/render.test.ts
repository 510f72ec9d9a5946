import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryTree, problemError, ProblemError } from "@fairlead/base";
import { compileGlob, render, RenderCache } from "../src/index.ts";

const ENVIRONMENT = { appName: "web", namespace: "shop" };
const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
const names = (tree: Record<string, string>, directory = {}): string[] =>
  render(memoryTree(tree), { path: "app", directory }, ENVIRONMENT).objects.map(
    (item) => item.object.metadata.name ?? "",
  );

describe("a directory of manifests", () => {
  test("gives its objects by file name and document order, each with file and line", () => {
    const tree = memoryTree({
      "app/b.yaml": configMap("b"),
      "app/a.yml": `# note\n${configMap("a1")}---\n${configMap("a2")}`,
    });
    const { objects, type } = render(tree, { path: "app" }, ENVIRONMENT);
    assert.equal(type, "Directory");
    assert.deepEqual(
      objects.map(({ object, origin }) => `${object.metadata.name} ${origin.file}:${origin.line}`),
      ["a1 app/a.yml:2", "a2 app/a.yml:7", "b app/b.yaml:1"],
    );
  });

  test("is read recursively only when asked, through include and exclude", () => {
    const tree = {
      "app/a.yaml": configMap("a"),
      "app/sub/b.yaml": configMap("b"),
      "app/sub/c.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
    };
    assert.deepEqual(names(tree), ["a"]);
    assert.deepEqual(names(tree, { recurse: true }), ["a", "b", "c"]);
    assert.deepEqual(names(tree, { recurse: true, include: "*.yaml" }), ["a", "b"]);
    assert.deepEqual(names(tree, { recurse: true, exclude: "{sub/b*,a.yaml}" }), ["c"]);
  });

  test("takes List kinds apart and leaves marked files out", () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${configMap("x").replace(/\n/g, "\n  ").trimEnd()}\n`;
    assert.deepEqual(
      names({ "app/list.yaml": list, "app/skip.yaml": `# +argocd:skip-file-rendering\n${configMap("s")}` }),
      ["x"],
    );
  });

  test("reports every fault of every file at once, with file and line", () => {
    const tree = memoryTree({
      "app/a.yaml": "kind: ConfigMap\nmetadata:\n  name: a\n",
      "app/b.yaml": `${configMap("ok")}---\napiVersion: v1\nkind: ConfigMap\n`,
      "app/c.yaml": "a: [1,\n",
    });
    assert.throws(
      () => render(tree, { path: "app" }, ENVIRONMENT),
      (error) => {
        assert.ok(error instanceof ProblemError);
        assert.deepEqual(
          error.problems.map((problem) => problem.file),
          ["app/a.yaml", "app/b.yaml", "app/c.yaml"],
        );
        assert.equal(error.problems[1]?.line, 6);
        return true;
      },
    );
  });

  test("that is not there is one problem", () => {
    assert.throws(() => render(memoryTree({}), { path: "nope" }, ENVIRONMENT), /path "nope" does not exist/);
  });
});

describe("a glob of Argo CD", () => {
  const CASES: ReadonlyArray<readonly [glob: string, path: string, expected: boolean]> = [
    ["*.yaml", "deep/down/a.yaml", true],
    ["?.yaml", "a.yaml", true],
    ["{a,b}.yaml", "b.yaml", true],
    ["[!a]*.yaml", "a.yaml", false],
    ["a\\*.yaml", "a*.yaml", true],
    ["a\\*.yaml", "ab.yaml", false],
    ["a.yaml", "aXyaml", false],
  ];
  for (const [glob, path, expected] of CASES) {
    test(`${glob} ${expected ? "matches" : "does not match"} ${path}`, () =>
      assert.equal(compileGlob(glob)(path), expected));
  }
  test("that is not closed is refused", () => assert.throws(() => compileGlob("{a,b"), /not closed/));
});

describe("the render cache", () => {
  const files = { "app/a.yaml": configMap("a"), "other/z.yaml": configMap("z") };
  const once = async (cache: RenderCache, tree: Record<string, string>): Promise<string | undefined> =>
    (await cache.render("web", memoryTree(tree), { path: "app" }, ENVIRONMENT)).why;

  test("renders again only when something that was read changed, and says which path", async () => {
    const cache = new RenderCache();
    assert.equal(await once(cache, files), "first render");
    assert.equal(await once(cache, { ...files, "other/z.yaml": configMap("changed") }), undefined);
    assert.equal(await once(cache, { ...files, "app/a.yaml": configMap("b") }), "app/a.yaml changed");
    assert.equal(
      await once(cache, { ...files, "app/a.yaml": configMap("b"), "app/new.yaml": configMap("new") }),
      "app/ changed",
    );
  });

  test("remembers a failure until what it read changes", async () => {
    const cache = new RenderCache();
    const broken = { "app/a.yaml": "a: [" };
    await assert.rejects(once(cache, broken), ProblemError);
    await assert.rejects(once(cache, { ...broken, "other/x.yaml": "" }), ProblemError);
    assert.equal(await once(cache, files), "app/a.yaml changed");
  });

  test("does not remember what may go better next time", async () => {
    const busy = problemError("Cancelled", "no answer");
    let calls = 0;
    const cache = new RenderCache(() => ({ outcome: busy, reads: new Map(), calls: calls++ }));
    await assert.rejects(once(cache, files), ProblemError);
    await assert.rejects(once(cache, files), ProblemError);
    assert.equal(calls, 2);
  });

  test("tries a render that was stopped again when anything changed", async () => {
    let calls = 0;
    const outcome = problemError("RenderTimeout", "too long");
    const cache = new RenderCache(() => ({ outcome, reads: undefined, calls: calls++ }));
    await assert.rejects(once(cache, files), ProblemError);
    await assert.rejects(once(cache, files), ProblemError);
    assert.equal(calls, 1);
    await assert.rejects(once(cache, { ...files, "other/z.yaml": "" }), ProblemError);
    assert.equal(calls, 2);
  });
});

describe("a kustomization", () => {
  const tree = memoryTree({
    "base/kustomization.yaml": "resources: [cm.yaml]\n",
    "base/cm.yaml": configMap("settings"),
    "app/kustomization.yaml": "resources: [../base]\nnamePrefix: a-\n",
  });

  test("is built, and what was read includes its base", () => {
    const { type, objects, reads } = render(tree, { path: "app" }, ENVIRONMENT);
    assert.equal(type, "Kustomize");
    assert.equal(objects[0]?.object.metadata.name, "a-settings");
    assert.ok(reads.has("base/cm.yaml"));
  });

  test("takes what the Application lays over it", () => {
    const kustomize = { nameSuffix: "-z", commonAnnotations: { team: "web" }, version: "v5.8.2" };
    const { object } = render(tree, { path: "app", kustomize }, ENVIRONMENT).objects[0] ?? {};
    assert.equal(object?.metadata.name, "a-settings-z");
    assert.deepEqual(object?.metadata.annotations, { team: "web" });
  });
});

describe("a chart", () => {
  const tree = memoryTree({
    "app/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "app/values.yaml": "tag: one\n",
    "app/templates/cm.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n  namespace: {{ .Release.Namespace }}\ndata:\n  tag: {{ .Values.tag }}\n  secret: {{ randAlphaNum 8 }}\n",
  });
  const data = (helm: object, stable?: { key: string; nowMs: number }): Record<string, string> =>
    render(tree, { path: "app", helm: helm as Record<string, unknown> }, { ...ENVIRONMENT, stable }).objects[0]?.object[
      "data"
    ] as Record<string, string>;

  test("is rendered for the application, parameters over values over the chart's own", () => {
    assert.equal(data({})["tag"], "one");
    assert.equal(data({ values: "tag: two\n" })["tag"], "two");
    assert.equal(data({ values: "tag: two\n", parameters: [{ name: "tag", value: "three" }] })["tag"], "three");
  });

  test("makes up the same secret at every render of one installation, and another one elsewhere", () => {
    const first = data({}, { key: "k", nowMs: 0 })["secret"];
    assert.equal(data({ values: "tag: two\n" }, { key: "k", nowMs: 1e12 })["secret"], first);
    assert.notEqual(data({}, { key: "other", nowMs: 0 })["secret"], first);
    assert.notEqual(data({})["secret"], data({})["secret"]);
  });
});
