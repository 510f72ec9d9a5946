import {
  cloneJson,
  isJsonObject,
  jsonEqual,
  ProblemError,
  problemError,
  type Json,
  type JsonObject,
} from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import { describeRef, parseApiVersion } from "../object/identity.ts";
import type { KubeObject, ManagedFieldsEntry } from "../object/types.ts";
import type { SchemaNode } from "../schema/types.ts";
import { compareTyped } from "../smd/compare.ts";
import { FieldSet } from "../smd/field-set.ts";
import { fieldsOf } from "../smd/fields-of.ts";
import { describePath } from "../smd/path-element.ts";
import { describeTypedFaults, validateTyped } from "../smd/validate.ts";
import { conflictMessage, type Conflict } from "./conflicts.ts";
import { emptyObject, sharedEmptyObject } from "./empty-object.ts";
import {
  compareText,
  decodeManagers,
  encodeManagers,
  formatTime,
  managerIdentifier,
  secondsOf,
  type Managers,
  type Owned,
} from "./entries.ts";
import { applyOwnership, updateOwnership, type UpdaterContext } from "./updater.ts";
import type { ConvertVersion } from "./versions.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const BEFORE_FIRST_APPLY = "before-first-apply";
const ANCIENT_CHANGES = "ancient-changes";
/** Never tracked: paths every object has, or that the server alone sets. */
const STRIPPED = FieldSet.fromPaths([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["f:metadata", `f:${name}`]),
]);

/** What applyPatch and trackUpdate are both told. */
export interface WriteContext {
  /** Schema of the kind in `apiVersion`. */
  readonly schema: SchemaNode;
  /** The version of the endpoint that is written to. */
  readonly apiVersion: string;
  readonly manager: string;
  readonly subresource?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Fields this endpoint ignores; see resetFields and customResetFields. */
  readonly reset?: FieldSet | undefined;
  /** Other versions of the kind; without it entries of other versions are dropped as no longer served. */
  readonly convert?: ConvertVersion | undefined;
}

export interface ApplyOptions extends WriteContext {
  /** Undefined when the object doesn't exist yet. */
  readonly live: KubeObject | undefined;
  readonly applied: KubeObject;
  readonly force?: boolean | undefined;
  /** Defaulting, which the server runs on what the merge gives. */
  readonly defaults?: ((object: KubeObject) => KubeObject) | undefined;
}

export interface ApplyResult {
  /** With managedFields written; the live object when there are conflicts. */
  readonly object: KubeObject;
  /** Not empty: refused, nothing was changed. */
  readonly conflicts: readonly Conflict[];
  /** The text of the 409; empty without conflicts. */
  readonly message: string;
}

/**
 * Server-side apply, as kube-apiserver does it before admission.
 * @throws ProblemError InvalidApply for a body that may not be applied (400), InvalidTyped for one that doesn't fit the
 * schema, and for a live custom resource with fields that a version some owner used does not declare
 */
export function applyPatch(options: ApplyOptions): ApplyResult {
  const { applied, schema } = options;
  checkApplied(options);
  const context = updaterContext(options);
  const liveWithEntries = options.live ?? emptyObject(schema, { apiVersion: options.apiVersion, kind: applied.kind });
  const managers = decodeManagers(liveWithEntries.metadata?.managedFields);
  const live = withoutManagedFields(liveWithEntries);
  assertTyped(applied, schema, "failed to create typed patch object", false);
  // A stored object of a built-in kind always fits; a custom resource may be older than its schema.
  if (schema.ref === undefined) assertTyped(live, schema, "failed to create typed live object", true);
  const started = managers.size === 0 ? claimExisting(live, options, context) : managers;
  const self = identify(options, "Apply");
  const result = applyAllowingLastApplied(live, options, context, started, self);
  if (result.conflicts.length > 0) {
    return { object: liveWithEntries, conflicts: result.conflicts, message: conflictMessage(result.conflicts) };
  }
  strip(result.managers, self.identifier, started.get(self.identifier)?.set);
  let object = live;
  if (result.object !== undefined) {
    object = options.defaults?.(result.object) ?? result.object;
    touch(result.managers, self.identifier, options.now);
  }
  object = updateLastApplied(object, options);
  return { object: withManagedFields(object, encodeManagers(result.managers)), conflicts: [], message: "" };
}

function checkApplied(options: ApplyOptions): void {
  const { applied, apiVersion } = options;
  if (applied.apiVersion !== apiVersion) {
    const text = `Incorrect version specified in apply patch. Specified patch version: ${applied.apiVersion}, expected: ${apiVersion}`;
    throw problemError("InvalidApply", text);
  }
  if (Array.isArray(applied.metadata?.managedFields) && applied.metadata.managedFields.length > 0) {
    throw problemError("InvalidApply", "metadata.managedFields must be nil");
  }
}

function assertTyped(object: KubeObject, schema: SchemaNode, prefix: string, allowDuplicates: boolean): void {
  const faults = validateTyped(object, schema, { allowDuplicates });
  if (faults.length === 0) return;
  const { group, version } = parseApiVersion(object.apiVersion);
  const gvk = `${group}/${version}, Kind=${object.kind}`;
  const name = `${object.metadata?.namespace ?? ""}/${object.metadata?.name ?? ""}; ${gvk}`;
  throw problemError("InvalidTyped", `${prefix} (${name}): ${describeTypedFaults(faults)}`, {
    object: describeRef({
      kind: object.kind,
      namespace: object.metadata?.namespace,
      name: object.metadata?.name ?? "",
    }),
  });
}

/** An object nobody's fields are known of belongs to an entry of its own, so that an apply can conflict with it. */
function claimExisting(live: KubeObject, options: ApplyOptions, context: UpdaterContext): Managers {
  const empty = emptyObject(options.schema, { apiVersion: options.apiVersion, kind: live.kind });
  const claimant = { ...options, manager: BEFORE_FIRST_APPLY };
  return trackChange(empty, live, claimant, context, new Map());
}

type Self = ReturnType<typeof identify>;

function identify(
  options: WriteContext,
  operation: "Apply" | "Update",
): { identifier: string; owned: Omit<Owned, "set"> } {
  const owned = {
    manager: options.manager === "" ? "unknown" : options.manager,
    operation,
    apiVersion: options.apiVersion,
    subresource: options.subresource,
    time: undefined,
  };
  return { identifier: managerIdentifier(owned), owned };
}

function updaterContext(options: WriteContext): UpdaterContext {
  const { schema, apiVersion, convert, reset } = options;
  return { schema, apiVersion, convert: convert ?? (() => undefined), reset };
}

/**
 * kubectl may take over fields from its own client-side applies: conflicts over fields that still have the value of the
 * last-applied annotation don't count.
 */
function applyAllowingLastApplied(
  live: KubeObject,
  options: ApplyOptions,
  context: UpdaterContext,
  managers: Managers,
  self: Self,
): ReturnType<typeof applyOwnership> {
  const force = options.force ?? false;
  const owned = { ...self.owned, time: managers.get(self.identifier)?.time };
  const me = { identifier: self.identifier, owned };
  const result = applyOwnership(live, options.applied, context, managers, me, force);
  if (options.manager !== "kubectl" || result.conflicts.length === 0) return result;
  const allowed = unchangedSinceLastApplied(live, options);
  if (allowed === undefined) return result;
  const refused = result.conflicts.filter((conflict) => !allowed.has(conflict.field));
  if (refused.length > 0) return { ...result, conflicts: refused };
  return applyOwnership(live, options.applied, context, managers, me, true);
}

function unchangedSinceLastApplied(
  live: KubeObject,
  options: ApplyOptions,
): { has(field: string): boolean } | undefined {
  const text = live.metadata?.annotations?.[LAST_APPLIED];
  if (!text) return undefined;
  let last: Json;
  try {
    last = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isJsonObject(last) || last["apiVersion"] !== options.apiVersion) return undefined;
  if (validateTyped(last, options.schema).length > 0) return undefined;
  const { added, modified, removed } = compareTyped(last, live, options.schema);
  const same = fieldsOf(last, options.schema).difference(modified).difference(added).difference(removed);
  const fields = new Set(conflictFields(same));
  return { has: (field) => fields.has(field) };
}

function conflictFields(set: FieldSet): string[] {
  return [...set.paths()].map((path) => describePath(path));
}

/** kubectl's own annotation is kept in step with what it applies on the server. */
function updateLastApplied(object: KubeObject, options: ApplyOptions): KubeObject {
  if (options.manager !== "kubectl" || !object.metadata?.annotations?.[LAST_APPLIED]) return object;
  const applied = cloneJson(options.applied);
  if (applied.metadata?.annotations) delete applied.metadata.annotations[LAST_APPLIED];
  const annotations = { ...object.metadata.annotations, [LAST_APPLIED]: `${JSON.stringify(sortKeys(applied))}\n` };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

export interface UpdateOptions extends WriteContext {
  /** The stored object; undefined for a create. */
  readonly before: KubeObject | undefined;
  /** The new object after decoding and defaulting, before admission. */
  readonly after: KubeObject;
}

/**
 * Writes managedFields for a create, update or patch that isn't an apply, as kube-apiserver does before admission. A
 * `managedFields: [{}]` in the new object forgets all owners; a broken one keeps the object as it is. Owners are forgotten too when the
 * object has fields that a version some owner used does not declare.
 */
export function trackUpdate(options: UpdateOptions): KubeObject {
  const { after } = options;
  const before =
    options.before ?? sharedEmptyObject(options.schema, { apiVersion: options.apiVersion, kind: after.kind });
  const managers = managersBefore(before, after, options.subresource !== undefined && options.subresource !== "");
  const plainBefore = withoutManagedFields(before);
  const plainAfter = withoutManagedFields(after);
  if (managers === "broken") return after;
  // Who resets all owners, or updates an object nobody owned, leaves it so.
  if (managers.size === 0 && before.metadata?.uid) return plainAfter;
  try {
    const tracked = trackChange(plainBefore, plainAfter, options, updaterContext(options), managers);
    return withManagedFields(plainAfter, encodeManagers(tracked));
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== "InvalidTyped") throw error;
    // The server lets the update pass all the same, and forgets who owned what.
    return plainAfter;
  }
}

function managersBefore(before: KubeObject, after: KubeObject, isSubresource: boolean): Managers | "broken" {
  const own = after.metadata?.managedFields;
  if (!isSubresource && isReset(own)) return new Map();
  if (!isSubresource) {
    const given = decodeOrEmpty(own);
    if (given.size > 0) return given;
  }
  return decodeOrEmpty(before.metadata?.managedFields);
}

function decodeOrEmpty(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  try {
    return decodeManagers(entries);
  } catch {
    return new Map();
  }
}

function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (!Array.isArray(entries)) return false;
  return entries.length === 0 || (entries.length === 1 && jsonEqual(entries[0], {}));
}

function trackChange(
  before: KubeObject,
  after: KubeObject,
  options: WriteContext,
  context: UpdaterContext,
  managers: Managers,
): Managers {
  const self = identify(options, "Update");
  // The change is first given to a nameless manager, so that the manager's own earlier fields are taken over like others'.
  const current = { identifier: "current-operation", owned: self.owned };
  const tracked = updateOwnership(before, after, context, managers, current);
  strip(tracked, current.identifier);
  const change = tracked.get(current.identifier);
  if (change !== undefined) {
    tracked.delete(current.identifier);
    const previous = tracked.get(self.identifier);
    const set = sameAs(previous?.set, previous === undefined ? change.set : change.set.union(previous.set));
    tracked.set(self.identifier, { ...self.owned, set, time: formatTime(options.now) });
  }
  return capUpdaters(tracked);
}

function strip(managers: Managers, identifier: string, previous?: FieldSet): void {
  const owned = managers.get(identifier);
  if (owned === undefined) return;
  const set = sameAs(previous, owned.set.difference(STRIPPED));
  if (set.isEmpty()) managers.delete(identifier);
  else managers.set(identifier, { ...owned, set });
}

/** The set there was where it is equal: it has been written before. */
function sameAs(previous: FieldSet | undefined, set: FieldSet): FieldSet {
  return previous?.equals(set) === true ? previous : set;
}

function touch(managers: Managers, identifier: string, now: number): void {
  const owned = managers.get(identifier);
  if (owned !== undefined) managers.set(identifier, { ...owned, time: formatTime(now) });
}

/** Beyond the limit the oldest updates of each version are put together under one name. */
function capUpdaters(managers: Managers): Managers {
  const updaters = [...managers].filter(([, owned]) => owned.operation === "Update");
  let count = updaters.length;
  if (count <= LIMITS.updateManagersMax) return managers;
  updaters.sort(([a, left], [b, right]) => secondsOf(left.time) - secondsOf(right.time) || compareText(a, b));
  const firstOf = new Map<string, string>();
  for (const [identifier, owned] of updaters) {
    if (count <= LIMITS.updateManagersMax) break;
    const first = firstOf.get(owned.apiVersion);
    if (first === undefined) {
      firstOf.set(owned.apiVersion, identifier);
      continue;
    }
    const bucketOwner = { manager: ANCIENT_CHANGES, operation: "Update" as const, apiVersion: owned.apiVersion };
    const bucket = managerIdentifier({ ...bucketOwner, subresource: undefined });
    const gathered = managers.get(bucket) ?? managers.get(first);
    if (!managers.has(bucket)) managers.delete(first);
    const set = gathered === undefined ? owned.set : owned.set.union(gathered.set);
    managers.delete(identifier);
    managers.set(bucket, { ...bucketOwner, subresource: undefined, set, time: owned.time });
    count--;
  }
  return managers;
}

function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagedFields(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): KubeObject {
  if (entries === undefined) return withoutManagedFields(object);
  return { ...object, metadata: { ...object.metadata, managedFields: entries } };
}

/**
 * When a write changed nothing but the times of managedFields, the old times stay, so that nothing is written at all. Called
 * after admission, before storing.
 */
export function keepTimesIfUnchanged(before: KubeObject, after: KubeObject): KubeObject {
  const old = before.metadata?.managedFields;
  const entries = after.metadata?.managedFields;
  if (!old || !entries || old.length !== entries.length || entries.length === 0) return after;
  const timeless = (entry: ManagedFieldsEntry): JsonObject => ({ ...entry, time: undefined });
  if (!entries.every((entry, index) => jsonEqual(timeless(entry), timeless(old[index] ?? {})))) return after;
  if (!jsonEqual(withoutManagedFields(before), withoutManagedFields(after))) return after;
  return withManagedFields(after, [...old]);
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isJsonObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key] ?? null)]));
}
