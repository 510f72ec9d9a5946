import { hash } from "node:crypto";
import { canonicalJson, isJsonObject, setOwn, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, gvkOf, refKey, type KubeObject, type ObjectRef, type Origin } from "@fairlead/apimachinery";
import type { CompareOptions } from "../settings/rules.ts";
import { hookOf, waveOf, type HookFact } from "./hooks.ts";
import { optionsFor, type SyncOptions } from "./options.ts";
import { withTracking, type Tracking } from "./tracking.ts";

/** One object as it will be applied: namespaced, marked, with everything its annotations ask for already read. */
export interface DesiredObject {
  readonly key: string;
  readonly ref: ObjectRef;
  readonly version: string;
  readonly object: KubeObject;
  readonly origin: Origin;
  readonly isNamespaced: boolean;
  readonly hook: HookFact;
  readonly wave: number;
  readonly options: SyncOptions;
  /** Digest of the object: what the baseline and the verification of a comparison hang on. */
  readonly digest: string;
}

export interface DesiredContext {
  readonly instance: string;
  readonly destinationNamespace: string;
  readonly tracking: Tracking;
  readonly options: SyncOptions;
  readonly comparesStatus: CompareOptions["comparesStatus"];
  /** undefined when the cluster does not serve the kind (yet): it is taken as namespaced if the manifest names a namespace. */
  readonly isNamespaced: (object: KubeObject) => boolean | undefined;
}

export interface Desired {
  /** In the order in which they were rendered; duplicates and skipped objects are gone. */
  readonly objects: readonly DesiredObject[];
  /** Duplicates, bad waves: things that do not stop the sync. */
  readonly warnings: readonly Problem[];
}

/** Rendered objects made ready. When an object is rendered twice the last one wins, with a warning (facts/argocd.md §1.1). */
export function prepareDesired(
  rendered: readonly { readonly object: KubeObject; readonly origin: Origin }[],
  context: DesiredContext,
): Desired {
  const byKey = new Map<string, DesiredObject>();
  const warnings: Problem[] = [];
  for (const { object, origin } of rendered) {
    const desired = prepareOne(object, origin, context, warnings);
    if (desired.hook.isSkipped) continue;
    const before = byKey.get(desired.key);
    if (before) warnings.push(repeated(before, desired));
    // The place in the order is the last one's, too.
    byKey.delete(desired.key);
    byKey.set(desired.key, desired);
  }
  return { objects: [...byKey.values()], warnings };
}

function prepareOne(raw: KubeObject, origin: Origin, context: DesiredContext, warnings: Problem[]): DesiredObject {
  const { group, version, kind } = gvkOf(raw);
  const ownNamespace = raw.metadata.namespace || undefined;
  const isNamespaced = context.isNamespaced(raw) ?? true;
  const namespace = isNamespaced ? (ownNamespace ?? (context.destinationNamespace || undefined)) : undefined;
  // A hook may have generateName only; until its operation names it, it goes by that.
  const name = raw.metadata.name ?? raw.metadata.generateName ?? "";
  const ref: ObjectRef = { group, kind, namespace, name };
  const cleaned = normalize(raw, namespace, keepsStatus(context.comparesStatus, kind));
  const object = withTracking(
    cleaned,
    { instance: context.instance, ref, destinationNamespace: context.destinationNamespace },
    context.tracking,
  );
  const wave = waveOf(object);
  if (wave.fault !== undefined) {
    warnings.push({
      code: "InvalidObject",
      message: `sync wave ${JSON.stringify(wave.fault)} is no whole number and counts as 0`,
      object: describeRef(ref),
      file: origin.file,
      line: origin.line,
      severity: "warning",
    });
  }
  return {
    key: refKey(ref),
    ref,
    version,
    object,
    origin,
    isNamespaced,
    hook: hookOf(object),
    wave: wave.wave,
    options: optionsFor(object, context.options),
    digest: digestOf(object),
  };
}

/** What must not be sent: the server's own fields, and a Secret's stringData, which is write-only and so could never be compared. */
function normalize(raw: KubeObject, namespace: string | undefined, hasStatus: boolean): KubeObject {
  const {
    managedFields: _m,
    resourceVersion: _r,
    uid: _u,
    creationTimestamp: _c,
    generation: _g,
    ...metadata
  } = raw.metadata;
  const { status, ...rest } = raw;
  const { namespace: _n, ...named } = metadata;
  const object: KubeObject = {
    ...rest,
    apiVersion: raw.apiVersion,
    kind: raw.kind,
    metadata: namespace ? { ...metadata, namespace } : named,
    ...(hasStatus && status !== undefined ? { status } : {}),
  };
  return object.kind === "Secret" && object.apiVersion === "v1" ? foldStringData(object) : object;
}

function keepsStatus(compares: DesiredContext["comparesStatus"], kind: string): boolean {
  return compares === "always" || (compares === "all but definitions" && kind !== "CustomResourceDefinition");
}

function foldStringData(secret: KubeObject): KubeObject {
  if (!isJsonObject(secret["stringData"])) return secret;
  const { stringData, ...rest } = secret;
  const data: JsonObject = { ...(isJsonObject(secret["data"]) ? (secret["data"] as JsonObject) : {}) };
  for (const [key, value] of Object.entries(stringData as JsonObject)) {
    setOwn(data, key, Buffer.from(String(value)).toString("base64"));
  }
  return { ...rest, apiVersion: secret.apiVersion, kind: secret.kind, metadata: secret.metadata, data };
}

function repeated(before: DesiredObject, after: DesiredObject): Problem {
  const place = (origin: Origin): string => (origin.line ? `${origin.file}:${origin.line}` : origin.file);
  return {
    code: "RepeatedResource",
    message: `${describeRef(after.ref)} is rendered twice, in ${place(before.origin)} and ${place(after.origin)}; the last one is applied`,
    object: describeRef(after.ref),
    file: after.origin.file,
    line: after.origin.line,
    hint: "remove one of them",
    severity: "warning",
  };
}

export function digestOf(value: unknown): string {
  return hash("sha1", canonicalJson(value), "base64");
}

export function isHook(desired: DesiredObject): boolean {
  return desired.hook.phases.length > 0;
}
