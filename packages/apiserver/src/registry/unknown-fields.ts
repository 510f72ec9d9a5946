import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "@fairlead/apimachinery";
import { canonicalBytes } from "./bytes.ts";

/**
 * Takes away what a schema does not know, in place, and names it as strict decoding does: `unknown field "spec.replica"`. Bytes are
 * written as Go would write them again.
 */
export function takeUnknown(value: JsonObject, schema: SchemaNode): string[] {
  const found: string[] = [];
  visit(value, schema, "", found);
  return found.map((path) => `unknown field ${JSON.stringify(path)}`);
}

function visit(value: Json | undefined, schema: SchemaNode, path: string, found: string[]): void {
  if (schema.preserveUnknown === true && schema.properties === undefined) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items !== undefined) value.forEach((item, index) => visit(item, items, `${path}[${index}]`, found));
    return;
  }
  if (!isJsonObject(value)) return;
  const { properties, additionalProperties } = schema;
  if (properties === undefined && additionalProperties === undefined) return;
  for (const key of Object.keys(value)) {
    const known = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    const child = known ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    const childPath = path === "" ? key : `${path}.${key}`;
    if (child?.format === "byte") value[key] = canonicalBytes(value[key]);
    else if (child !== undefined) visit(value[key], child, childPath, found);
    else if (additionalProperties !== true && schema.preserveUnknown !== true) {
      found.push(childPath);
      delete value[key];
    }
  }
}
