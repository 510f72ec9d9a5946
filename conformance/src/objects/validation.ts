import {
  applyDefaults,
  fieldErrorBody,
  validateBuiltin,
  type FieldError,
  type KubeObject,
} from "@fairlead/apimachinery";
import { cloneJson, isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { Answer, JudgeClient } from "./client.ts";
import { MANIFESTS } from "./manifests.ts";
import { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

interface Cause {
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}

/** Manifests with one or two things made wrong at random, as dry runs: our faults beside the causes of the server's refusal. */
export async function judgeValidation(
  client: JudgeClient,
  tally: Tally,
  perManifest: number,
  seed: number,
): Promise<void> {
  const random = new Random(seed);
  for (const manifest of MANIFESTS) {
    for (let count = 0; count < perManifest; count++) {
      const { object, what } = spoil(manifest.object, random);
      const answer = await client.send("POST", `${manifest.path}?dryRun=All`, object);
      const sent = cloneJson(object);
      if (manifest.path.includes("/namespaces/default/")) sent.metadata.namespace ??= "default";
      const fault = judge(answer, sent);
      const title = `${object.kind} ${manifest.object.metadata.name}: ${what}`;
      if (fault === "skip") tally.skips(title, "refused before validation");
      else if (fault === undefined) tally.agrees();
      else tally.differs(title, fault);
    }
  }
}

/** The same for updates of stored objects: what may not change, beside what may not be. */
export async function judgeUpdateValidation(
  client: JudgeClient,
  tally: Tally,
  perManifest: number,
  seed: number,
): Promise<void> {
  const random = new Random(seed);
  for (const manifest of MANIFESTS) {
    const { kind, metadata } = manifest.object;
    const path = `${manifest.path}/${metadata.name}`;
    await client.send("POST", manifest.path, manifest.object);
    const { status, body } = await client.send("GET", path);
    if (status !== 200) {
      tally.skips(`update ${kind} ${metadata.name}`, "the server doesn't keep it");
      continue;
    }
    const before = { ...body, apiVersion: manifest.object.apiVersion, kind } as unknown as KubeObject;
    for (let count = 0; count < perManifest; count++) {
      const { object, what } = spoil(before, random);
      const answer = await client.send("PUT", `${path}?dryRun=All`, object);
      const fault = judge(answer, cloneJson(object), before);
      const title = `update ${kind} ${metadata.name}: ${what}`;
      if (fault === "skip") tally.skips(title, "refused before validation");
      else if (fault === undefined) tally.agrees();
      else tally.differs(title, fault);
    }
    await client.send("DELETE", path);
  }
}

function judge({ status, body }: Answer, object: KubeObject, before?: KubeObject): string | undefined {
  // Decoding and admission answer before validation does.
  if (status >= 300 && body["reason"] !== "Invalid") return "skip";
  const details = (body["details"] ?? {}) as { causes?: Cause[] };
  const theirs = [
    ...new Set((details.causes ?? []).map((cause) => comparable(`${cause.field}: ${cause.message}`))),
  ].sort();
  const errors = before
    ? validateBuiltin(applyDefaults(withPriority(object, before)), applyDefaults(before))
    : validateBuiltin(prepared(object));
  const ours = [...new Set(errors.map((error) => comparable(describe(error))))].sort();
  const missing = theirs.filter((text) => !ours.includes(text));
  const extra = ours.filter((text) => !theirs.includes(text));
  if (missing.length === 0 && extra.length === 0) return undefined;
  return [...missing.map((text) => `only theirs: ${text}`), ...extra.map((text) => `only ours:   ${text}`)].join("\n");
}

/** What the registry puts into an object between decoding and validation. */
function prepared(object: KubeObject): KubeObject {
  const copy = applyDefaults(object) as KubeObject & { spec?: JsonObject };
  const { spec } = copy;
  if (copy.kind === "Service" && typeof spec?.["clusterIP"] === "string" && spec["clusterIPs"] === undefined) {
    spec["clusterIPs"] = [spec["clusterIP"]];
  }
  if (copy.kind === "Job" && spec && spec["manualSelector"] !== true) {
    findJobByLabel(copy, spec, object.metadata.labels === undefined);
  }
  return copy;
}

/** What admission gives a pod whose update leaves its priority out. */
function withPriority(object: KubeObject, before: KubeObject): KubeObject {
  const [spec, old] = [object["spec"], before["spec"]];
  if (object.kind !== "Pod" || !isJsonObject(spec) || !isJsonObject(old)) return object;
  return { ...object, spec: { ...spec, priority: spec["priority"] ?? old["priority"] } };
}

/** Stands for whatever uid the server gives. */
const UID = "00000000-0000-4000-8000-000000000000";
const ANY_UID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** A job's pods are found by a label that only this job has. Labels that a job has from its template are the template's own. */
function findJobByLabel({ metadata }: KubeObject, spec: JsonObject, hasTemplates: boolean): void {
  metadata.uid = UID;
  const owner = childOf(childOf(spec, "template"), "metadata");
  const isShared = hasTemplates && isJsonObject(owner["labels"]) && Object.keys(owner["labels"]).length > 0;
  const labels = childOf(owner, "labels");
  for (const prefix of ["", "batch.kubernetes.io/"]) {
    labels[`${prefix}controller-uid`] ??= UID;
    labels[`${prefix}job-name`] ??= metadata.name ?? "";
  }
  if (isShared) metadata.labels = labels as Record<string, string>;
  childOf(childOf(spec, "selector"), "matchLabels")["batch.kubernetes.io/controller-uid"] ??= UID;
}

function childOf(parent: JsonObject, key: string): JsonObject {
  const known = parent[key];
  if (isJsonObject(known)) return known;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}

/**
 * An empty map, list and nil are one in our decoded form; the server's message may print any of them. Go structs are printed with
 * Go's field names, and forbidden changes with a diff of structs: of those the first line counts. A CSIDriver's lifecycle modes
 * come in the order of a Go map.
 */
function comparable(text: string): string {
  const [line = ""] = text.split("\n");
  return line
    .replace(ANY_UID, UID)
    .replace(/(Invalid|Unsupported) value: (\{\}|\[\])/, "$1 value: null")
    .replace(/(Invalid value): [{[].*(: field is immutable)$/, "$1$2")
    .replace('"Persistent", "Ephemeral"', '"Ephemeral", "Persistent"');
}

function describe(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

/** A copy with one or two leaves or branches changed, always to a value of the same type. */
function spoil(object: KubeObject, random: Random): { object: KubeObject; what: string } {
  const copy = cloneJson(object);
  const done: string[] = [];
  for (let count = random.chance(0.8) ? 1 : 2; count > 0; count--) {
    const places = placesIn(copy, "").filter((place) => !UNTOUCHED.test(place.path));
    const place = places.length > 0 ? random.pick(places) : undefined;
    if (!place) continue;
    done.push(`${place.path} ${spoilAt(place, random)}`);
  }
  return { object: copy, what: done.join(", ") };
}

/** Names and what the server sets: other than validation answers for these. */
const UNTOUCHED =
  /^\/(apiVersion|kind|metadata|status.*|metadata\/(managedFields.*|resourceVersion|uid|generation|creationTimestamp|deletion.*|namespace)|spec\/(tolerations|preemptionPolicy|clusterIPs?|ipFamilies|ipFamilyPolicy)(\/.*)?)$/;

interface Place {
  readonly parent: JsonObject | Json[];
  readonly key: string | number;
  readonly path: string;
}

function placesIn(value: Json, path: string): Place[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => [
      { parent: value, key: index, path: `${path}/${index}` },
      ...placesIn(item, `${path}/${index}`),
    ]);
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    { parent: value, key, path: `${path}/${key}` },
    ...placesIn(item ?? null, `${path}/${key}`),
  ]);
}

const TEXTS = [
  "",
  "UPPER_case!",
  "x".repeat(300),
  "a.b.c",
  "-dash",
  "1.2.3.4",
  "a/b",
  "*",
  "0",
  "../x",
  "/abs",
  "valid",
];
const NUMBERS = [-1, 0, 1, 70_000, 101];

function spoilAt({ parent, key }: Place, random: Random): string {
  const owner = parent as Record<string | number, Json>;
  const value = owner[key];
  if (random.chance(0.2)) {
    if (Array.isArray(parent)) parent.splice(key as number, 1);
    else delete owner[key];
    return "removed";
  }
  if (Array.isArray(parent) && random.chance(0.2)) {
    parent.push(cloneJson(value ?? null));
    return "doubled";
  }
  if (typeof value === "string") owner[key] = random.pick(TEXTS);
  else if (typeof value === "number") owner[key] = random.pick(NUMBERS);
  else if (typeof value === "boolean") owner[key] = !value;
  else if (Array.isArray(value)) owner[key] = [];
  else owner[key] = {};
  return `is now ${JSON.stringify(owner[key])}`;
}
