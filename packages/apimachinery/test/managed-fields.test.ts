import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError, type JsonObject } from "@fairlead/base";
import {
  applyDefaults,
  applyPatch,
  builtinSchemas,
  jsonSchemaNode,
  keepTimesIfUnchanged,
  resetFields,
  trackUpdate,
  type ApplyResult,
  type KubeObject,
} from "@fairlead/apimachinery";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const deployment = { group: "apps", version: "v1", kind: "Deployment" };
const schema = builtinSchemas().forKind({ group: "", version: "v1", kind: "ConfigMap" });
assert.ok(schema);
const context = { schema, apiVersion: "v1", now: NOW };

function map(data: JsonObject, metadata: JsonObject = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: "default", ...metadata }, data };
}

function apply(
  live: KubeObject | undefined,
  applied: KubeObject,
  manager: string,
  force = false,
  now = NOW,
): ApplyResult {
  return applyPatch({ ...context, live, applied, manager, force, now });
}

function dataOf(object: KubeObject): unknown {
  return object["data"];
}

const managersOf = (object: KubeObject): string[] =>
  (object.metadata.managedFields ?? []).map((entry) => `${entry.manager} ${entry.operation}`);

test("the first apply owns what it says, and the entry is as the server writes it", () => {
  const { object } = apply(undefined, map({ a: "1" }, { labels: { x: "y" } }), "one");
  assert.deepEqual(object.metadata.managedFields, [
    {
      manager: "one",
      operation: "Apply",
      apiVersion: "v1",
      time: "2026-01-02T03:04:05Z",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": { "f:a": {} }, "f:metadata": { "f:labels": { "f:x": {} } } },
    },
  ]);
});

test("a field that is applied no more goes, unless another applier has it too", () => {
  const first = apply(undefined, map({ a: "1", b: "1" }), "one").object;
  const shared = apply(first, map({ b: "1", c: "1" }), "two").object;
  const { data: _, ...bare } = map({});
  const after = apply(shared, bare as KubeObject, "one").object;
  assert.deepEqual(dataOf(after), { b: "1", c: "1" });
  assert.deepEqual(managersOf(after), ["two Apply"]);
});

test("another's field is a conflict with the server's words, and force takes it", () => {
  const first = apply(undefined, map({ a: "1" }), "one").object;
  const refused = apply(first, map({ a: "2" }), "two");
  assert.equal(refused.message, 'Apply failed with 1 conflict: conflict with "one": .data.a');
  assert.deepEqual(refused.conflicts, [
    {
      manager: "one",
      operation: "Apply",
      apiVersion: "v1",
      subresource: undefined,
      field: ".data.a",
      message: 'conflict with "one"',
    },
  ]);
  const forced = apply(first, map({ a: "2" }), "two", true).object;
  assert.deepEqual(dataOf(forced), { a: "2" });
  assert.deepEqual(managersOf(forced), ["two Apply"]);
});

test("applying the same value as another shares the field", () => {
  const first = apply(undefined, map({ a: "1" }), "one").object;
  const both = apply(first, map({ a: "1" }), "two").object;
  // The object didn't change, so the new entry has no time and stands first.
  assert.deepEqual(managersOf(both), ["two Apply", "one Apply"]);
});

test("an update owns what it changed, and an apply against it conflicts", () => {
  const first = apply(undefined, map({ a: "1", b: "1" }), "one").object;
  const after = trackUpdate({
    ...context,
    before: first,
    after: { ...first, ...map({ a: "2", b: "1" }) },
    manager: "hand",
  });
  assert.deepEqual(managersOf(after), ["one Apply", "hand Update"]);
  const refused = apply(after, map({ a: "1", b: "1" }), "one");
  assert.match(refused.message, /^Apply failed with 1 conflict: conflict with "hand" using v1.*: \.data\.a$/);
});

test("managedFields may be emptied, and are then started anew", () => {
  const first = apply(undefined, map({ a: "1" }), "one").object;
  const reset = { ...first, metadata: { ...first.metadata, managedFields: [{}] } } as KubeObject;
  const after = trackUpdate({ ...context, before: first, after: reset, manager: "hand" });
  assert.deepEqual(managersOf(after), []);
});

test("what existed before the first apply belongs to before-first-apply", () => {
  const bare = map({ a: "1" }, { uid: "u" });
  const { message } = apply(bare, map({ a: "2" }), "one");
  assert.match(message, /conflict with "before-first-apply" using v1: \.data\.a/);
});

test("beyond ten updaters the oldest become ancient-changes", () => {
  let object = trackUpdate({ ...context, before: undefined, after: map({}), manager: "m0" });
  for (let index = 1; index <= 12; index++) {
    const data = { ...(dataOf(object) as JsonObject), [`k${index}`]: "1" };
    object = trackUpdate({
      ...context,
      before: object,
      after: { ...object, data },
      manager: `m${index}`,
      now: NOW + index * 1000,
    });
  }
  assert.equal(object.metadata.managedFields?.length, 10);
  assert.ok(managersOf(object).includes("ancient-changes Update"));
});

test("status is not applied through the main resource, and status has its own entry", () => {
  const own = builtinSchemas().forKind(deployment);
  assert.ok(own);
  const applied = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }] }] },
      },
    },
    status: { replicas: 3 },
  } as KubeObject;
  const { object } = applyPatch({
    schema: own,
    apiVersion: "apps/v1",
    now: NOW,
    live: undefined,
    applied,
    manager: "one",
    defaults: applyDefaults,
    reset: resetFields(deployment, ""),
  });
  const fields = object.metadata.managedFields?.[0]?.fieldsV1 as JsonObject;
  assert.deepEqual(Object.keys(fields), ["f:spec"]);
  const text = JSON.stringify(fields);
  assert.ok(text.includes('k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}'));
});

test("an apply that changes nothing keeps its times", () => {
  const first = apply(undefined, map({ a: "1" }), "one").object;
  const again = apply(first, map({ a: "1" }), "one", false, NOW + 60_000).object;
  assert.deepEqual(keepTimesIfUnchanged(first, again), first);
});

test("an apply may not carry managedFields, and must fit the schema", () => {
  const code = (run: () => unknown, expected: string): void =>
    assert.throws(run, (error) => error instanceof ProblemError && error.code === expected);
  code(() => apply(undefined, map({}, { managedFields: [{ manager: "x" }] }), "one"), "InvalidApply");
  code(() => apply(undefined, { ...map({}), dta: {} } as KubeObject, "one"), "InvalidTyped");
});

test("custom resources without a schema merge maps and replace lists", () => {
  const free = jsonSchemaNode({ type: "object", "x-kubernetes-preserve-unknown-fields": true }, true);
  const toy = (spec: JsonObject): KubeObject => ({
    apiVersion: "e.com/v1",
    kind: "Toy",
    metadata: { name: "t" },
    spec,
  });
  const options = { schema: free, apiVersion: "e.com/v1", now: NOW };
  const first = applyPatch({
    ...options,
    live: undefined,
    applied: toy({ a: { x: 1 }, l: [1] }),
    manager: "one",
  }).object;
  const second = applyPatch({ ...options, live: first, applied: toy({ a: { y: 2 } }), manager: "two" }).object;
  assert.deepEqual(second["spec"], { a: { x: 1, y: 2 }, l: [1] });
});
