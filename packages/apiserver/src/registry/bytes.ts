import type { SchemaNode } from "@fairlead/apimachinery";
import { isJsonObject, type Json } from "@fairlead/base";

const PADDING = "=";

/** Why a text is no base64, in the words of Go's encoding/base64 with its standard alphabet; undefined when it is. */
export function base64Fault(text: string): string | undefined {
  if (/^(?:[A-Za-z0-9+/]{4})*$/.test(text)) return undefined;
  // Go counts bytes.
  const at = faultAt(Buffer.from(text).toString("latin1"));
  return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
}

/** Where Go's decoder stops: it reads four characters at a time and passes over the ends of lines. */
function faultAt(text: string): number | undefined {
  const isLineEnd = (index: number): boolean => text[index] === "\n" || text[index] === "\r";
  let inGroup = 0;
  let at = 0;
  for (; at < text.length; at++) {
    if (isLineEnd(at)) continue;
    if (text[at] === PADDING) break;
    if (!/[A-Za-z0-9+/]/.test(text[at] ?? "")) return at;
    inGroup = (inGroup + 1) % 4;
  }
  if (at === text.length) return inGroup === 0 ? undefined : at - inGroup;
  if (inGroup < 2) return at;
  let next = at + 1;
  if (inGroup === 2) {
    while (isLineEnd(next)) next++;
    if (next === text.length) return text.length;
    if (text[next] !== PADDING) return next - 1;
    next++;
  }
  while (isLineEnd(next)) next++;
  return next < text.length ? next : undefined;
}

/** Bytes as Go writes what it has read: base64 without ends of lines and stray bits; a list of numbers is bytes too. */
export function canonicalBytes(value: Json | undefined): Json | undefined {
  if (typeof value === "string") return Buffer.from(value, "base64").toString("base64");
  if (Array.isArray(value)) return Buffer.from(value as number[]).toString("base64");
  return value;
}

/** Writes all bytes of an object of a built-in kind as Go would, in place. */
export function settleBytes(value: Json | undefined, schema: SchemaNode): void {
  const { properties, additionalProperties, items } = schema;
  if (Array.isArray(value)) {
    if (items !== undefined) for (const item of value) settleBytes(item, items);
    return;
  }
  if (!isJsonObject(value)) return;
  const others = typeof additionalProperties === "object" ? additionalProperties : undefined;
  for (const key of Object.keys(value)) {
    const child = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : others;
    if (child?.format === "byte") value[key] = canonicalBytes(value[key]);
    else if (child !== undefined) settleBytes(value[key], child);
  }
}
