import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import { compilePattern } from "../crd/pattern.ts";
import { child, forbidden, invalid, keyed, at, required, type FieldError } from "./field-error.ts";
import { entriesOf, has, structOf, structsOf, textOf } from "./access.ts";

type Level = "root" | "item" | "field";

/** What makes a schema structural: every value has one type, told at its place and not inside allOf, anyOf, oneOf or not. */
export function validateStructural(schema: JsonObject, path: string): FieldError[] {
  return invariants(schema, "root", path);
}

function invariants(schema: JsonObject, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const items = structOf(schema, "items");
  const additional = schema["additionalProperties"];
  if (textOf(schema, "type") === "array" && !items) errors.push(required(child(path, "items"), "must be specified"));
  if (items) errors.push(...invariants(items, "item", child(path, "items")));
  for (const [name, property] of entriesOf(schema, "properties")) {
    if (isJsonObject(property)) errors.push(...invariants(property, "field", keyed(child(path, "properties"), name)));
  }
  if (additional !== undefined && additional !== null) {
    const inner = child(path, "additionalProperties");
    if (level === "root") errors.push(forbidden(inner, "must not be used at the root"));
    if (isJsonObject(additional)) errors.push(...invariants(additional, "field", inner));
  }
  errors.push(...extensionFaults(schema, path), ...valueFaults(schema, intOrStringSkips(schema), path));
  errors.push(...typeFaults(schema, level, path), ...metadataFaults(schema, level, path));
  return errors;
}

const isSet = (schema: JsonObject, name: string): boolean => schema[`x-kubernetes-${name}`] === true;

function extensionFaults(schema: JsonObject, path: string): FieldError[] {
  if (!isSet(schema, "int-or-string")) return [];
  return ["preserve-unknown-fields", "embedded-resource"]
    .filter((name) => isSet(schema, name))
    .map((name) =>
      invalid(child(path, `x-kubernetes-${name}`), true, "must be false if x-kubernetes-int-or-string is true"),
    );
}

const NO_TYPE: Record<Level, string> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};
const EMBEDDED = "must be object if x-kubernetes-embedded-resource is true";

function typeFaults(schema: JsonObject, level: Level, path: string): FieldError[] {
  const type = textOf(schema, "type");
  const inner = child(path, "type");
  const errors: FieldError[] = [];
  if (isSet(schema, "embedded-resource") && type !== "object") {
    errors.push(type === "" ? required(inner, EMBEDDED) : invalid(inner, type, EMBEDDED));
  } else if (type === "" && !isSet(schema, "int-or-string") && !isSet(schema, "preserve-unknown-fields")) {
    errors.push(required(inner, NO_TYPE[level]));
  }
  if (isSet(schema, "embedded-resource") && has(schema, "additionalProperties")) {
    const text = "must not be used if x-kubernetes-embedded-resource is set";
    errors.push(forbidden(child(path, "additionalProperties"), text));
  }
  if (level === "root" && type !== "" && type !== "object") {
    errors.push(invalid(inner, type, "must be object at the root"));
  }
  return errors;
}

function metadataFaults(schema: JsonObject, level: Level, path: string): FieldError[] {
  const isEmbedded = isSet(schema, "embedded-resource");
  const isResource = level === "root" || isEmbedded;
  const properties = structOf(schema, "properties") ?? {};
  const errors: FieldError[] = [];
  const own = (name: string): JsonObject | undefined =>
    Object.hasOwn(properties, name) ? structOf(properties, name) : undefined;
  const typePath = (name: string): string => child(keyed(child(path, "properties"), name), "type");
  for (const name of ["kind", "apiVersion"]) {
    const property = own(name);
    if (!isResource || !property || textOf(property, "type") === "string") continue;
    errors.push(invalid(typePath(name), textOf(property, "type"), "must be string"));
  }
  const metadata = own("metadata");
  if (metadata && isResource && textOf(metadata, "type") !== "object") {
    errors.push(invalid(typePath("metadata"), textOf(metadata, "type"), "must be object"));
  }
  if (metadata && level === "root" && !isBareMetadata(metadata)) {
    const text = "must not specify anything other than name and generateName, but metadata is implicitly specified";
    errors.push(forbidden(keyed(child(path, "properties"), "metadata"), text));
  }
  if (isEmbedded && !isSet(schema, "preserve-unknown-fields") && Object.keys(properties).length === 0) {
    const text =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(child(path, "properties"), text));
  }
  return errors;
}

function isBareMetadata(metadata: JsonObject): boolean {
  const names = Object.keys(structOf(metadata, "properties") ?? {});
  const isNames = names.every((name) => name === "name" || name === "generateName");
  return isNames && Object.keys(metadata).every((key) => key === "type" || key === "properties" || key === "default");
}

const INT_OR_STRING = [{ type: "integer" }, { type: "string" }];

/** int-or-string may be spelled out as anyOf, alone or first in allOf. */
function intOrStringSkips(schema: JsonObject): { anyOf: boolean; firstAllOf: boolean } {
  const [first] = structsOf(schema, "allOf");
  return {
    anyOf: jsonEqual(schema["anyOf"], INT_OR_STRING),
    firstAllOf: jsonEqual(first?.["anyOf"], INT_OR_STRING),
  };
}

function valueFaults(schema: JsonObject, skip: { anyOf: boolean; firstAllOf: boolean }, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ["anyOf", "allOf", "oneOf"]) {
    if (name === "anyOf" && skip.anyOf) continue;
    for (const [index, branch] of structsOf(schema, name).entries()) {
      const isSkipped = name === "allOf" && index === 0 && skip.firstAllOf;
      errors.push(...nestedFaults(branch, isSkipped, at(child(path, name), index)));
    }
  }
  const not = structOf(schema, "not");
  if (not) errors.push(...nestedFaults(not, false, child(path, "not")));
  const pattern = textOf(schema, "pattern");
  const compiled = pattern === "" ? undefined : compilePattern(pattern);
  if (typeof compiled === "string") {
    const text = `must be a valid regular expression, but isn't: error parsing regexp: ${compiled}`;
    errors.push(invalid(child(path, "pattern"), pattern, text));
  }
  return errors;
}

/** What a branch may not say, and how the fault puts it. */
const NOT_IN_BRANCHES: readonly (readonly [name: string, rule: string])[] = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
];

function nestedFaults(branch: JsonObject, skipsAnyOf: boolean, path: string): FieldError[] {
  const errors = valueFaults(branch, { anyOf: skipsAnyOf, firstAllOf: false }, path);
  const items = structOf(branch, "items");
  if (items) errors.push(...nestedFaults(items, false, child(path, "items")));
  for (const [name, property] of entriesOf(branch, "properties")) {
    const inner = keyed(child(path, "properties"), name);
    if (isJsonObject(property)) errors.push(...nestedFaults(property, false, inner));
    if (name === "metadata") errors.push(forbidden(inner, "must not be specified in a nested context"));
  }
  for (const [name, rule] of NOT_IN_BRANCHES) {
    if (!isNothing(branch[name])) errors.push(forbidden(child(path, name), rule));
  }
  return errors;
}

function isNothing(value: Json | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}
