import assert from "node:assert/strict";
import { test } from "node:test";
import { problemsOf, ProblemError, type JsonObject } from "@fairlead/base";
import fc from "fast-check";
import {
  builtinSchemas,
  createMergePatch,
  createStrategicPatch,
  createThreeWayMergePatch,
  createThreeWayStrategicPatch,
  jsonPatch,
  mergePatch,
  strategicMergePatch,
  type JsonPatchOperation,
  type SchemaNode,
} from "@fairlead/apimachinery";

function podSchema(): SchemaNode {
  const schema = builtinSchemas().forKind({ group: "", version: "v1", kind: "Pod" });
  assert.ok(schema);
  return schema;
}

function refusal(run: () => unknown): { code: string; text: string } {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProblemError);
    return { code: error.code, text: problemsOf(error)[0]?.message ?? "" };
  }
  return assert.fail("nothing was refused");
}

test("JSON patch: every operation, negative indexes, the end of a list", () => {
  const cases: readonly (readonly [JsonObject, JsonPatchOperation[], JsonObject])[] = [
    [{ a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    [{ l: [1, 2] }, [{ op: "add", path: "/l/-", value: 3 }], { l: [1, 2, 3] }],
    [{ l: [1, 2] }, [{ op: "add", path: "/l/1", value: 9 }], { l: [1, 9, 2] }],
    [{ l: [1, 2] }, [{ op: "remove", path: "/l/-1" }], { l: [1] }],
    [
      { "a/b": 1, "m~n": 2 },
      [
        { op: "remove", path: "/a~1b" },
        { op: "replace", path: "/m~0n", value: 3 },
      ],
      { "m~n": 3 },
    ],
    [{ a: { b: 1 } }, [{ op: "move", from: "/a/b", path: "/c" }], { a: {}, c: 1 }],
    [
      { a: [1] },
      [
        { op: "copy", from: "/a", path: "/b" },
        { op: "add", path: "/b/-", value: 2 },
      ],
      { a: [1], b: [1, 2] },
    ],
    [{ a: 1 }, [{ op: "test", path: "/a", value: 1 }], { a: 1 }],
  ];
  for (const [document, operations, expected] of cases) assert.deepEqual(jsonPatch(document, operations), expected);
});

test("JSON patch: what doesn't apply is refused and the document stays as it was", () => {
  const document = { a: [1] };
  assert.equal(refusal(() => jsonPatch(document, [{ op: "remove", path: "/x" }])).code, "PatchFailed");
  assert.equal(refusal(() => jsonPatch(document, [{ op: "test", path: "/a/0", value: 2 }])).code, "PatchFailed");
  assert.equal(refusal(() => jsonPatch(document, [{ op: "replace", path: "/a/7", value: 2 }])).code, "PatchFailed");
  const many = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a/0", value: 1 }) as const);
  assert.equal(refusal(() => jsonPatch(document, many)).code, "LimitExceeded");
  assert.deepEqual(document, { a: [1] });
});

test("JSON patch: copies that double each time are stopped", () => {
  const bomb: JsonPatchOperation[] = Array.from({ length: 40 }, (_, index) => ({
    op: "copy",
    from: "",
    path: `/x${index}`,
  }));
  assert.match(refusal(() => jsonPatch({ a: "x".repeat(1000) }, bomb)).code, /^(PatchFailed|LimitExceeded)$/);
});

test("RFC 7386: the examples of its appendix", () => {
  assert.deepEqual(mergePatch({ a: "b" }, { a: "c", b: null, c: { d: null, e: 1 } }), { a: "c", c: { e: 1 } });
  assert.deepEqual(mergePatch({ a: [1, 2] }, { a: { b: 1 } }), { a: { b: 1 } });
  assert.deepEqual(mergePatch(["a"], { a: 1 }), { a: 1 });
  assert.equal(mergePatch({ a: 1 }, "text"), "text");
});

const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean());
const tree = fc.letrec<{ node: JsonObject }>((tie) => ({
  node: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), fc.oneof({ maxDepth: 2 }, leaf, tie("node")), {
    maxKeys: 3,
  }),
})).node;

test("a merge patch leads from one document to the other", () => {
  fc.assert(
    fc.property(tree, tree, (from, to) => {
      const plain = JSON.parse(JSON.stringify(from)) as JsonObject;
      const wanted = JSON.parse(JSON.stringify(to)) as JsonObject;
      assert.deepEqual(mergePatch(plain, createMergePatch(plain, wanted)), wanted);
    }),
  );
});

test("three ways: what was never applied stays, what is applied no more goes", () => {
  const patch = createThreeWayMergePatch({ a: 1, b: 2 }, { a: 3 }, { a: 1, b: 2, c: 4 });
  assert.deepEqual(patch, { a: 3, b: null });
  const last = {
    spec: {
      containers: [
        { name: "a", image: "1" },
        { name: "b", image: "1" },
      ],
    },
  };
  const modified = { spec: { containers: [{ name: "a", image: "2" }] } };
  const live = {
    spec: {
      containers: [
        { name: "a", image: "1" },
        { name: "b", image: "1" },
        { name: "side", image: "s" },
      ],
    },
  };
  const strategic = createThreeWayStrategicPatch(last, modified, live, podSchema());
  assert.deepEqual(strategicMergePatch(live, strategic, podSchema()), {
    spec: {
      containers: [
        { name: "a", image: "2" },
        { name: "side", image: "s" },
      ],
    },
  });
});

const container = fc.record(
  { image: fc.constantFrom("1", "2"), args: fc.array(fc.constantFrom("x", "y")), tty: fc.boolean() },
  { requiredKeys: [] },
);
const pod = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "c", "d"), container), { selector: ([name]) => name })
  .map((list): JsonObject => ({ spec: { containers: list.map(([name, rest]) => ({ name, ...rest })) } }));

test("a strategic patch leads from one pod to the other", () => {
  fc.assert(
    fc.property(pod, pod, (from, to) => {
      const patch = createStrategicPatch(from, to, podSchema());
      assert.deepEqual(strategicMergePatch(from, patch, podSchema()), to);
    }),
  );
});

test("strategic directives: delete, replace, retain keys, order, primitive lists", () => {
  const schema = podSchema();
  const live = {
    metadata: { finalizers: ["x/a", "x/b"], labels: { a: "1" } },
    spec: {
      containers: [
        { name: "a", image: "1" },
        { name: "b", image: "1" },
      ],
      volumes: [{ name: "v", emptyDir: {} }],
      nodeSelector: { a: "1" },
    },
  };
  const patched = strategicMergePatch(
    live,
    {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["x/a"], labels: { $patch: "replace", b: "2" } },
      spec: {
        "$setElementOrder/containers": [{ name: "c" }, { name: "b" }],
        containers: [
          { name: "a", $patch: "delete" },
          { name: "c", image: "1" },
        ],
        volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x" } }],
        nodeSelector: null,
      },
    },
    schema,
  );
  assert.deepEqual(patched, {
    metadata: { finalizers: ["x/b"], labels: { b: "2" } },
    spec: {
      containers: [
        { name: "c", image: "1" },
        { name: "b", image: "1" },
      ],
      volumes: [{ name: "v", hostPath: { path: "/x" } }],
    },
  });
});

test("a strategic patch that names no merge key, or an unknown directive, is refused", () => {
  const live = { spec: { containers: [{ name: "a" }] } };
  const run = (patch: JsonObject): string => refusal(() => strategicMergePatch(live, patch, podSchema())).text;
  assert.match(run({ spec: { containers: [{ image: "x" }] } }), /does not contain declared merge key: name/);
  assert.match(run({ spec: { $patch: "shred" } }), /unknown patch type|Unknown patch type/);
});

test("a list that replaces keeps the order in which it was written", () => {
  const containers = [
    { name: "one", image: "a" },
    { name: "two", image: "b" },
  ];
  const live = { spec: { containers: [{ name: "three", image: "c" }] } };
  const patch = { spec: { containers: [...containers, { $patch: "replace" }] } };
  const schema = builtinSchemas().forKind({ group: "", version: "v1", kind: "Pod" });
  assert.ok(schema);
  assert.deepEqual(strategicMergePatch(live, patch, schema), { spec: { containers } });
});
