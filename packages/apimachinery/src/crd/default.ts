import { cloneJson, isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";

/**
 * Fills in the defaults of a structural schema, and takes out nulls that the schema doesn't allow: a null counts as absent, so it
 * becomes the default where there is one.
 */
export function defaultBySchema(value: Json, schema: SchemaNode): Json {
  return fill(withoutNulls(value, schema), schema);
}

function isUnwantedNull(value: Json | undefined, schema: SchemaNode): boolean {
  return value === null && !schema.nullable;
}

function fieldOf(schema: SchemaNode | undefined, key: string): SchemaNode | undefined {
  if (schema === undefined) return undefined;
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  return typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

function withoutNulls(value: Json, schema: SchemaNode | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, schema?.items));
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  for (const key in value) {
    const item = value[key];
    if (item === undefined) continue;
    const property = fieldOf(schema, key);
    const isDropped = property !== undefined && isUnwantedNull(item, property) && property.default === undefined;
    if (!isDropped) setOwn(out, key, withoutNulls(item, property));
  }
  return out;
}

function fill(value: Json, schema: SchemaNode | undefined): Json {
  if (schema === undefined) return value;
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => fill(replaceNull(item, items), items));
  }
  if (!isJsonObject(value)) return value;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined || property.ref !== undefined) continue;
    if (!Object.hasOwn(value, key) || isUnwantedNull(value[key], property)) {
      setOwn(value, key, cloneJson(property.default));
    }
  }
  for (const key in value) {
    const property = fieldOf(schema, key);
    const item = value[key];
    if (property === undefined || item === undefined || property.ref !== undefined) continue;
    const kept = typeof schema.additionalProperties === "object" ? replaceNull(item, property) : item;
    setOwn(value, key, fill(kept, property));
  }
  return value;
}

function replaceNull(value: Json, schema: SchemaNode): Json {
  return isUnwantedNull(value, schema) && schema.default !== undefined ? cloneJson(schema.default) : value;
}
