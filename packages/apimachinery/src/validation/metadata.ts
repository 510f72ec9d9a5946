import { jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { parseApiVersion } from "../object/identity.ts";
import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from "../object/types.ts";
import { labelKeyFaults, labelValueFaults } from "../selector/syntax.ts";
import { at, child, forbidden, invalid, required, tooLong, type FieldError } from "./field-error.ts";
import { dns1123Label, type NameRule } from "./names.ts";

const ANNOTATIONS_BYTES_MAX = 256 * 1024;
const MANAGER_BYTES_MAX = 128;
const SUBRESOURCE_BYTES_MAX = 256;
const IMMUTABLE = "field is immutable";
export const NEGATIVE = "must be greater than or equal to 0";

/** metadata of a new object. `nameRule` is that of its kind. */
export function validateMetadata(
  metadata: ObjectMeta,
  isNamespaced: boolean,
  nameRule: NameRule,
  path = "metadata",
): FieldError[] {
  const errors: FieldError[] = [];
  const { name = "", generateName = "", namespace = "" } = metadata;
  // A generated name's last dash is taken as a letter: the random part follows.
  const prefix = generateName.length > 1 && generateName.endsWith("-") ? `${generateName.slice(0, -2)}a` : generateName;
  if (generateName !== "") {
    for (const fault of nameRule(prefix)) errors.push(invalid(child(path, "generateName"), generateName, fault));
  }
  if (name === "") errors.push(required(child(path, "name"), "name or generateName is required"));
  else for (const fault of nameRule(name)) errors.push(invalid(child(path, "name"), name, fault));
  if (!isNamespaced) {
    if (namespace !== "") errors.push(forbidden(child(path, "namespace"), "not allowed on this type"));
  } else if (namespace === "") {
    errors.push(required(child(path, "namespace")));
  } else {
    for (const fault of dns1123Label(namespace)) errors.push(invalid(child(path, "namespace"), namespace, fault));
  }
  if ((metadata.generation ?? 0) < 0) {
    errors.push(invalid(child(path, "generation"), metadata.generation, NEGATIVE));
  }
  errors.push(
    ...validateLabels(metadata.labels, child(path, "labels")),
    ...validateAnnotations(metadata.annotations, child(path, "annotations")),
    ...validateOwnerReferences(metadata.ownerReferences, child(path, "ownerReferences")),
    ...validateFinalizers(metadata.finalizers, child(path, "finalizers")),
    ...validateManagedFields(metadata.managedFields, child(path, "managedFields")),
  );
  return errors;
}

/** metadata of a changed object, beside what it was. */
export function validateMetadataUpdate(metadata: ObjectMeta, before: ObjectMeta, path = "metadata"): FieldError[] {
  const errors: FieldError[] = [];
  if (before.deletionTimestamp) {
    const added = (metadata.finalizers ?? []).filter((name) => !(before.finalizers ?? []).includes(name)).sort();
    if (added.length > 0) {
      const list = `[]string{${added.map((name) => JSON.stringify(name)).join(", ")}}`;
      const text = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
      errors.push(forbidden(child(path, "finalizers"), text));
    }
  }
  if (!metadata.resourceVersion) {
    errors.push(invalid(child(path, "resourceVersion"), "", "must be specified for an update"));
  }
  if ((metadata.generation ?? 0) < (before.generation ?? 0)) {
    errors.push(invalid(child(path, "generation"), metadata.generation ?? 0, "must not be decremented"));
  }
  for (const name of ["name", "namespace", "uid"]) {
    errors.push(...immutable(metadata[name] ?? "", before[name] ?? "", child(path, name)));
  }
  for (const name of ["creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"]) {
    errors.push(...immutable(metadata[name] ?? null, before[name] ?? null, child(path, name)));
  }
  errors.push(
    ...validateLabels(metadata.labels, child(path, "labels")),
    ...validateAnnotations(metadata.annotations, child(path, "annotations")),
    ...validateOwnerReferences(metadata.ownerReferences, child(path, "ownerReferences")),
    ...validateManagedFields(metadata.managedFields, child(path, "managedFields")),
  );
  return errors;
}

export function immutable(after: Json | undefined, before: Json | undefined, path: string): FieldError[] {
  return jsonEqual(after ?? null, before ?? null) ? [] : [invalid(path, after ?? null, IMMUTABLE)];
}

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...labelKeyFaults(key).map((fault) => invalid(path, key, fault)),
    ...valueFaults(value).map((fault) => invalid(path, value, fault)),
  ]);
}

/** Decoding refuses what is no text before anything is validated; who validates without decoding must not fail over it. */
function valueFaults(value: unknown): string[] {
  return typeof value === "string" ? labelValueFaults(value) : [];
}

function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

function objectsOf<T extends object>(value: readonly T[] | undefined): readonly T[] {
  return listOf(value).filter((item) => typeof item === "object" && item !== null);
}

export function validateAnnotations(annotations: Record<string, string> | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const fault of labelKeyFaults(key.toLowerCase())) errors.push(invalid(path, key, fault));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(String(value));
  }
  if (bytes > ANNOTATIONS_BYTES_MAX) errors.push(tooLong(path, ANNOTATIONS_BYTES_MAX));
  return errors;
}

function validateOwnerReferences(references: OwnerReference[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const reference of objectsOf(references)) {
    errors.push(...validateOwnerReference(reference, path));
    if (!reference.controller) continue;
    const name = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = name;
    else {
      const text = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalid(path, references as unknown as Json, text));
    }
  }
  return errors;
}

function validateOwnerReference(reference: OwnerReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [apiVersion, kind, name, uid] = ["apiVersion", "kind", "name", "uid"].map((key) =>
    String(reference[key] ?? ""),
  ) as [string, string, string, string];
  const empty = "must not be empty";
  if (parseApiVersion(apiVersion).version === "") {
    errors.push(invalid(child(path, "apiVersion"), apiVersion, "version must not be empty"));
  }
  if (kind === "") errors.push(invalid(child(path, "kind"), kind, empty));
  if (name === "") errors.push(invalid(child(path, "name"), name, empty));
  if (uid === "") errors.push(invalid(child(path, "uid"), uid, empty));
  if (apiVersion === "v1" && kind === "Event") {
    errors.push(invalid(path, reference, "/v1, Kind=Event is disallowed from being an owner"));
  }
  return errors;
}

function validateFinalizers(finalizers: string[] | undefined, path: string): FieldError[] {
  const names = listOf(finalizers).filter((name) => typeof name === "string");
  const errors = names.flatMap((name) => labelKeyFaults(name).map((fault) => invalid(path, name, fault)));
  if (names.includes("orphan") && names.includes("foregroundDeletion")) {
    errors.push(invalid(path, names, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
  return errors;
}

function validateManagedFields(entries: ManagedFieldsEntry[] | undefined, path: string): FieldError[] {
  return objectsOf(entries).flatMap((entry, index) => validateManagedFieldsEntry(entry, at(path, index)));
}

function validateManagedFieldsEntry(entry: ManagedFieldsEntry, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { operation, fieldsType, manager = "", subresource = "" } = entry;
  if (operation !== "Apply" && operation !== "Update") {
    errors.push(invalid(child(path, "operation"), operation ?? "", "must be `Apply` or `Update`"));
  }
  if (fieldsType && fieldsType !== "FieldsV1") {
    errors.push(invalid(child(path, "fieldsType"), fieldsType, "must be `FieldsV1`"));
  }
  if (Buffer.byteLength(manager) > MANAGER_BYTES_MAX) {
    errors.push(tooLong(child(path, "manager"), MANAGER_BYTES_MAX));
  }
  if (Buffer.byteLength(subresource) > SUBRESOURCE_BYTES_MAX) {
    errors.push(tooLong(child(path, "subresource"), SUBRESOURCE_BYTES_MAX));
  }
  return errors;
}

/** A LabelSelector inside an object. */
export function validateSelector(selector: JsonObject | undefined, path: string): FieldError[] {
  if (selector === undefined) return [];
  const expressions = objectsOf(selector["matchExpressions"] as JsonObject[] | undefined);
  return [
    ...validateLabels(selector["matchLabels"] as Record<string, string> | undefined, child(path, "matchLabels")),
    ...expressions.flatMap((item, index) => validateRequirement(item, at(child(path, "matchExpressions"), index))),
  ];
}

function validateRequirement(requirement: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { operator = "" } = requirement;
  const values = listOf(requirement["values"] as string[] | undefined);
  const key = String(requirement["key"] ?? "");
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) {
      errors.push(required(child(path, "values"), "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0) {
      errors.push(
        forbidden(child(path, "values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      );
    }
  } else {
    errors.push(invalid(child(path, "operator"), operator, "not a valid selector operator"));
  }
  for (const fault of labelKeyFaults(key)) errors.push(invalid(child(path, "key"), key, fault));
  for (const [index, value] of values.entries()) {
    for (const fault of valueFaults(value)) errors.push(invalid(at(child(path, "values"), index), value, fault));
  }
  return errors;
}
