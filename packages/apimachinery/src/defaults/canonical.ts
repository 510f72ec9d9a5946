import { cloneJson, isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { zeroOf } from "../managed/empty-object.ts";
import { formatQuantity } from "../quantity/format.ts";
import { parseQuantity, quantityFault } from "../quantity/parse.ts";
import { propertySchema } from "../schema/node.ts";
import type { SchemaNode } from "../schema/types.ts";

const MICRO_TIME = ".MicroTime";

/** `stored`: after a round trip through protobuf, which keeps no empty lists. */
type Form = "decoded" | "stored";

/**
 * A value of a built-in kind as the server writes it after reading it into its Go type: unknown fields, nulls and zero values
 * that Go leaves out vanish, structs that are always written appear, quantities and times get their one form.
 */
export function canonicalValue(value: Json, schema: SchemaNode, form: Form = "decoded"): Json {
  if (schema.untypedScalar) return canonicalQuantity(value);
  if (schema.format === "date-time") return canonicalTime(value, schema.ref?.endsWith(MICRO_TIME) ?? false);
  if (isVerbatim(schema)) return cloneJson(value);
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => canonicalItem(item, items, form));
  }
  if (!isJsonObject(value)) return value;
  return schema.properties === undefined ? canonicalMap(value, schema, form) : canonicalStruct(value, schema, form);
}

/** Raw JSON, and what Go's own JSON types of apiextensions keep as it is. */
function isVerbatim(schema: SchemaNode): boolean {
  if (schema.preserveUnknown) return true;
  return schema.type === undefined || (schema.type === "object" && !schema.properties && !schema.additionalProperties);
}

/** null in a list is the zero value of its type. */
function canonicalItem(item: Json, schema: SchemaNode, form: Form): Json {
  if (item !== null) return canonicalValue(item, schema, form);
  if (schema.type === "string") return "";
  return schema.properties ? canonicalStruct({}, schema, form) : item;
}

function canonicalMap(value: JsonObject, schema: SchemaNode, form: Form): JsonObject {
  const element = schema.additionalProperties;
  if (typeof element !== "object") return value;
  const out: JsonObject = {};
  for (const key in value) {
    const item = value[key];
    if (item === undefined) continue;
    setOwn(out, key, item === null && element.type === "string" ? "" : canonicalValue(item, element, form));
  }
  return out;
}

function canonicalStruct(value: JsonObject, schema: SchemaNode, form: Form): JsonObject {
  const out: JsonObject = {};
  for (const name in value) {
    const item = value[name];
    const property = propertySchema(schema, name);
    if (item === undefined || item === null || property === undefined) continue;
    const kept = canonicalValue(item, property, form);
    if (!isOmitted(kept, property, form)) setOwn(out, name, kept);
  }
  for (const { name, zero } of alwaysWritten(schema)) if (!Object.hasOwn(out, name)) setOwn(out, name, cloneJson(zero));
  return out;
}

interface ZeroField {
  readonly name: string;
  readonly zero: Json;
}

const zeroFields = new WeakMap<SchemaNode, readonly ZeroField[]>();

/** The fields Go writes whether they are set or not, with what it writes then. */
function alwaysWritten(schema: SchemaNode): readonly ZeroField[] {
  let fields = zeroFields.get(schema);
  if (fields === undefined) {
    fields = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
      const zero = zeroOf(property);
      return zero === undefined ? [] : [{ name, zero }];
    });
    zeroFields.set(schema, fields);
  }
  return fields;
}

/** Whether Go's omitempty drops this value. Pointers keep zero values, so only fields marked in the table are looked at. */
function isOmitted(value: Json, schema: SchemaNode, form: Form): boolean {
  if (Array.isArray(value)) {
    return value.length === 0 && (form === "stored" || (schema.zeroValue !== "null" && !tellsEmptyFromAbsent(schema)));
  }
  if (isJsonObject(value)) {
    const isMap = schema.properties === undefined && typeof schema.additionalProperties === "object";
    const isDroppable = isMap ? schema.zeroValue !== "null" : schema.zeroValue === "omitted";
    return isDroppable && Object.keys(value).length === 0;
  }
  if (schema.zeroValue === "omitted") return value === "" || value === 0 || value === false;
  return value === "" && schema.format === "byte" && schema.zeroValue !== "null";
}

/** The one list whose default is for lists that are absent and not for those that are empty, which are refused. */
function tellsEmptyFromAbsent(schema: SchemaNode): boolean {
  return schema.items?.ref?.endsWith(".HPAScalingPolicy") ?? false;
}

function canonicalQuantity(value: Json): Json {
  const text = typeof value === "number" || typeof value === "bigint" ? String(value) : value;
  if (typeof text !== "string" || quantityFault(text) !== undefined) return value;
  return formatQuantity(parseQuantity(text));
}

function canonicalTime(value: Json, isMicro: boolean): Json {
  if (typeof value !== "string") return value;
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) return value;
  const seconds = new Date(ms).toISOString().slice(0, 19);
  if (!isMicro) return `${seconds}Z`;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? "";
  return `${seconds}.${fraction.padEnd(6, "0").slice(0, 6)}Z`;
}
