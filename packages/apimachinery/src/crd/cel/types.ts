import type { SchemaNode } from "../../schema/types.ts";
import { escapeName } from "./values.ts";

/** A type of CEL as rules are checked: what a field of the schema is, what an expression gives. */
export type CelType =
  | { readonly kind: "dyn" | "error" | "null" | "bool" | "int" | "uint" | "double" | "string" | "bytes" }
  | { readonly kind: "timestamp" | "duration" | "type" }
  | { readonly kind: "list"; readonly item: CelType }
  | { readonly kind: "map"; readonly key: CelType; readonly value: CelType }
  | { readonly kind: "optional"; readonly item: CelType }
  /** A type parameter of a signature, or of an empty literal. */
  | { readonly kind: "any"; readonly name: string }
  | { readonly kind: "opaque"; readonly name: string }
  | { readonly kind: "object"; readonly name: string; readonly schema: SchemaNode; readonly isResource: boolean }
  /** Fields by name, where no schema says them: what requests of admission are made of. */
  | { readonly kind: "record"; readonly name: string; readonly fields: ReadonlyMap<string, CelType> };

export type SimpleKind = Exclude<CelType["kind"], "list" | "map" | "optional" | "any" | "opaque" | "object" | "record">;

export function simple(kind: SimpleKind): CelType {
  return { kind };
}

export const DYN = simple("dyn");
export const ERROR = simple("error");
export const BOOL = simple("bool");
export const STRING = simple("string");
const TEXT_TYPES: Readonly<Record<string, SimpleKind>> = {
  "date-time": "timestamp",
  datetime: "timestamp",
  date: "timestamp",
  duration: "duration",
  byte: "bytes",
};

/** The type of the values a schema describes; undefined where rules may not look: what is preserved unknown, say. */
export function typeOfSchema(schema: SchemaNode, name: string, isResource = false): CelType | undefined {
  if (schema.intOrString) return DYN;
  switch (schema.type) {
    case "array": {
      const item = schema.items && typeOfSchema(schema.items, `${name}.@idx`, schema.items.embeddedResource);
      return item && { kind: "list", item };
    }
    case "object": {
      const additional = schema.additionalProperties;
      if (schema.properties === undefined && typeof additional === "object") {
        const value = typeOfSchema(additional, `${name}.@elem`, additional.embeddedResource);
        return value && { kind: "map", key: STRING, value };
      }
      return { kind: "object", name, schema, isResource: isResource || schema.embeddedResource === true };
    }
    case "string":
      return simple(TEXT_TYPES[schema.format ?? ""] ?? "string");
    case "integer":
      return simple("int");
    case "number":
      return simple("double");
    case "boolean":
      return BOOL;
    default:
      return undefined;
  }
}

const RESOURCE_FIELDS: Readonly<Record<string, CelType>> = { apiVersion: STRING, kind: STRING };
const META_FIELDS: ReadonlySet<string> = new Set(["name", "generateName"]);

/** The type of a field of an object type by the name rules write; undefined when there is none. */
export function fieldType(type: CelType & { kind: "object" }, written: string): CelType | undefined {
  const { schema, name } = type;
  if (schema === META_SCHEMA) return META_FIELDS.has(written) ? STRING : undefined;
  if (type.isResource && Object.hasOwn(RESOURCE_FIELDS, written)) return RESOURCE_FIELDS[written];
  if (type.isResource && written === "metadata") {
    return { kind: "object", name: `${name}.metadata`, schema: META_SCHEMA, isResource: false };
  }
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    if (escapeName(field) === written) {
      return typeOfSchema(property, `${name}.${field}`, property.embeddedResource);
    }
  }
  return undefined;
}

/** Of metadata rules see two fields whatever the schema says. */
const META_SCHEMA: SchemaNode = { type: "object" };

const NAMES: Partial<Record<CelType["kind"], string>> = { error: "!error!" };

export function typeName(type: CelType): string {
  switch (type.kind) {
    case "list":
      return `list(${typeName(type.item)})`;
    case "map":
      return `map(${typeName(type.key)}, ${typeName(type.value)})`;
    case "optional":
      return `optional_type(${typeName(type.item)})`;
    case "any":
      return "dyn";
    case "opaque":
    case "object":
    case "record":
      return type.name;
    default:
      return NAMES[type.kind] ?? type.kind;
  }
}

export type Bindings = Map<string, CelType>;

/** Whether a value of `given` may stand where `wanted` is; binds the parameters of `wanted`. */
export function fits(given: CelType, wanted: CelType, bindings: Bindings): boolean {
  if (wanted.kind === "any") return fitsParameter(given, wanted.name, bindings);
  if (given.kind === "any") return true;
  if (isLoose(given) || isLoose(wanted)) return true;
  if (given.kind === "null") return isNullable(wanted);
  if (given.kind === "list" && wanted.kind === "list") return fits(given.item, wanted.item, bindings);
  if (given.kind === "optional" && wanted.kind === "optional") return fits(given.item, wanted.item, bindings);
  if (given.kind === "map" && wanted.kind === "map") {
    return fits(given.key, wanted.key, bindings) && fits(given.value, wanted.value, bindings);
  }
  if (given.kind === "object" && wanted.kind === "object") return given.schema === wanted.schema;
  if (given.kind === "opaque" && wanted.kind === "opaque") return given.name === wanted.name;
  if (given.kind === "record" && wanted.kind === "record") return given.name === wanted.name;
  return given.kind === wanted.kind;
}

function fitsParameter(given: CelType, name: string, bindings: Bindings): boolean {
  const bound = bindings.get(name);
  if (bound === undefined || isLoose(bound) || bound.kind === "any") {
    if (bound === undefined || !isLoose(given)) bindings.set(name, given);
    return true;
  }
  return fits(given, bound, bindings) || (bound.kind === "null" && fits(bound, given, bindings));
}

function isLoose(type: CelType): boolean {
  return type.kind === "dyn" || type.kind === "error";
}

function isNullable({ kind }: CelType): boolean {
  return ["null", "object", "record", "opaque", "optional", "timestamp", "duration"].includes(kind);
}

/** A signature's type with its parameters filled in. */
export function filled(type: CelType, bindings: Bindings): CelType {
  switch (type.kind) {
    case "any":
      return bindings.get(type.name) ?? DYN;
    case "list":
      return { kind: "list", item: filled(type.item, bindings) };
    case "optional":
      return { kind: "optional", item: filled(type.item, bindings) };
    case "map":
      return { kind: "map", key: filled(type.key, bindings), value: filled(type.value, bindings) };
    default:
      return type;
  }
}

/** What goes through a list or a map: the item of one variable, the key and value of two. */
export function rangeOf(type: CelType): { item: CelType; key: CelType; value: CelType } | undefined {
  switch (type.kind) {
    case "list":
      return { item: type.item, key: simple("int"), value: type.item };
    case "map":
      return { item: type.key, key: type.key, value: type.value };
    case "dyn":
    case "any":
      return { item: DYN, key: DYN, value: DYN };
    default:
      return undefined;
  }
}

export function typeOfLiteral(value: unknown): CelType {
  switch (typeof value) {
    case "string":
      return STRING;
    case "bigint":
      return simple("int");
    case "number":
      return simple("double");
    case "boolean":
      return BOOL;
    default:
      if (value === null) return simple("null");
      return simple(value instanceof Uint8Array ? "bytes" : "uint");
  }
}
