import { randomBytes, randomUUID } from "node:crypto";
import type { KubeObject } from "@fairlead/apimachinery";
import { badRequest, conflict, type FieldFault } from "../http/status.ts";
import type { Resource } from "./types.ts";

/** No vowels and no look-alikes, so that no words come out (apimachinery util/rand). */
const NAME_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const RANDOM_NAME_LENGTH = 5;
const GENERATED_BASE_LENGTH_MAX = 63 - RANDOM_NAME_LENGTH;

/** Timestamps of the API have seconds, not fractions. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function generatedName(base: string): string {
  return base.slice(0, GENERATED_BASE_LENGTH_MAX) + randomSuffix();
}

export function randomSuffix(): string {
  let suffix = "";
  for (const byte of randomBytes(RANDOM_NAME_LENGTH)) suffix += NAME_ALPHABET[byte % NAME_ALPHABET.length];
  return suffix;
}

/** What a client may not set on a new object (rest.WipeObjectMetaSystemFields). */
export function wipeSystemFields(object: KubeObject): void {
  const { metadata } = object;
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata["selfLink"];
}

export function fillSystemFields(object: KubeObject, nowMs: number): void {
  object.metadata.uid = randomUUID();
  object.metadata.creationTimestamp = timestamp(nowMs);
}

/** The object's namespace becomes the request's. @throws StatusError 400 when it names another. */
export function ensureNamespace(resource: Resource, namespace: string, object: KubeObject): void {
  const own = object.metadata.namespace ?? "";
  if (!resource.namespaced) {
    delete object.metadata.namespace;
    if (own !== "") throw badRequest(NAMESPACE_MISMATCH);
    return;
  }
  if (own !== "" && own !== namespace) throw badRequest(NAMESPACE_MISMATCH);
  object.metadata.namespace = namespace;
}

const NAMESPACE_MISMATCH = "the namespace of the provided object does not match the namespace sent on the request";

/** @throws StatusError 400 when the object names another than the URL. */
export function ensureName(name: string, object: KubeObject): void {
  const own = object.metadata.name ?? "";
  if (own === "") object.metadata.name = name;
  else if (own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
}

/**
 * What an update may not change is taken from before (rest.BeforeUpdate). Another uid is a conflict where it is a precondition, for
 * PUT; a patch's is left to validation.
 */
export function keepSystemFields(
  resource: Resource,
  after: KubeObject,
  before: KubeObject,
  isUidPrecondition: boolean,
): void {
  const name = before.metadata.name ?? "";
  const { uid } = after.metadata;
  const isOther = uid !== undefined && uid !== "" && uid !== before.metadata.uid;
  if (isOther && isUidPrecondition) {
    throw conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/${resource.plural}/${before.metadata.namespace === undefined ? "" : `${before.metadata.namespace}/`}${name}, ` +
        `ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid ?? ""}`,
    );
  }
  const kept = [
    "creationTimestamp",
    "generation",
    "namespace",
    "name",
    ...(isOther ? [] : (["uid"] as const)),
  ] as const;
  for (const field of kept) {
    const value = before.metadata[field];
    if (value === undefined) delete after.metadata[field];
    else (after.metadata as Record<string, unknown>)[field] = value;
  }
  // Left out is left alone; another value than there is is a fault.
  for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds"] as const) {
    const value = before.metadata[field];
    if (value !== undefined && (after.metadata[field] ?? null) === null)
      (after.metadata as Record<string, unknown>)[field] = value;
  }
  delete after.metadata["selfLink"];
}

/** Whose value only the server writes. Told here and again with the kind's own faults, as by kube-apiserver. */
export function systemFaults(after: KubeObject, before: KubeObject): FieldFault[] {
  return (["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] as const)
    .filter((field) => (after.metadata[field] ?? null) !== (before.metadata[field] ?? null))
    .map((field) => ({
      type: "FieldValueInvalid",
      field: `metadata.${field}`,
      message: `Invalid value: ${JSON.stringify(after.metadata[field])}: field is immutable`,
    }));
}

/** Finalizers hold a deletion up; once it is under way no new ones may. */
export function finalizerFaults(after: KubeObject, before: KubeObject): FieldFault[] {
  if (before.metadata.deletionTimestamp === undefined) return [];
  const old = new Set(before.metadata.finalizers ?? []);
  const added = (after.metadata.finalizers ?? []).filter((finalizer) => !old.has(finalizer));
  if (added.length === 0) return [];
  const list = added.map((name) => JSON.stringify(name)).join(", ");
  return [
    {
      type: "FieldValueForbidden",
      field: "metadata.finalizers",
      message: `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    },
  ];
}

/** Empty collections are the same as absent ones in Go's metadata; they are not written. */
export function tidyMetadata(object: KubeObject): void {
  const { metadata } = object;
  for (const field of ["labels", "annotations"] as const) {
    const value = metadata[field];
    if (value === null || (value !== undefined && Object.keys(value).length === 0)) delete metadata[field];
  }
  for (const field of ["finalizers", "ownerReferences", "managedFields"] as const) {
    const value = metadata[field];
    if (value === null || (value !== undefined && value.length === 0)) delete metadata[field];
  }
  for (const field of Object.keys(metadata))
    if (metadata[field] === null || metadata[field] === "") delete metadata[field];
}
