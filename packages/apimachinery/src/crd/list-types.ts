import { canonicalJson, isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { ownProperty } from "./correlate.ts";
import { at, child, duplicate, invalid, keyed, NO_PATH, type FieldError } from "../validation/field-error.ts";

/** Items that occur twice in sets and in lists with keys. */
export function validateListTypes(value: Json, schema: SchemaNode, path = NO_PATH): FieldError[] {
  if (Array.isArray(value)) return validateList(value, schema, path);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    if (item === undefined) return [];
    const property = ownProperty(schema, key);
    if (property) return property.ref === undefined ? validateListTypes(item, property, child(path, key)) : [];
    const additional = schema.additionalProperties;
    return typeof additional === "object" ? validateListTypes(item, additional, keyed(path, key)) : [];
  });
}

function validateList(list: readonly Json[], schema: SchemaNode, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.listType === "set") errors.push(...twins(list, list, path));
  if (schema.listType === "map") errors.push(...validateKeyed(list, schema.listMapKeys ?? [], path));
  const { items } = schema;
  if (items)
    for (const [index, item] of list.entries()) errors.push(...validateListTypes(item, items, at(path, index)));
  return errors;
}

function validateKeyed(list: readonly Json[], keys: readonly string[], path: string): FieldError[] {
  const index = list.findIndex((item) => item !== null && !isJsonObject(item));
  if (index >= 0) {
    return [invalid(at(path, index), list[index] ?? null, "must be an object for an array of list-type map")];
  }
  const identities = list.map((item) => {
    const identity: JsonObject = {};
    for (const key of keys) {
      const value = isJsonObject(item) ? item[key] : undefined;
      if (value !== undefined) identity[key] = value;
    }
    return identity;
  });
  return twins(identities, identities, path);
}

/** One fault for each identity that occurs more than once, at its second place. */
function twins(identities: readonly Json[], shown: readonly Json[], path: string): FieldError[] {
  const counts = new Map<string, number>();
  const errors: FieldError[] = [];
  for (const [index, identity] of identities.entries()) {
    const text = `${typeof identity}${canonicalJson(identity)}`;
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    if (count === 2) errors.push(duplicate(at(path, index), shown[index] ?? null));
  }
  return errors;
}
