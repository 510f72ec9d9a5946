import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "@fairlead/base";
import {
  decodeCustom,
  defaultBySchema,
  describeFieldError,
  jsonSchemaNode,
  pruneUnknown,
  validateBySchema,
  validateCustom,
  type KubeObject,
  type SchemaNode,
} from "@fairlead/apimachinery";

function toy(spec: JsonObject, metadata: JsonObject = {}): KubeObject {
  return {
    apiVersion: "example.com/v1",
    kind: "Toy",
    metadata: { name: "t", namespace: "default", ...metadata },
    spec,
  };
}

function schemaOf(spec: JsonObject): SchemaNode {
  return jsonSchemaNode({ type: "object", properties: { spec: { type: "object", ...spec } } }, true);
}

const faults = (spec: JsonObject, schema: SchemaNode, before?: JsonObject): string[] =>
  validateCustom(toy(spec, before ? { resourceVersion: "1" } : {}), {
    schema,
    isNamespaced: true,
    before: before && toy(before, { resourceVersion: "1" }),
  }).map(describeFieldError);

test("unknown fields go, at every depth but inside what preserves them", () => {
  const schema = schemaOf({
    properties: {
      known: { type: "string" },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      list: { type: "array", items: { type: "object", properties: { a: { type: "integer" } } } },
    },
  });
  const { value, unknown } = pruneUnknown(
    toy({ known: "x", other: 1, free: { any: { thing: 1 } }, list: [{ a: 1, b: 2 }] }),
    schema,
  );
  assert.deepEqual((value as JsonObject)["spec"], { known: "x", free: { any: { thing: 1 } }, list: [{ a: 1 }] });
  assert.deepEqual([...unknown].sort(), ["spec.list[0].b", "spec.other"]);
});

test("defaults fill what is absent, and null where null isn't allowed", () => {
  const schema = schemaOf({
    default: {},
    properties: { size: { type: "integer", default: 3 }, text: { type: "string", default: "a", nullable: true } },
  });
  const filled = (spec?: JsonObject): Json | undefined =>
    (defaultBySchema(spec ? toy(spec) : { kind: "Toy" }, schema) as JsonObject)["spec"];
  assert.deepEqual(filled(), { size: 3, text: "a" });
  assert.deepEqual(filled({ size: null, text: null }), { size: 3, text: null });
});

test("decoding prunes, puts metadata in Go's form and fills defaults", () => {
  const schema = schemaOf({ properties: { size: { type: "integer", default: 3 } } });
  const { object, unknown } = decodeCustom(toy({ extra: 1 }, { labels: {}, bogus: 1 }), schema);
  assert.deepEqual(object, toy({ size: 3 }));
  assert.deepEqual(unknown, ["metadata.bogus", "spec.extra"]);
});

const VALUES: readonly (readonly [JsonObject, Json, readonly string[]])[] = [
  [
    { type: "integer", minimum: 1 },
    0,
    ["spec.v: Invalid value: 0: spec.v in body should be greater than or equal to 1"],
  ],
  [{ type: "string" }, 3, ['spec.v: Invalid value: "integer": spec.v in body must be of type string: "integer"']],
  [{ type: "string", enum: ["a", "b"] }, "c", ['spec.v: Unsupported value: "c": supported values: "a", "b"']],
  [
    { type: "string", pattern: "^[a-z]+$" },
    "A",
    ["spec.v: Invalid value: \"A\": spec.v in body should match '^[a-z]+$'"],
  ],
  [{ type: "string", maxLength: 2 }, "abc", ["spec.v: Too long: may not be more than 2 bytes"]],
  [{ type: "string", format: "ipv4" }, "x", ['spec.v: Invalid value: "x": spec.v in body must be of type ipv4: "x"']],
  [{ type: "object", required: ["a"] }, {}, ["spec.v.a: Required value"]],
  [{ "x-kubernetes-int-or-string": true }, "50%", []],
  [
    { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
    ["a", "a"],
    ['spec.v[1]: Duplicate value: "a"'],
  ],
];

for (const [schema, value, expected] of VALUES) {
  test(`${JSON.stringify(value)} under ${JSON.stringify(schema)}`, () => {
    assert.deepEqual(faults({ v: value }, schemaOf({ properties: { v: schema } })), expected);
  });
}

test("what was wrong before and hasn't changed is not held against an update", () => {
  const schema = schemaOf({
    properties: { size: { type: "integer", maximum: 5 }, text: { type: "string", maxLength: 2 } },
  });
  assert.deepEqual(faults({ size: 9, text: "a" }, schema, { size: 9 }), []);
  assert.deepEqual(faults({ size: 9, text: "abc" }, schema, { size: 9 }), [
    "spec.text: Too long: may not be more than 2 bytes",
  ]);
});

test("rules in CEL: messages, transitions, reasons", () => {
  const schema = schemaOf({
    properties: {
      low: { type: "integer" },
      high: { type: "integer", "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "may only grow" }] },
    },
    "x-kubernetes-validations": [
      { rule: "!has(self.low) || self.low <= self.high", message: "low above high", reason: "FieldValueForbidden" },
    ],
  });
  assert.deepEqual(faults({ low: 1, high: 2 }, schema), []);
  assert.deepEqual(faults({ low: 3, high: 2 }, schema), ["spec: Forbidden: low above high"]);
  assert.deepEqual(faults({ high: 1 }, schema, { high: 2 }), ["spec.high: Invalid value: 1: may only grow"]);
});

const RULES: readonly (readonly [rule: string, holds: boolean])[] = [
  ["self.list.all(x, x > 0) && self.list.sum() == 6", true],
  ["self.text.matches('^h.*o$')", true],
  ["quantity('1Gi').isGreaterThan(quantity('500Mi'))", true],
  ["isQuantity('x')", false],
  ["cidr('10.0.0.0/8').containsIP('10.1.1.1')", true],
  ["url('https://a.b:80/c').getHost() == 'a.b:80'", true],
  ["self.list.isSorted() && self.list.max() == 3 && self.list.indexOf(2) == 1", true],
  ["sets.contains(self.list, [1, 2])", true],
  ["self.text.find('l+') == 'll' && self.text.replace('l', 'L') == 'heLLo'", true],
  ["duration('1h') > duration('30m')", true],
  ["self.?missing.orValue('d') == 'd'", true],
];

for (const [rule, holds] of RULES) {
  test(`the rule ${rule} is ${holds}`, () => {
    const schema = schemaOf({
      properties: {
        list: { type: "array", items: { type: "integer" } },
        text: { type: "string" },
        missing: { type: "string" },
      },
      "x-kubernetes-validations": [{ rule }],
    });
    const expected = holds ? [] : [`spec: Invalid value: failed rule: ${rule}`];
    assert.deepEqual(faults({ list: [1, 2, 3], text: "hello" }, schema), expected);
  });
}

test("a rule that costs too much is stopped, and so are the rules after it", () => {
  const list = { type: "array", items: { type: "integer" } };
  const rule = "self.l.all(x, self.l.all(y, self.l.all(z, x + y + z > 0)))";
  const schema = schemaOf({
    properties: { l: list },
    "x-kubernetes-validations": [{ rule }, { rule: "false", message: "never reached" }],
  });
  const started = performance.now();
  const found = faults({ l: Array.from({ length: 2000 }, (_, index) => index + 1) }, schema);
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /actual cost limit exceeded.*no further validation rules will be run/);
  assert.ok(performance.now() - started < 5000);
});

const HOSTILE: readonly (readonly [what: string, rule: string])[] = [
  ["reads a long text again and again", "self.l.all(x, !self.text.contains('zz'))"],
  ["compares large values again and again", "self.l.all(x, self.l == self.l)"],
  ["grows a text", "self.text.replace('a', self.text).size() > 0"],
  ["doubles a text", `cel.bind(x, self.text, ${"cel.bind(x, x + x, ".repeat(12)}x.size() > 0${")".repeat(13)}`],
];

for (const [what, rule] of HOSTILE) {
  test(`a rule that ${what} is stopped`, () => {
    const schema = schemaOf({
      properties: { l: { type: "array", items: { type: "integer" } }, text: { type: "string" } },
      "x-kubernetes-validations": [{ rule }],
    });
    const started = performance.now();
    const found = faults({ l: Array.from({ length: 5000 }, (_, index) => index), text: "a".repeat(50_000) }, schema);
    assert.match(found[0] ?? "", /cost limit exceeded/);
    assert.ok(performance.now() - started < 5000);
  });
}

test("what a rule was against before is let through, but not beside fields that the schema only preserves", () => {
  const schema = schemaOf({
    properties: {
      low: { type: "integer" },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      inner: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    },
    "x-kubernetes-validations": [{ rule: "self.low > 5", message: "too low" }],
  });
  const told = ["spec: Invalid value: too low"];
  const cases: readonly (readonly [spec: JsonObject, faults: readonly string[]])[] = [
    [{ low: 1 }, []],
    [{ low: 1, free: {} }, []],
    [{ low: 1, free: { any: 1 } }, told],
    [{ low: 1, inner: { apiVersion: "v1", kind: "Pod", metadata: { name: "x" } } }, told],
  ];
  for (const [spec, expected] of cases) {
    const found = faults(spec, schema, spec).map((fault) => fault.replace(/value: \{.*\}: /, "value: "));
    assert.deepEqual(found, expected, JSON.stringify(spec));
  }
});

test("patterns are RE2's: the ones that make a backtracking engine hang take no time", () => {
  const schema = jsonSchemaNode({ type: "string", pattern: "^(a+)+$" });
  const started = performance.now();
  assert.equal(validateBySchema(`${"a".repeat(20_000)}!`, schema).length, 1);
  assert.ok(performance.now() - started < 2000);
});

test("values nested beyond the limit are refused, not followed", () => {
  let value: Json = 1;
  for (let depth = 0; depth < 2000; depth++) value = [value];
  // As a definition that contains itself.
  const node: SchemaNode = {
    type: "array",
    get items() {
      return node;
    },
  };
  assert.ok(validateBySchema(value, node).some(({ detail }) => detail === "nested too deeply"));
});

test("metadata of an embedded resource that is null becomes an empty object, as Go's type has it", () => {
  const inner = { type: "object", "x-kubernetes-embedded-resource": true };
  const schema = jsonSchemaNode({ type: "object", properties: { inner } }, true);
  const object = { apiVersion: "v1", kind: "Own", metadata: { name: "a" }, inner: { kind: "Pod", metadata: null } };
  assert.deepEqual(decodeCustom(object, schema).object["inner"], { kind: "Pod", metadata: {} });
});
