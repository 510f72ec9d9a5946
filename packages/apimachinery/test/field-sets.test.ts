import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError, type JsonObject } from "@fairlead/base";
import fc from "fast-check";
import {
  builtinSchemas,
  compareTyped,
  describePath,
  describeTypedFaults,
  extractFields,
  FieldSet,
  fieldsOf,
  mergeTyped,
  removeFields,
  validateTyped,
  type FieldPath,
  type SchemaNode,
} from "@fairlead/apimachinery";

const element = fc.constantFrom(
  "f:a",
  "f:b",
  "f:c",
  'k:{"name":"x"}',
  'k:{"port":80,"protocol":"TCP"}',
  'v:"t"',
  "v:1",
);
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const set = fc.array(path, { maxLength: 12 }).map((paths) => FieldSet.fromPaths(paths));

test("FieldsV1 is read back as it was written", () => {
  fc.assert(fc.property(set, (one) => FieldSet.fromFieldsV1(one.toFieldsV1()).equals(one)));
});

test("set algebra agrees with sets of paths", () => {
  const keysOf = (one: FieldSet): Set<string> => new Set([...one.paths()].map((found) => JSON.stringify(found)));
  fc.assert(
    fc.property(set, set, (a, b) => {
      assert.deepEqual(keysOf(a.union(b)), keysOf(a).union(keysOf(b)));
      assert.deepEqual(keysOf(a.intersection(b)), keysOf(a).intersection(keysOf(b)));
      assert.deepEqual(keysOf(a.difference(b)), keysOf(a).difference(keysOf(b)));
      assert.equal(a.difference(a).isEmpty(), true);
    }),
  );
});

test("a key that is no path element is refused, and so is a bomb of nesting", () => {
  const throws = (json: JsonObject): void =>
    assert.throws(
      () => FieldSet.fromFieldsV1(json),
      (error) => error instanceof ProblemError && error.code === "InvalidFieldsV1",
    );
  throws({ name: {} });
  throws({ "f:a": 1 });
  let deep: JsonObject = {};
  for (let depth = 0; depth < 1000; depth++) deep = { "f:a": deep };
  throws(deep);
});

function schemaOf(kind: string): SchemaNode {
  const schema = builtinSchemas().forKind({ group: kind === "Deployment" ? "apps" : "", version: "v1", kind });
  assert.ok(schema);
  return schema;
}

const shown = (one: FieldSet): string[] => [...one.paths()].map((found: FieldPath) => describePath(found)).sort();
const pod = (containers: JsonObject[]): JsonObject => ({ spec: { containers } });

test("lists with keys are compared item by item, keys with defaults filled in", () => {
  const schema = schemaOf("Pod");
  const before = pod([{ name: "a", image: "1", ports: [{ containerPort: 80 }] }]);
  const after = pod([
    { name: "b", image: "1" },
    { name: "a", image: "2", ports: [{ containerPort: 80, protocol: "TCP", name: "web" }] },
  ]);
  const { added, modified, removed } = compareTyped(before, after, schema);
  assert.deepEqual(shown(added), [
    '.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].name',
    '.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].protocol',
    '.spec.containers[name="b"]',
    '.spec.containers[name="b"].image',
    '.spec.containers[name="b"].name',
  ]);
  assert.deepEqual(shown(modified), ['.spec.containers[name="a"].image']);
  assert.deepEqual(shown(removed), []);
});

test("merging keeps what the applied value doesn't speak of, and its own order of items first", () => {
  const schema = schemaOf("Pod");
  const live = pod([
    { name: "a", image: "1", tty: true },
    { name: "b", image: "1" },
  ]);
  const merged = mergeTyped(live, pod([{ name: "b", image: "2" }, { name: "c" }]), schema);
  assert.deepEqual(merged, {
    spec: {
      containers: [{ name: "a", image: "1", tty: true }, { name: "b", image: "2" }, { name: "c" }],
    },
  });
});

test("what is extracted and what is removed are the two halves of an object", () => {
  const schema = schemaOf("Deployment");
  const object = { spec: { replicas: 2, paused: true, template: { metadata: { labels: { a: "1", b: "2" } } } } };
  const owned = FieldSet.fromFieldsV1({
    "f:spec": { "f:replicas": {}, "f:template": { "f:metadata": { "f:labels": { "f:a": {} } } } },
  });
  assert.deepEqual(extractFields(object, owned, schema), {
    spec: { replicas: 2, template: { metadata: { labels: { a: "1" } } } },
  });
  assert.deepEqual(removeFields(object, owned, schema), {
    spec: { paused: true, template: { metadata: { labels: { b: "2" } } } },
  });
  assert.deepEqual(extractFields(object, fieldsOf(object, schema), schema), object);
});

test("values that don't fit are told of with their paths", () => {
  const faults = validateTyped({ spec: { containers: { a: 1 }, nodeName: 3, extra: 1 } }, schemaOf("Pod"));
  const text = describeTypedFaults(faults);
  assert.match(text, /\.spec\.containers: expected list, got/);
  assert.match(text, /\.spec\.extra: field not declared in schema/);
});
