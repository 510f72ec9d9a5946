import { isJsonObject, type JsonObject } from "@fairlead/base";
import { refKey, refOf, type KubeObject, type ManagedFieldsEntry, type ObjectMeta } from "@fairlead/apimachinery";
import { compileFields } from "../drift/field-set.ts";
import { FIELD_MANAGER } from "../names.ts";
import { trackedBy, type Tracking } from "../sync/tracking.ts";
import type { LiveObject, ManagerEntry } from "./types.ts";

/** Metadata kept of an object that no application tracks: enough to see that it exists, whose it is and when it changes. */
const STUB_METADATA = [
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "deletionTimestamp",
  "ownerReferences",
  "labels",
] as const;

/**
 * Reduces an object as it comes from the API. Kinds in `keepWhole` keep everything even when nobody tracks them (Namespaces and
 * CRDs, which decide whether others can be applied). The input is not changed.
 */
export function takeIn(object: KubeObject, tracking: Tracking, keepWhole: boolean): LiveObject {
  const instance = trackedBy(object, tracking);
  const entries = (object.metadata.managedFields ?? []).flatMap((entry) => compileEntry(entry) ?? []);
  const ours = entries.find((entry) => isOurs(entry));
  const isStub = instance === undefined && !keepWhole;
  return {
    key: refKey(refOf(object)),
    object: isStub ? stubOf(object) : withoutManagedFields(object),
    isStub,
    instance,
    ours,
    // What others own of an object that is not ours is asked for when it is adopted; until then it would only cost memory.
    others: isStub ? [] : entries.filter((entry) => entry !== ours),
  };
}

function isOurs(entry: { manager?: string; operation?: string; subresource?: string | undefined }): boolean {
  return entry.manager === FIELD_MANAGER && entry.operation === "Apply" && !entry.subresource;
}

function compileEntry(entry: ManagedFieldsEntry): ManagerEntry | undefined {
  if (!isJsonObject(entry.fieldsV1)) return undefined;
  return {
    manager: entry.manager ?? "",
    operation: entry.operation ?? "",
    subresource: entry.subresource,
    time: entry.time ?? "",
    set: compileFields(entry.fieldsV1 as JsonObject),
  };
}

function stubOf(object: KubeObject): KubeObject {
  const metadata: JsonObject = {};
  for (const field of STUB_METADATA) {
    const value = object.metadata[field];
    if (value !== undefined) metadata[field] = value;
  }
  return { apiVersion: object.apiVersion, kind: object.kind, metadata: metadata as ObjectMeta };
}

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Compares resourceVersions, which clients may read as decimal numbers of any length. */
export function compareVersions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
