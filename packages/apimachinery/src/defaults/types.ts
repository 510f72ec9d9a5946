import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";

/** Fills in one struct that is already in canonical form: what is absent has its zero value. Changes the struct in place. */
export type Defaulter = (struct: JsonObject) => void;

/** By definition name of the OpenAPI document, without `io.k8s.`. */
export type DefaulterTable = Readonly<Record<string, Defaulter>>;

/** Sets a field that isn't set. An empty string that is still there is set: Go's type is a pointer, or it would be gone. */
export function setDefault(struct: JsonObject, name: string, value: Json): void {
  const current = struct[name];
  if (current === undefined || current === null) struct[name] = value;
}

/** The struct in a field, made if it isn't there. */
export function ensureStruct(struct: JsonObject, name: string): JsonObject {
  const value = struct[name];
  if (isJsonObject(value)) return value;
  const made: JsonObject = {};
  struct[name] = made;
  return made;
}

export function structIn(struct: JsonObject, name: string): JsonObject | undefined {
  const value = struct[name];
  return isJsonObject(value) ? value : undefined;
}

export function structsIn(struct: JsonObject, name: string): JsonObject[] {
  const value = struct[name];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function isEmptyMap(value: Json | undefined): boolean {
  return !isJsonObject(value) || Object.keys(value).length === 0;
}
