import { isJsonObject, jsonEqual, type JsonObject } from "@fairlead/base";
import { compileFaults, totalCostFaults, type Cardinality, type RuleCosts } from "./definition-rules.ts";
import { pruneUnknown } from "../crd/prune.ts";
import { validateBySchema } from "../crd/validate.ts";
import { jsonSchemaNode } from "../schema/crd.ts";
import { at, child, forbidden, invalid, keyed, notSupported, required, type FieldError } from "./field-error.ts";
import { entriesOf, has, structOf, structsOf, textOf, textsOf } from "./access.ts";
import { validateStructural } from "./structural.ts";

interface Inside {
  /** Why defaults may not stand here. */
  readonly noDefaults?: string | undefined;
  readonly isMeta?: boolean;
  /** Inside allOf and the like, where rules aren't compiled. */
  readonly isBranch?: boolean;
  /** How often this place can occur in one object. */
  readonly cardinality: Cardinality;
  readonly costs: RuleCosts;
  readonly uncorrelated?: string | undefined;
}

/** The schema of a version of a CRD: structural, with sound defaults, list types and rules. */
export function validateDefinitionSchema(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema["nullable"] === true) {
    errors.push(forbidden(child(path, "nullable"), "nullable cannot be true at the root"));
  }
  const structural = validateStructural(schema, path);
  errors.push(...(structural.length > 0 ? structural : defaultFaults(schema, path, true)));
  const isSound = errors.length === 0;
  const costs: RuleCosts = { total: 0, dearest: [] };
  const inside: Inside = { isBranch: !isSound, cardinality: 1, costs };
  return [...errors, ...schemaFaults(schema, path, inside, true), ...totalCostFaults(costs, path)];
}

/** Defaults that the schema itself would prune or refuse. */
function defaultFaults(schema: JsonObject, path: string, isRoot: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const value = schema["default"];
  if (value !== undefined && value !== null && !isRoot) {
    const node = jsonSchemaNode(schema);
    const inner = child(path, "default");
    if (!jsonEqual(pruneUnknown(value, node, false).value, value)) {
      errors.push(invalid(inner, value, "must not have unknown fields"));
    }
    errors.push(...validateBySchema(value, node, inner));
  }
  const items = structOf(schema, "items");
  if (items) errors.push(...defaultFaults(items, child(path, "items"), false));
  for (const [name, property] of entriesOf(schema, "properties")) {
    if (!isJsonObject(property) || (isRoot && META_FIELDS.has(name))) continue;
    errors.push(...defaultFaults(property, keyed(child(path, "properties"), name), false));
  }
  const additional = structOf(schema, "additionalProperties");
  if (additional) errors.push(...defaultFaults(additional, child(path, "additionalProperties"), false));
  return errors;
}

const META_FIELDS = new Set(["metadata", "kind", "apiVersion"]);

function schemaFaults(schema: JsonObject, path: string, inside: Inside, isRoot = false): FieldError[] {
  const errors = standardFaults(schema, path, inside);
  const additional = schema["additionalProperties"];
  const properties = entriesOf(schema, "properties");
  if (schema["uniqueItems"] === true) {
    const text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbidden(child(path, "uniqueItems"), text));
  }
  if (properties.length > 0 && (additional === false || isJsonObject(additional))) {
    const text = "additionalProperties and properties are mutual exclusive";
    errors.push(forbidden(child(path, "additionalProperties"), text));
  }
  if (isJsonObject(additional)) {
    const noDefaults = inside.isMeta ? "inside additionalProperties applying to object metadata" : inside.noDefaults;
    errors.push(
      ...schemaFaults(additional, child(path, "additionalProperties"), {
        ...inside,
        noDefaults,
        cardinality: inMany(inside, schema["maxProperties"]),
      }),
    );
  }
  for (const [name, property] of properties) {
    if (!isJsonObject(property)) continue;
    const isMeta = (isRoot || schema["x-kubernetes-embedded-resource"] === true) && META_FIELDS.has(name);
    const isAtomic = schema["x-kubernetes-map-type"] === "atomic";
    const here: Inside = { ...inside, uncorrelated: inside.uncorrelated ?? (isAtomic ? path : undefined) };
    const below: Inside = isMeta
      ? { ...here, isMeta, noDefaults: isRoot ? `in top-level ${name}` : inside.noDefaults }
      : here;
    errors.push(...schemaFaults(property, keyed(child(path, "properties"), name), below));
  }
  errors.push(...branchFaults(schema, path, inside));
  const items = structOf(schema, "items");
  if (items) {
    const cardinality = inMany(inside, schema["maxItems"]);
    const isMap = schema["x-kubernetes-list-type"] === "map";
    const uncorrelated = inside.uncorrelated ?? (isMap ? undefined : path);
    errors.push(...schemaFaults(items, child(path, "items"), { ...inside, cardinality, uncorrelated }));
  }
  errors.push(...mapFaults(schema, path), ...listFaults(schema, path), ...ruleFaults(schema, path, inside, isRoot));
  return errors;
}

/** What stands in a list or map occurs as often as it has entries. */
function inMany({ cardinality }: Inside, max: unknown): Cardinality {
  return cardinality === undefined || typeof max !== "number" ? undefined : cardinality * max;
}

function branchFaults(schema: JsonObject, path: string, inside: Inside): FieldError[] {
  const below = { ...inside, isBranch: true };
  const not = structOf(schema, "not");
  return [
    ...(not ? schemaFaults(not, child(path, "not"), below) : []),
    ...["allOf", "oneOf", "anyOf"].flatMap((name) =>
      structsOf(schema, name).flatMap((branch, index) => schemaFaults(branch, at(child(path, name), index), below)),
    ),
  ];
}

const TYPES = ["array", "boolean", "integer", "number", "object", "string"];
const UNSUPPORTED = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

function standardFaults(schema: JsonObject, path: string, { noDefaults, isMeta }: Inside): FieldError[] {
  const errors: FieldError[] = [];
  const type = textOf(schema, "type");
  if (type !== "" && !TYPES.includes(type)) errors.push(notSupported(child(path, "type"), type, TYPES));
  if (has(schema, "default") && noDefaults !== undefined) {
    errors.push(forbidden(child(path, "default"), `must not be set ${noDefaults}`));
  }
  for (const name of UNSUPPORTED) {
    if (has(schema, name)) errors.push(forbidden(child(path, name), `${name} is not supported`));
  }
  if (type === "null") {
    errors.push(forbidden(child(path, "type"), "type cannot be set to null, use nullable as an alternative"));
  }
  if (Array.isArray(schema["items"])) {
    errors.push(forbidden(child(path, "items"), "items must be a schema object and not an array"));
  }
  if (isMeta && schema["x-kubernetes-embedded-resource"] === true) {
    errors.push(forbidden(child(path, "x-kubernetes-embedded-resource"), "must not be used inside of resource meta"));
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    errors.push(invalid(child(path, "x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
  }
  return errors;
}

function typedFaults(schema: JsonObject, path: string, type: string, extension: string): FieldError[] {
  const actual = textOf(schema, "type");
  if (actual === type) return [];
  const text = `must be ${type} if ${extension} is specified`;
  return [actual === "" ? required(child(path, "type"), text) : invalid(child(path, "type"), actual, text)];
}

function mapFaults(schema: JsonObject, path: string): FieldError[] {
  const name = "x-kubernetes-map-type";
  if (!has(schema, name)) return [];
  const errors = typedFaults(schema, path, "object", name);
  const value = textOf(schema, name);
  const known = ["atomic", "granular"];
  return known.includes(value) ? errors : [...errors, notSupported(child(path, name), value, known)];
}

const LIST_TYPE = "x-kubernetes-list-type";
const LIST_KEYS = "x-kubernetes-list-map-keys";

function listFaults(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const type = has(schema, LIST_TYPE) ? textOf(schema, LIST_TYPE) : undefined;
  const items = structOf(schema, "items");
  if (type !== undefined) {
    const typed = typedFaults(schema, path, "array", LIST_TYPE);
    errors.push(...typed);
    if (typed.length === 0 && type === "set" && items) errors.push(...setItemFaults(items, path));
    const known = ["atomic", "set", "map"];
    if (!known.includes(type)) errors.push(notSupported(child(path, LIST_TYPE), type, known));
  }
  if (textsOf(schema, LIST_KEYS).length > 0 && type !== "map") {
    const text = "must be map if x-kubernetes-list-map-keys is non-empty";
    const inner = child(path, LIST_TYPE);
    errors.push(type === undefined ? required(inner, text) : invalid(inner, type, text));
  }
  if (type === "map") errors.push(...mapListFaults(schema, path));
  if (items && (type === "map" || type === "set") && items["nullable"] === true) {
    errors.push(
      forbidden(child(path, "items", "nullable"), `cannot be nullable when x-kubernetes-list-type is ${type}`),
    );
  }
  return errors;
}

function setItemFaults(items: JsonObject, path: string): FieldError[] {
  const text = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items[LIST_TYPE];
  if (textOf(items, "type") === "array" && has(items, LIST_TYPE) && listType !== "atomic") {
    return [invalid(child(path, "items", LIST_TYPE), listType, text)];
  }
  if (textOf(items, "type") === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    return [invalid(child(path, "items", "x-kubernetes-map-type"), listType ?? null, text)];
  }
  return [];
}

function mapListFaults(schema: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const keys = textsOf(schema, LIST_KEYS);
  const items = structOf(schema, "items");
  if (keys.length === 0) {
    errors.push(required(child(path, LIST_KEYS), "must not be empty if x-kubernetes-list-type is map"));
  }
  if (!items) {
    return [...errors, required(child(path, "items"), "must have a schema if x-kubernetes-list-type is map")];
  }
  const type = textOf(items, "type");
  if (type !== "object") {
    const text = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(child(path, "items", "type"), type, text)];
  }
  const properties = structOf(items, "properties") ?? {};
  for (const [index, key] of keys.entries()) {
    const property = Object.hasOwn(properties, key) ? structOf(properties, key) : undefined;
    if (!property) errors.push(invalid(child(path, LIST_KEYS), keys, "entries must all be names of item properties"));
    else errors.push(...mapKeyFaults(property, key, items, keyed(child(path, "items", "properties"), key)));
    if (keys.indexOf(key) < index) {
      errors.push(invalid(child(path, LIST_KEYS), keys, "must not contain duplicate entries"));
    }
  }
  return errors;
}

function mapKeyFaults(property: JsonObject, key: string, items: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (["array", "object"].includes(textOf(property, "type"))) {
    const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
    errors.push(invalid(child(path, "type"), textOf(items, "type"), text));
  }
  const subject = "this property is in x-kubernetes-list-map-keys, so it";
  if (!textsOf(items, "required").includes(key) && !has(property, "default")) {
    errors.push(required(child(path, "default"), `${subject} must have a default or be a required property`));
  }
  if (property["nullable"] === true) {
    errors.push(forbidden(child(path, "nullable"), `${subject} cannot be nullable`));
  }
  return errors;
}

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

function ruleFaults(schema: JsonObject, path: string, inside: Inside, isRoot: boolean): FieldError[] {
  return structsOf(schema, "x-kubernetes-validations").flatMap((rule, index) => {
    const inner = at(child(path, "x-kubernetes-validations"), index);
    const errors = ruleTextFaults(rule, inner);
    return errors.length > 0 || inside.isBranch ? errors : compileFaults(rule, schema, inner, { ...inside, isRoot });
  });
}

function ruleTextFaults(rule: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [text, message, expression, fieldPath] = ["rule", "message", "messageExpression", "fieldPath"].map((name) =>
    textOf(rule, name),
  ) as [string, string, string, string];
  const hasNewline = (value: string): boolean => /[\n\r]/.test(value.trim());
  const invalidAt = (name: string, value: string, detail: string): void =>
    void errors.push(invalid(child(path, name), value, detail));
  if (text.trim() === "") errors.push(required(child(path, "rule"), "rule is not specified"));
  else if (message !== "" && message.trim() === "") invalidAt("message", message, "must be non-empty if specified");
  else if (hasNewline(message)) invalidAt("message", message, "must not contain line breaks");
  else if (hasNewline(text) && message.trim() === "") {
    errors.push(required(child(path, "message"), "message must be specified if rule contains line breaks"));
  }
  if (expression !== "" && expression.trim() === "") {
    errors.push(required(child(path, "messageExpression"), "messageExpression must be non-empty if specified"));
  }
  const { reason } = rule;
  if (typeof reason === "string" && !REASONS.includes(reason)) {
    errors.push(notSupported(child(path, "reason"), reason, REASONS));
  }
  if (fieldPath !== "" && fieldPath.trim() === "") {
    invalidAt("fieldPath", fieldPath, "must be non-empty if specified");
  }
  if (/[\n\r]/.test(fieldPath)) invalidAt("fieldPath", fieldPath, "must not contain line breaks");
  return errors;
}
