import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryTree, ProblemError } from "@fairlead/base";
import { render, RenderCache, type DirectoryOptions, type Rendered } from "../src/index.ts";
import { renderSmall } from "../src/render.ts";

const ENVIRONMENT = { appName: "web", namespace: "shop" };
const LIBRARY = `{ configMap(name, data={}):: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: name }, data: data } }`;

function rendered(tree: Record<string, string>, directory: DirectoryOptions = {}): Rendered {
  return render(memoryTree(tree), { path: "app", directory }, ENVIRONMENT);
}

function names(tree: Record<string, string>, directory: DirectoryOptions = {}): string[] {
  return rendered(tree, directory).objects.map(({ object }) => object.metadata.name ?? "");
}

function problemsOf(tree: Record<string, string>, directory: DirectoryOptions = {}): readonly string[] {
  try {
    rendered(tree, directory);
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return error.problems.map(({ code, file, line, column, message }) =>
      [code, `${file}:${line}:${column ?? ""}`, message].join(" "),
    );
  }
  throw new Error("nothing was wrong");
}

describe("a directory with Jsonnet", () => {
  test("has what its .jsonnet files give, one object or a list, between the manifests of other files", () => {
    const tree = {
      "app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n",
      "app/b.jsonnet": "local lib = import 'lib.libsonnet'; [lib.configMap('b1'), null, lib.configMap('b2')]",
      "app/c.jsonnet": "(import 'lib.libsonnet').configMap('c', { n: std.toString(1 + 1) })",
      "app/d.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"}}',
      "app/lib.libsonnet": LIBRARY,
    };
    assert.deepEqual(names(tree), ["a", "b1", "b2", "c", "d"]);
    const { objects } = rendered(tree);
    assert.deepEqual(objects[3]?.object["data"], { n: "2" });
    assert.deepEqual(objects[3]?.origin, { file: "app/c.jsonnet", line: 1 });
  });

  test("takes List kinds apart, and a file that gives null gives nothing", () => {
    const list = "{ apiVersion: 'v1', kind: 'List', items: [(import 'lib.libsonnet').configMap('x')] }";
    const tree = { "app/list.jsonnet": list, "app/none.jsonnet": "null", "app/lib.libsonnet": LIBRARY };
    assert.deepEqual(names(tree), ["x"]);
  });

  test("gets external variables and top-level arguments, as text or as code", () => {
    const main =
      "function(ns, replicas=1) (import 'lib.libsonnet').configMap(std.extVar('app') + '-' + ns, " +
      "{ replicas: std.toString(replicas + std.extVar('more').by) })";
    const jsonnet = {
      extVars: [
        { name: "app", value: "web" },
        { name: "more", value: "{ by: 40 }", code: true },
      ],
      tlas: [
        { name: "ns", value: "shop" },
        { name: "replicas", value: "2", code: true },
      ],
    };
    const { objects } = rendered({ "app/main.jsonnet": main, "app/lib.libsonnet": LIBRARY }, { jsonnet });
    assert.equal(objects[0]?.object.metadata.name, "web-shop");
    assert.deepEqual(objects[0]?.object["data"], { replicas: "42" });
  });

  test("finds imports beside the file, then in libs from the last to the first, then in the source's directory", () => {
    const main = "local lib = import 'k.libsonnet'; local own = import 'own.libsonnet'; lib.configMap(lib.from + own)";
    const tree = {
      "app/sub/main.jsonnet": main,
      "app/own.libsonnet": "'-own'",
      "vendor/k.libsonnet": `${LIBRARY} + { from:: 'vendor' }`,
      "lib/k.libsonnet": `${LIBRARY} + { from:: 'lib' }`,
    };
    const options = (libs: string[]): DirectoryOptions => ({ recurse: true, jsonnet: { libs } });
    assert.deepEqual(names(tree, options(["vendor", "lib"])), ["lib-own"]);
    assert.deepEqual(names(tree, options(["lib", "/vendor/"])), ["vendor-own"]);
    assert.deepEqual(names({ ...tree, "app/sub/k.libsonnet": `${LIBRARY} + { from:: 'beside' }` }, options(["lib"])), [
      "beside-own",
    ]);
  });

  test("reads nothing outside of the repository", () => {
    for (const path of ["../../../etc/passwd", "/etc/passwd", "../../x"]) {
      const [problem] = problemsOf({ "app/main.jsonnet": `importstr '${path}'` });
      assert.match(problem ?? "", /^JsonnetFailed app\/main\.jsonnet:1:1 couldn't open import/);
    }
    assert.match(problemsOf({ "app/a.jsonnet": "null" }, { jsonnet: { libs: ["../lib"] } })[0] ?? "", /^PathEscapes /);
  });

  test("obeys include, exclude, recurse and the mark that leaves a file out", () => {
    const tree = {
      "app/a.jsonnet": "(import 'lib.libsonnet').configMap('a')",
      "app/b.jsonnet": "// +argocd:skip-file-rendering\n{}",
      "app/sub/c.jsonnet": "(import '../lib.libsonnet').configMap('c')",
      "app/lib.libsonnet": LIBRARY,
    };
    assert.deepEqual(names(tree), ["a"]);
    assert.deepEqual(names(tree, { recurse: true }), ["a", "c"]);
    assert.deepEqual(names(tree, { recurse: true, exclude: "a.jsonnet" }), ["c"]);
    assert.deepEqual(names(tree, { include: "*.yaml" }), []);
  });

  test("tells every file's fault with its place: syntax, failure, what is no manifest, what goes on for ever", () => {
    const tree = {
      "app/a.jsonnet": "{ a: 1",
      "app/b.jsonnet": "local ns = std.extVar('ns');\n{ metadata: { namespace: ns } }",
      "app/c.jsonnet": "{ kind: 'ConfigMap' }",
      "app/d.jsonnet": "local f(n) = f(n + 1) + 1; f(0)",
      "app/e.jsonnet": "'text'",
    };
    assert.deepEqual(problemsOf(tree), [
      "JsonnetSyntax app/a.jsonnet:1:7 Expected a comma before next field",
      "JsonnetFailed app/b.jsonnet:1:12 Undefined external variable: ns",
      "NotAManifest app/c.jsonnet:1: document has no apiVersion",
      "JsonnetLimit app/d.jsonnet:1:14 max stack frames exceeded.",
      "NotAManifest app/e.jsonnet:1: document is not an object",
    ]);
  });

  test("is rendered again when an imported file changes or one that was looked for appears, and else not", async () => {
    const tree = {
      "app/main.jsonnet": "(import 'k.libsonnet').configMap('x')",
      "vendor/k.libsonnet": LIBRARY,
      "other.txt": "1",
    };
    const directory = { jsonnet: { libs: ["vendor"] } };
    const cache = new RenderCache();
    const whys: (string | undefined)[] = [];
    for (const changes of [
      {},
      { "other.txt": "2" },
      { "vendor/k.libsonnet": `${LIBRARY} ` },
      { "vendor/k.libsonnet": `${LIBRARY} `, "app/k.libsonnet": LIBRARY },
    ]) {
      const { why } = await cache.render(
        "o",
        memoryTree({ ...tree, ...changes }),
        { path: "app", directory },
        ENVIRONMENT,
      );
      whys.push(why);
    }
    assert.equal(whys[0], "first render");
    assert.equal(whys[1], undefined);
    assert.match(whys[2] ?? "", /vendor\/k\.libsonnet changed/);
    assert.match(whys[3] ?? "", /changed$/);
  });

  test("is never rendered in the main thread of a pool: a program takes as long as it takes", () => {
    assert.equal(renderSmall(memoryTree({ "app/a.jsonnet": "null" }), { path: "app" }), undefined);
    assert.notEqual(renderSmall(memoryTree({ "app/a.yaml": "" }), { path: "app" }), undefined);
  });
});
