import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { ObjectMeta } from "../object/types.ts";
import type { SchemaNode } from "../schema/types.ts";
import { at, child, invalid, keyed, NO_PATH, required, type FieldError } from "../validation/field-error.ts";
import { validateMetadata } from "../validation/metadata.ts";
import { dns1035Label, pathSegment } from "../validation/names.ts";
import { ownProperty } from "./correlate.ts";

/** apiVersion, kind and metadata of the resources that a custom resource carries in it. */
export function validateEmbedded(value: Json, schema: SchemaNode, path = NO_PATH): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, index) => validateEmbedded(item, items, at(path, index))) : [];
  }
  if (!isJsonObject(value)) return [];
  const errors = schema.embeddedResource ? validateOne(value, path) : [];
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const property = ownProperty(schema, key);
    const additional = schema.additionalProperties;
    if (property !== undefined && property.ref === undefined) {
      errors.push(...validateEmbedded(item, property, child(path, key)));
    } else if (property === undefined && typeof additional === "object") {
      errors.push(...validateEmbedded(item, additional, keyed(path, key)));
    }
  }
  return errors;
}

function validateOne(value: JsonObject, path: string): FieldError[] {
  const { apiVersion, kind, metadata } = value;
  const errors: FieldError[] = [];
  errors.push(...validateText(apiVersion, child(path, "apiVersion")), ...validateText(kind, child(path, "kind")));
  if (typeof apiVersion === "string" && apiVersion.split("/").length > 2) {
    errors.push(invalid(child(path, "apiVersion"), apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  }
  if (typeof kind === "string" && kind !== "") {
    const faults = dns1035Label(kind.toLowerCase());
    if (faults.length > 0) {
      const text = `may have mixed case, but should otherwise match: ${faults.join(",")}`;
      errors.push(invalid(child(path, "kind"), kind, text));
    }
  }
  if (isJsonObject(metadata)) {
    const named = { ...metadata, name: metadata["name"] || "fakename" } as ObjectMeta;
    errors.push(...validateMetadata(named, Boolean(metadata["namespace"]), pathSegment, child(path, "metadata")));
  }
  return errors;
}

function validateText(value: Json | undefined, path: string): FieldError[] {
  if (value === undefined) return [required(path)];
  if (typeof value !== "string") return [invalid(path, value, "must be a string")];
  return value === "" ? [invalid(path, value, "must not be empty")] : [];
}
