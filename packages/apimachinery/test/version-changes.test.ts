import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyPatch,
  crdSchema,
  trackUpdate,
  type KubeObject,
  type SchemaNode,
  type Versioned,
} from "@fairlead/apimachinery";

/** A list that was taken whole in v1alpha1 has keys in v1, which has a field of its own too. */
const list = { type: "array", items: { type: "object", properties: { name: { type: "string" } } } };
const specs = {
  v1alpha1: { size: { type: "integer" }, disks: list },
  v1: {
    size: { type: "integer" },
    modern: { type: "string" },
    disks: { ...list, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
  },
};
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "machines.example.com" },
  spec: {
    versions: Object.entries(specs).map(([name, properties]) => ({
      name,
      schema: { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties } } } },
    })),
  },
} as unknown as KubeObject;

function schemaOf(apiVersion: string): SchemaNode {
  const schema = crdSchema(definition, apiVersion.replace("example.com/", ""));
  assert.ok(schema);
  return schema;
}

const OLD = "example.com/v1alpha1";
const NEW = "example.com/v1";
const convert = (object: KubeObject, apiVersion: string): Versioned | undefined =>
  apiVersion === OLD || apiVersion === NEW
    ? { object: { ...object, apiVersion }, schema: schemaOf(apiVersion) }
    : undefined;
const machine = (apiVersion: string, spec: object): KubeObject =>
  ({ apiVersion, kind: "Machine", metadata: { name: "m" }, spec }) as unknown as KubeObject;
const at = (apiVersion: string, manager: string) => ({
  apiVersion,
  manager,
  schema: schemaOf(apiVersion),
  now: 0,
  convert,
});

function apply(live: KubeObject | undefined, applied: KubeObject, manager: string, force = false): KubeObject {
  const versioned = live && { ...live, apiVersion: applied.apiVersion };
  return applyPatch({ ...at(applied.apiVersion, manager), live: versioned, applied, force }).object;
}

function fieldsOf(object: KubeObject): unknown {
  return object.metadata.managedFields?.map(({ manager, apiVersion, fieldsV1 }) => [manager, apiVersion, fieldsV1]);
}

test("who owned a whole list in an old version loses it to whoever changes one item in the new one", () => {
  const old = apply(undefined, machine(OLD, { size: 1, disks: [{ name: "a" }] }), "old");
  const both = apply(old, machine(NEW, { disks: [{ name: "b" }] }), "new", true);
  assert.deepEqual(both["spec"], { size: 1, disks: [{ name: "a" }, { name: "b" }] });
  assert.deepEqual(fieldsOf(both), [
    ["new", NEW, { "f:spec": { "f:disks": { 'k:{"name":"b"}': { ".": {}, "f:name": {} } } } }],
    ["old", OLD, { "f:spec": { "f:size": {} } }],
  ]);
});

test("what a manager applied in the old version and no longer names in the new one vanishes", () => {
  const old = apply(undefined, machine(OLD, { size: 1, disks: [{ name: "a" }] }), "one");
  assert.deepEqual(apply(old, machine(NEW, { size: 1 }), "one")["spec"], { size: 1 });
});

test("an entry of a version that is no longer served is forgotten", () => {
  const old = apply(undefined, machine(OLD, { size: 1 }), "old");
  const gone = JSON.parse(JSON.stringify(old).replaceAll(OLD, "example.com/v0")) as KubeObject;
  const applied = applyPatch({
    ...at(NEW, "new"),
    live: { ...gone, apiVersion: NEW },
    applied: machine(NEW, { size: 2 }),
  });
  assert.deepEqual(applied.conflicts, []);
  assert.deepEqual(fieldsOf(applied.object), [["new", NEW, { "f:spec": { "f:size": {} } }]]);
});

test("a field that another manager's version does not declare stops an apply, and makes an update forget all owners", () => {
  const old = apply(undefined, machine(OLD, { size: 1 }), "old");
  const live = { ...old, apiVersion: NEW, spec: { size: 1, modern: "yes" } } as KubeObject;
  assert.throws(() => apply(live, machine(NEW, { size: 1 }), "new"), {
    code: "InvalidTyped",
    message: ".spec.modern: field not declared in schema",
  });
  const after = { ...live, spec: { size: 2, modern: "yes" } } as KubeObject;
  const tracked = trackUpdate({ ...at(NEW, "other"), before: live, after });
  assert.deepEqual([tracked["spec"], tracked.metadata.managedFields], [{ size: 2, modern: "yes" }, undefined]);
});
