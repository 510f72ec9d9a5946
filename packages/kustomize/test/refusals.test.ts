import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memoryTree, ProblemError } from "@fairlead/base";
import { buildKustomization } from "@fairlead/kustomize";
import { configMap, problemsOf } from "./support.ts";

describe("what is wrong is said with its place", () => {
  const cases = [
    {
      name: "an unknown field",
      files: { "kustomization.yaml": "resources: [a.yaml]\nnamePrefx: a-\n", "a.yaml": configMap("a") },
      expected: { code: "KustomizationInvalid", file: "kustomization.yaml", line: 2, column: 1 },
      message: /unknown field "namePrefx"/,
    },
    {
      name: "a number where a text belongs",
      files: { "kustomization.yaml": "images:\n  - name: a\n    newTag: 1.10\n" },
      expected: { code: "KustomizationInvalid", file: "kustomization.yaml", line: 3, column: 5 },
      message: /cannot unmarshal number into Go struct field Image.images.newTag of type string/,
    },
    {
      name: "a file that is not there",
      files: { "kustomization.yaml": "resources:\n  - nope.yaml\n" },
      expected: { code: "KustomizeLoad", file: "kustomization.yaml", line: 2, column: 5 },
      message: /accumulating resources from 'nope.yaml'/,
    },
    {
      name: "two resources of one identity",
      files: {
        "kustomization.yaml": "resources: [a.yaml, b.yaml]\n",
        "a.yaml": configMap("a"),
        "b.yaml": configMap("a"),
      },
      expected: { code: "KustomizeDuplicate", file: "b.yaml", line: 1, object: "ConfigMap a" },
      message: /may not add resource with an already registered id: ConfigMap.v1.\[noGrp\]\/a.\[noNs\]/,
    },
    {
      name: "a patch without a target of its own",
      files: {
        "kustomization.yaml": "resources: [a.yaml]\npatches:\n  - path: p.yaml\n",
        "a.yaml": configMap("a"),
        "p.yaml": `---\n${configMap("b")}`,
      },
      expected: { code: "KustomizePatch", file: "p.yaml", line: 2, object: "ConfigMap b" },
      message: /no matches for Id ConfigMap.v1.\[noGrp\]\/b.\[noNs\]/,
    },
    {
      name: "a patch of another shape, which is shown",
      files: {
        "kustomization.yaml": "resources: [a.yaml]\npatches:\n  - path: p.yaml\n",
        "a.yaml": configMap("a", "data:\n  a: b\n"),
        "p.yaml": configMap("a", 'data:\n  - x: "5"\n'),
      },
      expected: { code: "KustomizePatch" },
      message: /^wrong node kind: expected MappingNode but got SequenceNode: node contents:\n- x: "5"\n$/,
    },
    {
      name: "a namespace that makes two Secrets one, without what they hold",
      files: {
        "kustomization.yaml":
          "namespace: c\nsecretGenerator:\n  - {name: s, literals: [a=b]}\n  - {name: s, namespace: o, literals: [a=b]}\n",
      },
      expected: { code: "KustomizeDuplicate", object: "Secret c/s" },
      message:
        /^namespace transformation produces ID conflict: \[\{"apiVersion":"v1","data":\{\},"kind":"Secret".*"type":"Opaque"\}\]$/,
    },
    {
      name: "an object without a name",
      files: { "kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": "---\napiVersion: v1\nkind: ConfigMap\n" },
      expected: { file: "a.yaml", line: 2 },
      message: /missing metadata.name in object \{\{v1 ConfigMap\} \{\{ \} map\[\] map\[\]\}\}/,
    },
  ] as const;
  for (const { name, files, expected, message } of cases) {
    test(name, () => {
      const [problem] = problemsOf(files);
      assert.match(problem?.message ?? "", message);
      for (const [key, value] of Object.entries(expected)) {
        assert.equal(problem?.[key as keyof typeof problem], value, `${key} of ${JSON.stringify(problem)}`);
      }
    });
  }
});

test("all faults of one kustomization come in one answer", () => {
  const unknown = problemsOf({ "kustomization.yaml": "one: 1\ntwo: 2\nnamePrefix: 3\n" });
  assert.deepEqual(
    unknown.map(({ line }) => line),
    [1, 2, 3],
  );
  const files = { "kustomization.yaml": "resources: [a.yaml, b.yaml, c.yaml]\n", "b.yaml": configMap("b") };
  assert.equal(problemsOf(files).length, 2);
  const patches = problemsOf({
    "kustomization.yaml": "resources: [a.yaml]\npatches: [{path: x.yaml}, {path: y.yaml}]\n",
    "a.yaml": configMap("a"),
  });
  assert.equal(patches.length, 2);
});

describe("hostile input is refused, quickly", () => {
  test("a YAML bomb", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level++)
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    const started = performance.now();
    const [problem] = problemsOf({
      "kustomization.yaml": "resources: [a.yaml]\n",
      "a.yaml": `${configMap("a")}${lines.join("\n")}\n`,
    });
    assert.equal(problem?.code, "LimitExceeded");
    assert.ok(performance.now() - started < 10_000);
  });

  test("an expression that explodes in a backtracking engine", () => {
    const files = {
      "kustomization.yaml": `resources: [a.yaml]\npatches:\n  - target: {name: "(a+)+$"}\n    patch: '[{"op":"add","path":"/x","value":1}]'\n`,
      "a.yaml": configMap(`${"a".repeat(60)}b`),
    };
    const started = performance.now();
    assert.deepEqual(problemsOf(files), []);
    assert.ok(performance.now() - started < 5_000);
  });

  test("cycles, directly, through others and through links", () => {
    const cycle = { "a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n" };
    assert.match(problemsOf(cycle, "a")[0]?.message ?? "", /cycle detected/);
    const linked = memoryTree({ "a/kustomization.yaml": "resources: [link]\n", "a/link": { symlink: "../a" } });
    assert.throws(() => buildKustomization(linked, "a"), /cycle detected/);
  });

  test("paths and links out of the root", () => {
    const outside = { "in/kustomization.yaml": "resources: [../a.yaml]\n", "a.yaml": configMap("a") };
    assert.match(problemsOf(outside, "in")[0]?.message ?? "", /security; file 'a.yaml' is not in or below 'in'/);
    const linked = memoryTree({
      "in/kustomization.yaml": "resources: [a.yaml]\n",
      "in/a.yaml": { symlink: "../../../etc/passwd" },
    });
    assert.throws(() => buildKustomization(linked, "in"), ProblemError);
  });

  test("text that is no UTF-8, and a kustomization that is a directory", () => {
    const bytes = memoryTree({ "kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": new Uint8Array([0x61, 0xff]) });
    assert.throws(() => buildKustomization(bytes, ""), /not UTF-8/);
    assert.match(problemsOf({ "kustomization.yaml/x": "y" })[0]?.message ?? "", /unable to find one of/);
  });

  test("keys named __proto__ stay keys", () => {
    const file = `${configMap("a")}data:\n  __proto__: x\n`;
    const tree = memoryTree({ "kustomization.yaml": "resources: [a.yaml]\n", "a.yaml": file });
    assert.match(buildKustomization(tree, "").yaml(), /__proto__: x/);
    assert.equal(({} as Record<string, unknown>)["x"], undefined);
  });
});
