import type { SchemaNode } from "../../schema/types.ts";
import { escapeName } from "./values.ts";

/** What is known of a value before it is there: how long it can be, and what it is made of. */
export interface Shape {
  readonly size: Size;
  readonly item?: Shape | undefined;
  readonly key?: Shape | undefined;
  readonly schema?: SchemaNode | undefined;
  /** Made by the rule itself: what joining its items gives, the server's estimator doesn't know. */
  readonly isMade?: true;
}

export interface Size {
  readonly min: number;
  readonly max: number;
}

/** Bytes of a request; what schemas leave open is bounded by what one can carry. */
const REQUEST_BYTES_MAX = 3 * 1024 * 1024;

export const ONE: Shape = { size: { min: 1, max: 1 } };
/** The estimator gives the keys of maps no length. */
const MAP_KEY: Shape = { size: { min: 0, max: 0 } };

export const UNKNOWN: Shape = { size: { min: 0, max: Infinity } };
export function shapeOf(schema: SchemaNode): Shape {
  const sized = (max: number): Size => ({ min: 0, max });
  if (schema.intOrString) return { size: sized(REQUEST_BYTES_MAX - 2), schema };
  switch (schema.type) {
    case "array": {
      const items = schema.items;
      const open = Math.floor((REQUEST_BYTES_MAX - 2) / ((items ? minBytes(items) : 0) + 1));
      return { size: sized(schema.maxItems ?? open), item: items && shapeOf(items), key: ONE };
    }
    case "string":
      return { size: sized(textMax(schema)), schema };
    case "object": {
      const { additionalProperties: additional } = schema;
      if (schema.properties !== undefined || typeof additional !== "object") return { size: sized(0), schema };
      const open = Math.floor((REQUEST_BYTES_MAX - 2) / (minBytes(additional) + 6));
      return { size: sized(schema.maxProperties ?? open), item: shapeOf(additional), key: MAP_KEY };
    }
    default:
      return { size: sized(0) };
  }
}

const TEXT_MAX: Readonly<Record<string, number>> = { duration: 32, date: 12, "date-time": 22, datetime: 22 };
function textMax({ format = "", maxLength, enum: values }: SchemaNode): number {
  if (format === "byte") return maxLength ?? REQUEST_BYTES_MAX - 2;
  const fixed = TEXT_MAX[format];
  if (fixed !== undefined) return fixed;
  // A length counts characters, of four bytes at most.
  if (maxLength !== undefined) return Math.max(maxLength, 0) * 4;
  if (values && values.length > 0) {
    return Math.max(...values.map((value) => (typeof value === "string" ? value.length : 0)));
  }
  return REQUEST_BYTES_MAX - 2;
}

/** The fewest bytes a value takes in JSON. */
function minBytes(schema: SchemaNode): number {
  if (schema.intOrString) return 1;
  switch (schema.type) {
    case "object":
      return Object.entries(schema.properties ?? {}).reduce((total, [name, property]) => {
        const isNeeded = schema.required?.includes(name) && property.default === undefined;
        return isNeeded ? total + name.length + minBytes(property) + 4 : total;
      }, 2);
    case "array":
      return 2;
    case "boolean":
      return 4;
    case "string":
      return TEXT_BYTES[schema.format ?? ""] ?? 2;
    default:
      return 1;
  }
}

const TEXT_BYTES: Readonly<Record<string, number>> = { duration: 4, date: 12, "date-time": 20 };
/** How many values of a schema one request can carry where nothing else bounds them. */
export function cardinalityOf(schema: SchemaNode): number {
  return Math.floor(REQUEST_BYTES_MAX / (minBytes(schema) + 1));
}

export function literalSize(value: unknown): Size {
  const length = typeof value === "string" ? Array.from(value).length : value instanceof Uint8Array ? value.length : 1;
  return { min: length, max: length };
}

export function unionOf(a: Shape, b: Shape): Shape {
  return { ...a, size: { min: Math.min(a.size.min, b.size.min), max: Math.max(a.size.max, b.size.max) } };
}

export function fieldShape({ schema, item }: Shape, name: string): Shape {
  if (schema === undefined) return item ?? UNKNOWN;
  for (const [field, property] of Object.entries(schema.properties ?? {})) {
    if (field === name || escapeName(field) === name) return shapeOf(property);
  }
  return UNKNOWN;
}
