import { quantityFault, type SchemaNode } from "@fairlead/apimachinery";
import { isJsonObject, type Json } from "@fairlead/base";
import { base64Fault } from "./bytes.ts";
import { embeddedIn, nameOfText } from "./go-names.ts";

/** What Go reads a value with: its JSON decoder, or the converter that strategic patches go through. */
export type Decoder = "json" | "converter";

/** Where in the Go types a value would be decoded. */
interface Place {
  /** Name of the innermost struct. */
  readonly struct: string;
  /** Names of fields from the root; keys of maps and indexes of lists are not in it. */
  readonly path: string;
  readonly decoder: Decoder;
}

/**
 * The first value that Go could not decode into the type of a built-in kind, in the words of the decoder; undefined when all can.
 * `kind` is the root's name.
 */
export function typeFault(
  value: Json,
  schema: SchemaNode,
  kind: string,
  decoder: Decoder = "json",
): string | undefined {
  return faultIn(value, schema, { struct: kind, path: "", decoder });
}

function faultIn(value: Json | undefined, schema: SchemaNode, at: Place): string | undefined {
  if (value === undefined || value === null) return undefined;
  const special = specialFault(value, schema, at);
  if (special !== "ordinary") return special;
  if (schema.preserveUnknown === true || schema.type === undefined) return undefined;
  switch (schema.type) {
    case "object":
      return isJsonObject(value) ? faultInObject(value, schema, at) : mismatch(value, schema, at);
    case "array":
      return Array.isArray(value) ? faultInList(value, schema, at) : mismatch(value, schema, at);
    case "string":
      if (schema.format === "byte") return faultInBytes(value, schema, at);
      return typeof value === "string" ? undefined : mismatch(value, schema, at);
    case "integer":
      return isInteger(value, schema.format) ? undefined : mismatch(value, schema, at);
    case "number":
      return typeof value === "number" ? undefined : mismatch(value, schema, at);
    default:
      return typeof value === "boolean" ? undefined : mismatch(value, schema, at);
  }
}

/** Types that decode themselves. */
function specialFault(value: Json, schema: SchemaNode, at: Place): string | undefined {
  if (schema.untypedScalar === true) {
    // What is neither text nor number is read as its JSON, which no quantity looks like.
    return quantityFault(typeof value === "string" ? value : JSON.stringify(value));
  }
  if (schema.intOrString === true) {
    if (typeof value === "string" || (typeof value === "number" && isInteger(value, "int32"))) return undefined;
    const what = typeof value === "number" ? `number ${String(value)}` : nameOf(value);
    return `json: cannot unmarshal ${what} into Go ${whereIn(at)} of type int32`;
  }
  if (schema.format === "date-time") {
    if (typeof value !== "string") {
      return `json: cannot unmarshal ${nameOf(value)} into Go ${whereIn(at)} of type string`;
    }
    return timeFault(value, schema.ref?.endsWith(".MicroTime") === true);
  }
  return "ordinary";
}

function faultInObject(value: { [key: string]: Json | undefined }, schema: SchemaNode, at: Place): string | undefined {
  const { properties, additionalProperties } = schema;
  const struct = properties === undefined ? at.struct : (schema.ref?.split(".").at(-1) ?? at.struct);
  for (const key of Object.keys(value)) {
    const property = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (property !== undefined) {
      const fault = faultIn(value[key], property, {
        struct,
        path: pathOf(at.path, embeddedIn(struct, key), key),
        decoder: at.decoder,
      });
      if (fault !== undefined) return fault;
    } else if (properties === undefined && typeof additionalProperties === "object") {
      const fault = faultIn(value[key], additionalProperties, at);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

function pathOf(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(".");
}

/** Bytes are a text in base64, or a list of numbers. */
function faultInBytes(value: Json, schema: SchemaNode, at: Place): string | undefined {
  if (typeof value === "string") {
    const fault = base64Fault(value);
    return fault === undefined || at.decoder === "json" ? fault : `error decoding from json: ${fault}`;
  }
  return Array.isArray(value) ? faultInList(value, BYTES, at) : mismatch(value, schema, at);
}

function faultInList(value: readonly Json[], schema: SchemaNode, at: Place): string | undefined {
  if (schema.items === undefined) return undefined;
  for (const item of value) {
    const fault = faultIn(item, schema.items, at);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function mismatch(value: Json, schema: SchemaNode, at: Place): string {
  if (at.decoder === "converter") return conversionFault(value, schema, at);
  const what = typeof value === "number" && schema.type === "integer" ? `number ${String(value)}` : nameOf(value);
  return `json: cannot unmarshal ${what} into Go ${whereIn(at)} of type ${goType(schema, at)}`;
}

function whereIn({ path, decoder, struct }: Place): string {
  return path === "" || decoder === "converter" ? "value" : `struct field ${struct}.${path}`;
}

/** The words of apimachinery's runtime/converter.go. */
function conversionFault(value: Json, schema: SchemaNode, at: Place): string {
  const kind = Array.isArray(value) ? "slice" : isJsonObject(value) ? "map" : scalarType(value);
  if (schema.type === "object")
    return schema.properties === undefined ? `cannot restore map from ${kind}` : `cannot restore struct from: ${kind}`;
  if (schema.type === "string" && schema.format !== "byte" && typeof value !== "number")
    return "unrecognized type: string";
  if (schema.type === "array" || schema.format === "byte") return `cannot restore slice from ${kind}`;
  const type = kind === "slice" ? "[]interface {}" : kind === "map" ? "map[string]interface {}" : kind;
  return `cannot convert ${type} to ${goType(schema, at)}`;
}

function scalarType(value: Json): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}

function nameOf(value: Json): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value === "bigint" ? "number" : typeof value;
}

/** The Go type behind a schema, as %v prints it. */
function goType(schema: SchemaNode, at: Place): string {
  if (schema.type === "array") return `[]${schema.items === undefined ? "interface {}" : goType(schema.items, at)}`;
  if (schema.type === "integer") return schema.format ?? "int64";
  if (schema.type === "boolean") return "bool";
  if (schema.type === "number") return "float64";
  if (schema.type === "string") return schema.format === "byte" ? "[]uint8" : nameOfText(at.struct, at.path);
  if (schema.ref !== undefined) {
    const [kind = "", version = ""] = schema.ref.split(".").toReversed();
    return `${version}.${kind}`;
  }
  const { additionalProperties } = schema;
  return `map[string]${typeof additionalProperties === "object" ? goType(additionalProperties, at) : "interface {}"}`;
}

const BYTES: SchemaNode = { type: "array", items: { type: "integer", format: "uint8" } };
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
};

function isInteger(value: Json, format: string | undefined): boolean {
  if (typeof value === "bigint") return true;
  if (typeof value !== "number" || !Number.isInteger(value)) return false;
  const range = RANGES[format ?? ""];
  return range === undefined || (value >= range[0] && value <= range[1]);
}

function timeFault(value: string, isMicro: boolean): string | undefined {
  const layout = isMicro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  const isTime =
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value));
  if (isTime || value === "") return undefined;
  const quoted = JSON.stringify(value);
  return `parsing time ${quoted} as ${JSON.stringify(layout)}: cannot parse ${quoted} as "2006"`;
}
