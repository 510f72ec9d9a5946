import { isJsonObject, parseGoDuration, setOwn, type Json } from "@fairlead/base";
import type { SchemaNode } from "../../schema/types.ts";
import { celDuration } from "./expression.ts";

/** Names that CEL keeps for itself; a field of that name is reached as `__name__`. */
const RESERVED = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A field's name as rules write it: `-` is `__dash__`, `.` is `__dot__`; undefined for names no rule can reach. */
export function escapeName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}

/** A value as rules see it through its schema: integers as int, formats as times and durations, undeclared fields not at all. */
export function celValue(value: Json, schema: SchemaNode, isResource: boolean): unknown {
  if (value === null) return null;
  if (schema.intOrString) return typeof value === "number" ? BigInt(Math.trunc(value)) : value;
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item) => celValue(item, items, items.embeddedResource ?? false)) : [];
  }
  if (isJsonObject(value)) return celObject(value, schema, isResource);
  if (typeof value === "string") return celText(value, schema.format);
  if (typeof value === "number" && schema.type === "integer") return BigInt(Math.trunc(value));
  return value;
}

function celObject(value: { [key: string]: Json | undefined }, schema: SchemaNode, isResource: boolean): object {
  const additional = schema.additionalProperties;
  if (schema.properties === undefined && typeof additional === "object") {
    const map: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) setOwn(map, key, celValue(item, additional, additional.embeddedResource ?? false));
    }
    return map;
  }
  const out: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const item = value[name];
    const escaped = escapeName(name);
    // A null that the schema allows is there; has() is true of it.
    if (item === undefined || escaped === undefined || (item === null && !property.nullable)) continue;
    const fault = typeFault(item, property);
    if (fault !== undefined) setFaulty(out, escaped, fault);
    else if (property.ref !== undefined) setOwn(out, escaped, {});
    else setOwn(out, escaped, celValue(item, property, property.embeddedResource ?? false));
  }
  if (isResource) addResourceFields(out, value);
  return out;
}

/** Rules that don't look at a value of the wrong type are none the worse for it. */
function setFaulty(out: Record<string, unknown>, name: string, fault: string): void {
  Object.defineProperty(out, name, {
    enumerable: true,
    get: () => {
      throw new Error(fault);
    },
  });
}

const CEL_TYPES: Readonly<Record<string, string>> = { integer: "int", string: "string", boolean: "bool" };

/** Why a rule can't see a value: it isn't of its schema's type, as happens to what was stored before the schema was. */
export function typeFault(value: Json, schema: SchemaNode): string | undefined {
  const wanted = CEL_TYPES[schema.type ?? ""];
  if (wanted === undefined || schema.intOrString || value === null) return undefined;
  const found = goTypeOf(value);
  const isFitting = found === wanted || (wanted === "int" && found === "int64");
  return isFitting ? undefined : `invalid data, expected ${wanted}, got ${found}`;
}

function goTypeOf(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : typeof value === "bigint" ? "int64" : "map[string]interface {}";
}

/** Of metadata rules see name and generateName only. */
function addResourceFields(out: Record<string, unknown>, value: { [key: string]: Json | undefined }): void {
  for (const name of ["apiVersion", "kind"]) if (typeof value[name] === "string") out[name] = value[name];
  const { metadata } = value;
  if (!isJsonObject(metadata)) return;
  const shown: Record<string, unknown> = {};
  for (const name of ["name", "generateName"]) if (typeof metadata[name] === "string") shown[name] = metadata[name];
  out["metadata"] = shown;
}

function celText(value: string, format: string | undefined): unknown {
  switch (format) {
    case "date-time":
    case "datetime":
    case "date": {
      const ms = Date.parse(value);
      return Number.isNaN(ms) ? value : new Date(ms);
    }
    case "duration":
      return durationOf(value) ?? value;
    case "byte":
      return new Uint8Array(Buffer.from(value, "base64"));
    default:
      return value;
  }
}

function durationOf(value: string): ReturnType<typeof celDuration> | undefined {
  try {
    const ms = parseGoDuration(value);
    const seconds = Math.trunc(ms / 1000);
    return celDuration(seconds, Math.round((ms - seconds * 1000) * 1e6));
  } catch {
    return undefined;
  }
}
