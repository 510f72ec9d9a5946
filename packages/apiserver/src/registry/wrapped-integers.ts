import type { SchemaNode } from "@fairlead/apimachinery";
import { isJsonObject, setOwn, type Json } from "@fairlead/base";

/**
 * Whole numbers beyond 32 bits in fields of 32 bits, as apimachinery's runtime/converter.go brings them there, which applies and
 * strategic patches go through: the upper bits are cut off. Changes `value` in place.
 */
export function wrapIntegers(value: Json | undefined, schema: SchemaNode): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      if (isWide(item, items)) value[index] = wrapped(item);
      else wrapIntegers(item, items);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  const { properties, additionalProperties } = schema;
  for (const key of Object.keys(value)) {
    const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
    const field = own ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    if (field === undefined) continue;
    const item = value[key];
    if (isWide(item, field)) setOwn(value, key, wrapped(item));
    else wrapIntegers(item, field);
  }
}

function isWide(value: Json | undefined, schema: SchemaNode): value is number | bigint {
  if (schema.type !== "integer" || schema.format !== "int32") return false;
  return typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value) && value !== (value | 0));
}

const INT64_MIN = -(2n ** 63n);

/** A float that no int64 holds becomes the least of them, as on amd64, before it is cut. */
function wrapped(value: number | bigint): number {
  const whole = BigInt(value);
  return Number(BigInt.asIntN(32, BigInt.asIntN(64, whole) === whole ? whole : INT64_MIN));
}

/** Whether a text may hold such a number at all: most hold none, and need not be looked through. */
export function mayBeWide(text: string): boolean {
  return /\d{10}|\d[eE]/.test(text);
}
