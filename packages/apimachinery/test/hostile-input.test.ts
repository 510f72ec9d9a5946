import assert from "node:assert/strict";
import { test } from "node:test";
import { ProblemError, type Json, type JsonObject } from "@fairlead/base";
import {
  applyDefaults,
  applyPatch,
  builtinSchemas,
  compareThreeWays,
  crdSchema,
  decodeCustom,
  FieldSet,
  gvkOf,
  healthOf,
  jsonSchemaNode,
  mergePatch,
  parseQuantity,
  storedForm,
  strategicMergePatch,
  trackUpdate,
  validateBuiltin,
  validateCustom,
  type KubeObject,
} from "@fairlead/apimachinery";

const SECONDS_MAX = 5;

/** Whatever is done ends soon, in an answer or in a problem that has a name: never in a fault of ours. */
function copes(what: string, run: () => unknown): void {
  const started = performance.now();
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ProblemError, `${what}: ${error instanceof Error ? error.stack : String(error)}`);
  }
  assert.ok(performance.now() - started < SECONDS_MAX * 1000, `${what} takes long`);
}

function workload(spec: Json): KubeObject {
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x", namespace: "n" }, spec } as KubeObject;
}

function inPod(containers: Json): KubeObject {
  return workload({ selector: { matchLabels: { a: "b" } }, template: { spec: { containers, volumes: containers } } });
}

function nested(depth: number): Json {
  let value: Json = 1;
  for (let index = 0; index < depth; index++) value = index % 2 === 0 ? [value] : { a: value };
  return value;
}

const quantities = (text: Json): KubeObject =>
  inPod([{ name: "c", resources: { limits: { cpu: text, memory: text } } }]);

const OBJECTS: readonly (readonly [what: string, object: KubeObject])[] = [
  [
    "numbers, texts, nulls and lists where objects belong",
    inPod([1, "x", null, [], true, {}, { name: 5, ports: "no" }]),
  ],
  ["a text where a list belongs", inPod("containers")],
  ["an object where a list belongs", inPod({ name: "c" })],
  ["lists of lists", inPod([[[{ name: "c" }]], [[]]])],
  ["a spec that is a list", workload([1])],
  ["no spec at all", workload(null)],
  ["selectors of the wrong kinds", workload({ selector: { matchLabels: [1], matchExpressions: { key: "a" } } })],
  [
    "expressions of the wrong kinds",
    workload({ selector: { matchExpressions: [1, { key: 1, operator: "In", values: "x" }] } }),
  ],
  [
    "metadata of the wrong kinds",
    {
      ...workload({}),
      metadata: {
        name: "x",
        labels: [1],
        annotations: "a",
        finalizers: "f",
        ownerReferences: { a: 1 },
        managedFields: [1],
      },
    } as unknown as KubeObject,
  ],
  [
    "two items of one key",
    inPod([
      { name: "c", image: "a" },
      { name: "c", image: "b" },
    ]),
  ],
  ["values nested a thousand deep", inPod(nested(1000))],
  ["values nested five thousand deep in a map of texts", workload({ selector: { matchLabels: { a: nested(5000) } } })],
  ["numbers that are no counts", workload({ replicas: 1e308, minReadySeconds: -0.5, paused: 7 })],
  ["integers beyond every type", workload({ replicas: 10n ** 40n, revisionHistoryLimit: -(10n ** 30n) })],
  ["a quantity of a size that isn't there", quantities("1e999999999")],
  ["a quantity with a million digits", quantities("9".repeat(1_000_000))],
  ["broken quantities", quantities("1.2.3Gi")],
  ["a quantity that is an object", quantities({ value: 1 })],
  [
    "names of the prototype",
    inPod([JSON.parse('{"__proto__":{"name":"p"},"constructor":1,"name":"toString"}') as Json]),
  ],
];

for (const [what, object] of OBJECTS) {
  test(`an object with ${what} is answered or refused by all that reads it`, () => {
    const schema = builtinSchemas().forKind(gvkOf(object));
    assert.ok(schema);
    const good = inPod([{ name: "c", image: "i" }]);
    const apply = { manager: "m", schema, apiVersion: "apps/v1", now: 0 };
    copes("defaults", () => applyDefaults(object));
    copes("validation", () => validateBuiltin(applyDefaults(object)));
    copes("validation of an update", () => validateBuiltin(applyDefaults(object), applyDefaults(good)));
    copes("storing", () => storedForm(object));
    copes("update", () => trackUpdate({ before: good, after: object, ...apply }));
    copes("apply", () => applyPatch({ live: good, applied: object, ...apply }));
    copes("apply over it", () => applyPatch({ live: object, applied: good, ...apply }));
    copes("strategic patch", () => strategicMergePatch(good, object, schema));
    copes("strategic patch of it", () => strategicMergePatch(object, good, schema));
    copes("merge patch", () => mergePatch(good, object));
    copes("comparison", () => compareThreeWays({ live: good, desired: object, owned: new FieldSet(), schema }));
    copes("health", () => healthOf(object));
  });
}

test("quantities whose exponent explodes are read in no time or refused", () => {
  for (const text of ["1e999999999", "1e-999999999", `0.${"0".repeat(100_000)}1`, `${"9".repeat(100_000)}Ei`]) {
    copes(text.slice(0, 20), () => parseQuantity(text));
  }
});

function definition(schema: Json | undefined): KubeObject {
  const names = { plural: "toys", singular: "toy", kind: "Toy", listKind: "ToyList" };
  const version = { name: "v1", served: true, storage: true, ...(schema === undefined ? {} : { schema }) };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "toys.example.com" },
    spec: { group: "example.com", scope: "Namespaced", names, versions: [version] },
  } as KubeObject;
}

const whole = (spec: JsonObject): Json => ({
  openAPIV3Schema: { type: "object", properties: { spec: { type: "object", ...spec } } },
});

function deepSchema(depth: number): JsonObject {
  let schema: JsonObject = { type: "string" };
  for (let index = 0; index < depth; index++) schema = { type: "object", properties: { a: schema } };
  return schema;
}

const DEFINITIONS: readonly (readonly [what: string, schema: Json | undefined, told: RegExp])[] = [
  ["no schema", undefined, /openAPIV3Schema/],
  ["a schema that is a text", { openAPIV3Schema: "object" }, /./],
  ["a reference to itself", whole({ properties: { a: { $ref: "#" } } }), /\$ref/],
  ["definitions of its own", whole({ definitions: { a: { $ref: "#/definitions/a" } } }), /definitions/],
  ["a schema a thousand deep", whole({ properties: { a: deepSchema(1000) } }), /^$|./],
  ["a pattern that is none", whole({ properties: { a: { type: "string", pattern: "(((" } } }), /pattern/],
  [
    "a rule over lists of lists of no bound",
    whole({
      properties: { a: { type: "array", items: { type: "array", items: { type: "string" } } } },
      "x-kubernetes-validations": [{ rule: "self.a.all(x, x.all(y, self.a.all(z, z.all(w, w == y))))" }],
    }),
    /cost/,
  ],
  ["rules that are no rules", whole({ "x-kubernetes-validations": [1, null, { rule: 5 }, {}] }), /./],
];

for (const [what, schema, told] of DEFINITIONS) {
  test(`a definition with ${what} is refused, and an object of it is read all the same`, () => {
    const made = definition(schema);
    copes("validation", () => {
      const faults = validateBuiltin(applyDefaults(made));
      assert.match(faults.map(({ field, detail }) => `${field} ${detail}`).join("\n"), told);
    });
    const toy = { apiVersion: "example.com/v1", kind: "Toy", metadata: { name: "t" }, spec: { a: nested(300) } };
    copes("reading", () => {
      const node = crdSchema(made, "v1") ?? jsonSchemaNode({}, true);
      const { object } = decodeCustom(toy as KubeObject, node);
      validateCustom(object, { schema: node, isNamespaced: true });
    });
  });
}
