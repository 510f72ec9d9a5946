import type { Json, JsonObject } from "@fairlead/base";
import type { Random } from "../../objects/random.ts";
import { IMAGES, NAMES } from "./objects.ts";

type Field = (dice: Random, around: Around) => JsonObject;

interface Around {
  /** Objects that are there, most likely. */
  readonly objects: readonly JsonObject[];
  /** Puts a file beside the kustomization. @returns its name */
  readonly file: (name: string, text: string) => string;
  /** Short and different in each kustomization. */
  readonly tag: string;
}

/** Fields of a kustomization, each with the probability given; files that they need are put into `files`. */
export function randomKustomization(
  dice: Random,
  objects: readonly JsonObject[],
  probability: number,
  files: Record<string, string>,
  directory: string,
): JsonObject {
  const around: Around = {
    objects,
    tag: directory.slice(0, 2),
    file: (name, text) => {
      files[`${directory}/${name}`] = text;
      return name;
    },
  };
  return Object.assign({}, ...dice.some(FIELDS, probability).map((field) => field(dice, around))) as JsonObject;
}

const KINDS = ["Deployment", "StatefulSet", "ConfigMap", "Service", "Secret", ".*", "Deployment|StatefulSet"] as const;

function idOf(object: JsonObject | undefined): { apiVersion: string; kind: string; metadata: JsonObject } | undefined {
  if (!object) return undefined;
  const { name, namespace } = object["metadata"] as JsonObject;
  const metadata: JsonObject = { name: name ?? "", ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: String(object["apiVersion"]), kind: String(object["kind"]), metadata };
}

function target(dice: Random): JsonObject {
  const choices: readonly [JsonObject, ...JsonObject[]] = [
    { kind: dice.pick(KINDS) },
    { name: dice.pick(["web", "d.*", "top-.*", ".*"]) },
    { kind: "Deployment", name: dice.pick(NAMES) },
    { labelSelector: dice.pick(["app=web", "app in (web,db)", "tier", "!tier", "app!=web"]) },
    { annotationSelector: "note=yes" },
    { group: "apps", version: "v1" },
    { namespace: dice.pick(["shop", "default", ".*"]), kind: dice.pick(KINDS) },
  ];
  return dice.pick(choices);
}

const JSON_PATCHES: readonly [Json, ...Json[]] = [
  [{ op: "add", path: "/metadata/annotations", value: { patched: "1" } }],
  [{ op: "add", path: "/metadata/labels/patched", value: "yes" }],
  [{ op: "replace", path: "/metadata/name", value: "renamed" }],
  [{ op: "test", path: "/kind", value: "Deployment" }],
  [{ op: "remove", path: "/spec" }],
  [{ op: "copy", from: "/metadata/name", path: "/metadata/generateName" }],
  [{ op: "move", from: "/spec", path: "/data" }],
];

const MERGES: readonly [JsonObject, ...JsonObject[]] = [
  { metadata: { annotations: { merged: "true" }, labels: { app: null } } },
  { spec: { replicas: 5 } },
  { spec: { template: { spec: { containers: [{ name: "main", env: [{ name: "HOST", value: "patched" }, { name: "NEW", value: "1" }] }] } } } },
  { spec: { template: { spec: { containers: [{ name: "side", $patch: "delete" }, { name: "extra", image: "busybox" }] } } } },
  { spec: { template: { spec: { containers: [{ name: "main", ports: [{ containerPort: 80, protocol: "UDP", name: "dns" }] }] } } } },
  { spec: { template: { spec: { volumes: [{ name: "data", emptyDir: {}, configMap: null }] } } } },
  { spec: { $patch: "replace", replicas: 1 } },
  { $patch: "delete" },
  { spec: { ports: [{ port: 443, targetPort: 8443 }, { port: 8080 }] } },
  { data: { one: "patched", more: "x", json: null } },
];

function patch(dice: Random, around: Around): JsonObject {
  const id = idOf(around.objects[dice.below(Math.max(around.objects.length, 1))]);
  const options = dice.chance(0.2) ? { options: { allowNameChange: true, allowKindChange: dice.chance(0.5) } } : {};
  if (dice.chance(0.4)) {
    const json = dice.chance(0.75) ? JSON_PATCHES[0] : dice.pick(JSON_PATCHES);
    return { target: target(dice), patch: JSON.stringify(json), ...options };
  }
  const merge = dice.pick(MERGES);
  if (id && dice.chance(0.8)) {
    const metadata = { ...(merge["metadata"] as JsonObject | undefined), ...id.metadata };
    return { patch: JSON.stringify({ ...merge, ...id, metadata }), ...options };
  }
  const whole = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    ...merge,
    metadata: { ...(merge["metadata"] as JsonObject | undefined), name: "any" },
  };
  return { target: target(dice), patch: JSON.stringify(whole), ...options };
}

function generator(dice: Random, around: Around, name: string): JsonObject {
  return {
    name,
    ...(dice.chance(0.8) ? { literals: ["one=1", 'quoted="a b"', "empty="].slice(0, 1 + dice.below(3)) } : {}),
    ...(dice.chance(0.3) ? { files: [around.file("some.txt", "some\ntext\n"), `renamed=${around.file("x.bin", "bin\r\n")}`] } : {}),
    ...(dice.chance(0.3) ? { envs: [around.file("some.env", "# comment\nA=1\nB= spaced \n\nC=d=e\n")] } : {}),
    ...(dice.chance(0.2) ? { namespace: "shop" } : {}),
    ...(dice.chance(0.3)
      ? {
          options: {
            ...(dice.chance(0.5) ? { disableNameSuffixHash: true } : {}),
            ...(dice.chance(0.3) ? { immutable: true } : {}),
            ...(dice.chance(0.5) ? { labels: { generated: "yes" }, annotations: { a: "1" } } : {}),
          },
        }
      : {}),
    ...(dice.chance(0.06) ? { behavior: dice.pick(["create", "merge", "replace"]) } : {}),
  };
}

function replacement(dice: Random, around: Around): JsonObject {
  const known = idOf(dice.chance(0.85) ? around.objects[dice.below(around.objects.length)] : undefined);
  const fieldPath = known && dice.chance(0.8) ? dice.pick(["metadata.name", "kind"]) : dice.pick(["metadata.name", "data.one", "spec.template.spec.containers.0.image", "metadata.labels.app", "kind"]);
  const source: JsonObject = {
    kind: known?.kind ?? dice.pick(["ConfigMap", "Deployment", "Service"]),
    ...(known ? { name: known.metadata["name"] ?? "" } : dice.chance(0.7) ? { name: dice.pick(NAMES) } : {}),
    ...(dice.chance(0.8) ? { fieldPath } : {}),
    ...(dice.chance(0.2) ? { options: { delimiter: dice.pick([":", "-"]), index: 0 } } : {}),
  };
  const to = {
    select: target(dice),
    ...(dice.chance(0.2) ? { reject: [{ name: dice.pick(NAMES) }] } : {}),
    fieldPaths: dice.some(
      [
        "metadata.annotations.from",
        "spec.template.spec.containers.[name=main].env.[name=HOST].value",
        "spec.template.spec.containers.*.image",
        "metadata.labels.app",
        "spec.ports.0.name",
      ],
      0.4,
    ),
    ...(dice.chance(0.9)
      ? { options: { create: dice.chance(0.85), ...(dice.chance(0.3) ? { delimiter: ":", index: dice.below(3) - 1 } : {}) } }
      : {}),
  };
  return dice.chance(0.15) ? { sourceValue: "constant", targets: [to] } : { source, targets: [to] };
}

function variableTarget(id: ReturnType<typeof idOf>): JsonObject {
  return { apiVersion: id?.apiVersion ?? "v1", kind: id?.kind ?? "Service", ...id?.metadata };
}

const FIELDS: readonly Field[] = [
  (_dice, { tag }) => ({ namePrefix: `${tag}-` }),
  (_dice, { tag }) => ({ nameSuffix: `-${tag}` }),
  (dice) => ({ namespace: dice.pick(["shop", "moved"]) }),
  (dice) => ({ commonLabels: { team: "one", ...(dice.chance(0.3) ? { app: "common" } : {}) } }),
  () => ({ commonAnnotations: { who: "us", count: "3" } }),
  (dice) => ({
    labels: [
      {
        pairs: { stage: "test" },
        ...(dice.chance(0.4) ? { includeSelectors: true } : {}),
        ...(dice.chance(0.4) ? { includeTemplates: true } : {}),
        ...(dice.chance(0.2) ? { includeVolumeClaimTemplates: true } : {}),
        ...(dice.chance(0.2) ? { fields: [{ path: "spec/extra/labels", kind: "Thing", create: true }] } : {}),
      },
    ],
  }),
  (dice) => ({
    images: [
      {
        name: dice.pick(["nginx", "app", "busybox", "registry.example:5000/team/app", "n.*x"]),
        ...(dice.chance(0.5) ? { newName: "mirror.example/x" } : {}),
        ...(dice.chance(0.5) ? { newTag: "2.0" } : {}),
        ...(dice.chance(0.2) ? { digest: "sha256:4567" } : {}),
        ...(dice.chance(0.15) ? { tagSuffix: "-alpine" } : {}),
      },
      { name: dice.pick(IMAGES) },
    ].slice(0, 1 + dice.below(2)),
  }),
  (dice, { objects }) => {
    const scaled = objects.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
    const name = scaled.length > 0 ? idOf(dice.pick(scaled))?.metadata["name"] : dice.chance(0.1) ? "nobody" : undefined;
    return name === undefined ? {} : { replicas: [{ name, count: 4 }] };
  },
  (dice, around) => ({ patches: Array.from({ length: 1 + dice.below(2) }, () => patch(dice, around)) }),
  (dice, around) => ({ configMapGenerator: [generator(dice, around, dice.chance(0.1) ? dice.pick(NAMES) : `made-${around.tag}`)] }),
  (dice, around) => ({
    secretGenerator: [{ ...generator(dice, around, dice.chance(0.1) ? dice.pick(NAMES) : `made-${around.tag}`), ...(dice.chance(0.3) ? { type: "example.com/x" } : {}) }],
  }),
  (dice) => ({
    generatorOptions: {
      ...(dice.chance(0.5) ? { disableNameSuffixHash: true } : {}),
      ...(dice.chance(0.5) ? { labels: { all: "generated" } } : {}),
      ...(dice.chance(0.3) ? { immutable: true } : {}),
    },
  }),
  (dice, around) => ({ replacements: [replacement(dice, around)] }),
  (dice, { objects }) => ({
    vars: [{ name: "HOST", objref: idOf(objects[0]) ? variableTarget(idOf(objects[0])) : { kind: "Service", apiVersion: "v1", name: dice.pick(NAMES) }, ...(dice.chance(0.3) ? { fieldref: { fieldpath: "kind" } } : {}) }],
  }),
  (dice) => ({
    sortOptions: dice.chance(0.5)
      ? { order: "fifo" }
      : { order: "legacy", ...(dice.chance(0.5) ? { legacySortOptions: { orderFirst: ["Service"], orderLast: ["ConfigMap"] } } : {}) },
  }),
  (dice) => ({ buildMetadata: dice.some(["managedByLabel", "originAnnotations", "transformerAnnotations"], 0.6) }),
  (_dice, { file }) => ({
    transformers: [
      file(
        "transformer.yaml",
        JSON.stringify({
          apiVersion: "builtin",
          kind: "LabelTransformer",
          metadata: { name: "t" },
          labels: { plugged: "in" },
          fieldSpecs: [{ path: "metadata/labels", create: true }],
        }),
      ),
    ],
  }),
  (_dice, { file }) => ({
    configurations: [
      file(
        "configuration.yaml",
        JSON.stringify({
          nameReference: [{ kind: "ConfigMap", version: "v1", fieldSpecs: [{ kind: "Thing", path: "spec/ref/name" }] }],
          images: [{ kind: "Thing", path: "spec/image" }],
          commonLabels: [{ kind: "Thing", path: "spec/selector", create: true }],
          namePrefix: [{ kind: "Thing", path: "spec/title" }],
        }),
      ),
    ],
  }),
];
