import { setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "../object/types.ts";
import type { SchemaNode } from "../schema/types.ts";

/**
 * The object a create is compared with: for built-in kinds the zero value of the Go type as it is written to JSON (structs are
 * there and empty, required lists and pointers null), for custom resources nothing but its kind. It decides which containers
 * get a `.` of their own in managedFields.
 */
export function emptyObject(
  schema: SchemaNode,
  kind: { readonly apiVersion: string; readonly kind: string },
): KubeObject {
  const zero = schema.ref === undefined ? {} : (zeroValue(schema, 0) as JsonObject);
  return { ...zero, apiVersion: kind.apiVersion, kind: kind.kind } as KubeObject;
}

const emptyObjects = new WeakMap<SchemaNode, KubeObject>();

/** The same, made once for a schema; only to be read. */
export function sharedEmptyObject(
  schema: SchemaNode,
  kind: { readonly apiVersion: string; readonly kind: string },
): KubeObject {
  let empty = emptyObjects.get(schema);
  if (empty?.apiVersion !== kind.apiVersion || empty.kind !== kind.kind) {
    empty = emptyObject(schema, kind);
    emptyObjects.set(schema, empty);
  }
  return empty;
}

const STRUCT_DEPTH_MAX = 20;

function zeroValue(schema: SchemaNode, depth: number): Json {
  const zero: JsonObject = {};
  if (depth > STRUCT_DEPTH_MAX) return zero;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const value = zeroOf(property, depth);
    if (value !== undefined) setOwn(zero, name, value);
  }
  return zero;
}

/**
 * In the API server's OpenAPI a default of `{}`, `""`, 0 or false tells of a field without pointer or omitempty, which is
 * always written. Other defaults are real ones of fields that may be absent.
 */
export function zeroOf(property: SchemaNode, depth = 0): Json | undefined {
  const { default: fallback } = property;
  if (property.zeroValue === "omitted") return undefined;
  if (property.zeroValue === "null") return null;
  if (property.zeroValue === "0") return "0";
  if (isEmptyStruct(fallback)) {
    return property.properties ? zeroValue(property, depth + 1) : undefined;
  }
  return fallback === "" || fallback === 0 || fallback === false ? fallback : undefined;
}

function isEmptyStruct(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
