import type { KubeObject } from "@fairlead/apimachinery";
import { metadata, strings, TOYS, type PlayKind } from "./kinds.ts";
import type { Random } from "./random.ts";

type Body = Record<string, unknown>;

const text = { type: "string" };
const integer = { type: "integer" };
const textMap = { type: "object", additionalProperties: text };
const PRESERVES = { "x-kubernetes-preserve-unknown-fields": true };
const mapList = (keys: readonly string[], properties: Body): Body => ({
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
  items: { type: "object", required: keys.slice(0, 1), properties },
});

/** What structural schemas can say beyond the toys': defaults, null, objects in objects, unknown fields kept here and not there. */
const WIDGET_SPEC = {
  type: "object",
  properties: {
    level: { ...text, default: "mid" },
    maybe: { ...text, nullable: true },
    gone: { type: "object", nullable: true, properties: { a: text, b: text } },
    settings: {
      type: "object",
      default: {},
      properties: { mode: { ...text, default: "slow" }, count: integer, flags: textMap },
    },
    template: { type: "object", "x-kubernetes-embedded-resource": true, ...PRESERVES },
    strict: {
      type: "object",
      "x-kubernetes-embedded-resource": true,
      properties: { spec: { type: "object", properties: { size: integer, note: text } } },
    },
    open: {
      type: "object",
      ...PRESERVES,
      properties: { known: { type: "object", properties: { a: text } }, list: { type: "array", items: text } },
    },
    anything: PRESERVES,
    percent: { "x-kubernetes-int-or-string": true, default: "10%" },
    byName: { type: "object", additionalProperties: { type: "object", properties: { port: integer, tags: textMap } } },
    plain: { type: "array", items: { type: "object", properties: { a: text, b: text } } },
    grid: { type: "array", items: { type: "array", items: integer } },
    rules: mapList(["name", "zone"], {
      name: text,
      zone: { ...text, default: "here" },
      weight: { ...integer, default: 1 },
      match: { ...textMap, "x-kubernetes-map-type": "atomic" },
      parts: mapList(["id"], { id: integer, on: { type: "boolean" } }),
      tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
    }),
    flags: { type: "array", items: { type: "boolean" }, "x-kubernetes-list-type": "set" },
    pair: { type: "object", "x-kubernetes-map-type": "atomic", properties: { l: text, r: text } },
  },
};

const embedded = (random: Random, kind: string): Body => ({
  apiVersion: "v1",
  kind,
  metadata: { name: random.pick(["x", "y"]), ...(random.chance(0.5) ? { labels: strings(random, ["a", "b"]) } : {}) },
  spec: random.pick<unknown>([{ size: 1 }, { size: 2, note: "n" }, {}]),
});

const WIDGET_FIELDS: Readonly<Record<string, (random: Random) => unknown>> = {
  level: (random) => random.pick(["low", "high"]),
  maybe: (random) => random.pick([null, "x", "y"]),
  gone: (random) => random.pick<unknown>([null, { a: "1" }, { a: "1", b: "2" }, {}]),
  settings: (random) =>
    random.pick<unknown>([{}, { mode: "fast" }, { count: 2 }, { flags: strings(random, ["f", "g"]) }]),
  template: (random) => embedded(random, "Pod"),
  strict: (random) => embedded(random, "Thing"),
  open: (random) =>
    random.pick<unknown>([
      { known: { a: "1" }, other: { deep: [1, { x: 2 }] } },
      { known: {}, list: ["a", "b"], more: "m" },
      { other: { deep: [2] }, none: null },
      {},
    ]),
  anything: (random) => random.pick<unknown>([1, "text", [1, 2], { a: { b: 1 } }, { a: { c: 2 } }, true]),
  percent: (random) => random.pick<unknown>([1, "50%"]),
  byName: (random) =>
    Object.fromEntries(
      random
        .some(["p", "q", "p/q"])
        .map((name) => [name, random.pick<unknown>([{ port: 1 }, { port: 2, tags: strings(random, ["t"]) }, {}])]),
    ),
  plain: (random) => random.some(["1", "2"]).map((a) => ({ a, ...(random.chance(0.5) ? { b: "x" } : {}) })),
  grid: (random) => random.pick([[[1, 2], [3]], [[]], []]),
  rules: (random) =>
    random.some(["a", "b", "c"]).map((name) => ({
      name,
      ...(random.chance(0.3) ? { zone: random.pick(["here", "there"]) } : {}),
      ...(random.chance(0.4) ? { weight: random.below(3) } : {}),
      ...(random.chance(0.3) ? { match: strings(random, ["m", "n"]) } : {}),
      ...(random.chance(0.4) ? { parts: random.some([1, 2]).map((id) => ({ id, on: random.chance(0.5) })) } : {}),
      ...(random.chance(0.3) ? { tags: random.some(["s", "t"]) } : {}),
    })),
  flags: (random) => random.some([true, false]),
  pair: (random) => random.pick<unknown>([{ l: "1" }, { l: "1", r: "2" }, {}]),
};

const partOf = (random: Random, fields: typeof WIDGET_FIELDS): Body =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(() => random.chance(0.4))
      .map(([name, value]) => [name, value(random)]),
  );

/** The same kind in an early and a late version: a list that was taken whole has keys now, fields came and went. */
const machineSpec = (disks: Body, own: Body): Body => ({
  type: "object",
  properties: {
    size: integer,
    labels: textMap,
    disks,
    names: { type: "array", items: text, "x-kubernetes-list-type": "set" },
    ...own,
  },
});
const disk = { name: text, gigabytes: integer, mode: text };
const EARLY_MACHINE = machineSpec(
  { type: "array", "x-kubernetes-list-type": "atomic", items: { type: "object", properties: disk } },
  { legacy: text, window: { ...textMap, "x-kubernetes-map-type": "atomic" } },
);
const LATE_MACHINE = machineSpec(mapList(["name"], { ...disk, mode: { ...text, default: "rw" } }), {
  modern: { ...text, default: "yes" },
  window: textMap,
});

const MACHINE_FIELDS: Readonly<Record<string, (random: Random) => unknown>> = {
  size: (random) => random.below(3),
  labels: (random) => strings(random, ["p", "q"]),
  disks: (random) =>
    random.some(["a", "b"]).map((name) => ({
      name,
      ...(random.chance(0.5) ? { gigabytes: random.below(3) } : {}),
      ...(random.chance(0.3) ? { mode: "ro" } : {}),
    })),
  names: (random) => random.some(["x", "y", "z"]),
  window: (random) => strings(random, ["from", "to"]),
};

interface Version {
  readonly name: string;
  readonly spec: Body;
}

/** The last version is the one that is stored. */
function definition(kind: string, versions: readonly Version[]): KubeObject {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.play.fairlead.dev` },
    spec: {
      group: "play.fairlead.dev",
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: versions.map(({ name, spec }, index) => ({
        name,
        served: true,
        storage: index === versions.length - 1,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", properties: { spec, status: { type: "object", ...PRESERVES } } } },
      })),
    },
  } as unknown as KubeObject;
}

function customKind(kind: string, versions: readonly Version[], fields: typeof WIDGET_FIELDS): PlayKind {
  const plural = `${kind.toLowerCase()}s`;
  return {
    name: kind.toLowerCase(),
    apiVersion: `play.fairlead.dev/${versions.at(-1)?.name}`,
    kind,
    path: `/apis/play.fairlead.dev/${versions.at(-1)?.name}/namespaces/default/${plural}`,
    definition: definition(kind, versions),
    versions: versions.map(({ name }) => `play.fairlead.dev/${name}`),
    hasStatus: true,
    body: (random) => ({ metadata: metadata(random), spec: partOf(random, fields) }),
  };
}

export const CUSTOM_KINDS: readonly PlayKind[] = [
  TOYS,
  customKind("Widget", [{ name: "v1", spec: WIDGET_SPEC }], WIDGET_FIELDS),
  customKind(
    "Machine",
    [
      { name: "v1alpha1", spec: EARLY_MACHINE },
      { name: "v1", spec: LATE_MACHINE },
    ],
    MACHINE_FIELDS,
  ),
];
