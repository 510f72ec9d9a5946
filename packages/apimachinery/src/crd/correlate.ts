import { isJsonObject, jsonEqual, type Json } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";

/** The item of the old list that this one was: by its keys; lists without keys have no such. */
export function counterpart(item: Json, old: readonly Json[], schema: SchemaNode): Json | undefined {
  if (schema.listType !== "map" || !isJsonObject(item)) return undefined;
  const keys = schema.listMapKeys ?? [];
  if (keys.some((key) => item[key] === undefined)) return undefined;
  return old.find((other) => isJsonObject(other) && keys.every((key) => jsonEqual(other[key], item[key])));
}

/** A declared property, never one of the prototype. */
export function ownProperty(schema: SchemaNode, key: string): SchemaNode | undefined {
  return schema.properties !== undefined && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
}

const RESOURCE_FIELDS = new Set(["apiVersion", "kind", "metadata"]);

/**
 * Whether a value is what it was: lists with keys whatever their order, but not when two items have one key. As in the server, an
 * object with a field that the schema doesn't know (and only preserves) counts as changed whatever it was.
 */
export function isUnchanged(value: Json, before: Json, schema: SchemaNode | undefined): boolean {
  if (schema === undefined) return jsonEqual(value, before);
  if (Array.isArray(value) && Array.isArray(before) && schema.listType === "map") {
    return (
      value.length === before.length &&
      value.every((item) => {
        const match = counterpart(item, before, schema);
        return match !== undefined && isUnchanged(item, match, schema.items);
      })
    );
  }
  if (!isJsonObject(value) || !isJsonObject(before)) return jsonEqual(value, before);
  const additional = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  return (
    Object.keys(value).length === Object.keys(before).length &&
    Object.entries(value).every(([key, item]) => {
      const old = before[key];
      if (item === undefined || old === undefined) return item === old;
      // What every embedded resource has is added to its schema for reading it, not for comparing it.
      const isAdded = schema.embeddedResource === true && RESOURCE_FIELDS.has(key);
      const known = isAdded ? undefined : (ownProperty(schema, key) ?? additional);
      return known !== undefined && isUnchanged(item, old, known);
    })
  );
}
