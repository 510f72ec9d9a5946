import type { Random } from "./random.ts";

type Body = Record<string, unknown>;

const text = { type: "string" };

/** What a custom resource's schema can ask of values, each in one field. */
const GADGET_SCHEMA = {
  type: "object",
  required: ["spec"],
  "x-kubernetes-validations": [
    { rule: "!has(self.metadata.name) || self.metadata.name != 'forbidden'", message: "no such name" },
  ],
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      maxProperties: 22,
      "x-kubernetes-validations": [
        { rule: "!has(self.low) || !has(self.high) || self.low <= self.high", message: "low above high" },
        {
          rule: "!has(self.high) || self.high < 100",
          messageExpression: "has(self.low) ? 'high and low' : 'only high'",
          reason: "FieldValueForbidden",
          fieldPath: ".high",
        },
        { rule: "!has(self.text) || self.text.startsWith('a') || self.text.matches('^b+$')" },
      ],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 10, default: 3 },
        low: { type: "integer" },
        high: { type: "integer", "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "may only grow" }] },
        text: { type: "string", minLength: 2, maxLength: 5, pattern: "^[a-z]+$" },
        level: { type: "string", enum: ["low", "mid", "high"], default: "mid" },
        ratio: { type: "number", exclusiveMinimum: true, minimum: 0, multipleOf: 0.5 },
        date: { type: "string", format: "date" },
        when: { type: "string", format: "date-time" },
        mail: { type: "string", format: "email" },
        address: { type: "string", format: "ipv4" },
        wait: { type: "string", format: "duration" },
        id: { type: "string", format: "uuid" },
        small: { type: "integer", format: "int32" },
        maybe: { type: "string", nullable: true },
        port: { "x-kubernetes-int-or-string": true },
        tags: { type: "array", items: text, "x-kubernetes-list-type": "set", maxItems: 3, minItems: 1 },
        parts: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name", "zone"],
          maxItems: 5,
          items: {
            type: "object",
            required: ["name"],
            "x-kubernetes-validations": [{ rule: "self.count <= 5", message: "too many" }],
            properties: {
              name: { type: "string", maxLength: 10 },
              zone: { type: "string", default: "here" },
              count: { type: "integer", default: 1 },
              inner: { type: "object", required: ["leaf"], properties: { leaf: { type: "string", minLength: 1 } } },
            },
          },
        },
        labels: {
          type: "object",
          maxProperties: 2,
          additionalProperties: {
            type: "string",
            maxLength: 3,
            "x-kubernetes-validations": [{ rule: "self != 'no'" }],
          },
        },
        free: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { known: { type: "integer" } },
        },
        embedded: {
          type: "object",
          "x-kubernetes-embedded-resource": true,
          "x-kubernetes-preserve-unknown-fields": true,
        },
        choice: {
          type: "object",
          properties: { a: text, b: text, c: { type: "integer" } },
          oneOf: [{ required: ["a"] }, { required: ["b"] }],
          allOf: [{ properties: { c: { minimum: 2 } } }],
          not: { required: ["a", "c"] },
        },
        numbers: { type: "array", items: { type: "integer" }, maxItems: 20, uniqueItems: false },
        pair: {
          type: "object",
          "x-kubernetes-map-type": "atomic",
          properties: { l: text, r: text },
          anyOf: [{ required: ["l"] }, { required: ["r"] }],
        },
        fixed: { type: "string", maxLength: 10, "x-kubernetes-validations": [{ rule: "self == oldSelf" }] },
      },
    },
    status: { type: "object", properties: { phase: text } },
  },
} as const;

const SPEC: Readonly<Record<string, readonly unknown[]>> = {
  size: [1, 5, 10, 0, 11, "5", 1.5, null],
  low: [1, 5, 50],
  high: [1, 5, 50, 99, 100, 150],
  text: ["abc", "bb", "cc", "a", "abcdef", "ABC", "", 3],
  level: ["low", "high", "other", "", null],
  ratio: [0.5, 2, 0, -1, 0.3, "1"],
  date: ["2024-02-29", "2023-02-29", "x"],
  when: ["2024-01-01T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00.123+02:00", ""],
  mail: ["a@b.c", "nope", "A <a@b.c>"],
  address: ["10.0.0.1", "::1", "10.0.0.256"],
  wait: ["1h", "3 days", "1x", ""],
  id: ["123e4567-e89b-12d3-a456-426614174000", "123"],
  small: [1, 2_147_483_647, 2_147_483_648, -1],
  maybe: [null, "x", 1],
  port: [80, "http", 1.5, true, "", null],
  tags: [["a"], ["a", "b"], ["a", "a"], [], ["a", "b", "c", "d"], [1], "a", null],
  labels: [{ a: "1" }, { a: "no" }, { a: "1", b: "2", c: "3" }, { a: "long text" }, { a: 1 }, {}, []],
  free: [{}, { known: 1, other: { deep: [1] } }, { known: "x" }, 5],
  embedded: [
    { apiVersion: "v1", kind: "Pod", metadata: { name: "x", labels: { a: "b" } }, spec: { any: 1 } },
    { apiVersion: "v1", kind: "Pod", metadata: { name: "Not-Valid", unknown: 1 } },
    { kind: "Pod" },
    { apiVersion: "v1", kind: "pod kind", metadata: {} },
    {},
  ],
  choice: [{ a: "x" }, { b: "x", c: 3 }, { a: "x", b: "y" }, {}, { a: "x", c: 1 }, { a: "x", c: 3 }, { c: 1 }],
  numbers: [[1, 2, 3], [3, 3], ["x"], [1.5], [null]],
  pair: [{ l: "1" }, { r: "2", l: "1" }, {}, { x: 1 }],
  fixed: ["one", "two", "much too long a text"],
};

function part(random: Random): unknown {
  return {
    ...(random.chance(0.9) ? { name: random.pick<unknown>(["a", "b", "much-too-long-name", 1]) } : {}),
    ...(random.chance(0.4) ? { zone: random.pick(["here", "there"]) } : {}),
    ...(random.chance(0.4) ? { count: random.pick<unknown>([1, 5, 6, "2"]) } : {}),
    ...(random.chance(0.3) ? { inner: random.pick<unknown>([{ leaf: "x" }, { leaf: "" }, {}, null]) } : {}),
    ...(random.chance(0.1) ? { extra: 1 } : {}),
  };
}

/** A value for a field of the spec; the early values of each list are good ones. */
function valueOf(name: string, random: Random): unknown {
  if (name === "parts") return Array.from({ length: random.below(4) }, () => part(random));
  const values = SPEC[name] ?? [];
  return random.chance(0.6) ? values[random.below(Math.min(2, values.length))] : random.pick(values);
}

const FIELDS = [...Object.keys(SPEC), "parts"];

/** A random gadget, often with a fault or two. */
export function randomGadget(random: Random): Body {
  const spec: Body = {};
  const count = 1 + random.below(6);
  for (let index = 0; index < count; index++) {
    const name = random.pick(FIELDS);
    spec[name] = valueOf(name, random);
  }
  if (random.chance(0.1)) spec["unknown"] = { a: 1 };
  return {
    apiVersion: "play.fairlead.dev/v1",
    kind: "Gadget",
    metadata: metadata(random),
    ...(random.chance(0.97) ? { spec } : {}),
    ...(random.chance(0.1) ? { status: { phase: "x" }, top: 1 } : {}),
  };
}

function metadata(random: Random): Body {
  return {
    name: random.chance(0.95) ? "one" : random.pick(["forbidden", "Bad_Name", "a.b"]),
    ...(random.chance(0.1) ? { labels: { a: random.pick(["ok", "not ok!"]) } } : {}),
  };
}

/** The same gadget with one field more, less or otherwise. */
export function changedGadget(gadget: Body, random: Random): Body {
  const copy = structuredClone(gadget);
  const spec = copy["spec"] as Body | undefined;
  if (spec === undefined) return copy;
  const name = random.pick(random.chance(0.5) ? Object.keys(spec) : FIELDS);
  if (random.chance(0.2)) delete spec[name];
  else spec[name] = valueOf(name, random);
  return copy;
}

/** The definition; a lax one takes any spec, so that objects get stored that the strict one refuses. */
export function gadgetDefinition(isStrict: boolean): Body {
  const lax = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.play.fairlead.dev" },
    spec: {
      group: "play.fairlead.dev",
      scope: "Namespaced",
      names: { plural: "gadgets", singular: "gadget", kind: "Gadget", listKind: "GadgetList" },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: isStrict ? GADGET_SCHEMA : lax } },
      ],
    },
  };
}
