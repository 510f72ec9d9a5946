import { LIMITS } from "./limits.ts";
import { problemError } from "./problem.ts";

/** JSON as it comes from a parser. Integers beyond 2^53 are bigint where the reader keeps them (see @fairlead/yaml). */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Sets an own property whatever the key is. A plain assignment of `__proto__` would change the prototype instead, which is how
 * hostile YAML pollutes a process; every parser that fills a map from input uses this.
 */
export function setOwn<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** Deep equality of JSON values; the order of keys does not count, undefined equals absent. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && listsEqual(a, b);
  }
  return !Array.isArray(b) && objectsEqual(a as Record<string, unknown>, b as Record<string, unknown>);
}

// Loops and no callbacks in what recurses: three frames a level would use up the stack before the limit of depth is reached.
function listsEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!jsonEqual(a[index], b[index])) return false;
  return true;
}

function objectsEqual(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  let count = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    count++;
    if (!Object.hasOwn(b, key) || !jsonEqual(a[key], b[key])) return false;
  }
  for (const key in b) if (b[key] !== undefined) count--;
  return count === 0;
}

/**
 * A deep copy of JSON; keys that are undefined are left out. Several times faster than structuredClone.
 * @throws ProblemError InvalidInput for nesting beyond the limit, which would overflow the stack here or with whoever comes next
 */
export function cloneJson<T>(value: T): T {
  return copyOf(value, 0);
}

function copyOf<T>(value: T, depth: number): T {
  if (typeof value !== "object" || value === null) return value;
  if (depth >= LIMITS.jsonDepthMax) {
    throw problemError("InvalidInput", `a value is nested more than ${LIMITS.jsonDepthMax} levels deep`);
  }
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const item of value) list.push(copyOf(item as unknown, depth + 1));
    return list as T;
  }
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const item = value[key];
    if (item !== undefined) setOwn(copy, key, copyOf(item, depth + 1));
  }
  return copy as T;
}

/** JSON text with sorted keys: equal values give equal text, whatever order their keys were written in. */
export function canonicalJson(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    let text = "";
    for (const item of value) text += (text === "" ? "" : ",") + canonicalJson(item);
    return `[${text}]`;
  }
  const object = value as Record<string, unknown>;
  let text = "";
  for (const key of Object.keys(object).sort()) {
    if (object[key] === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(object[key])}`;
  }
  return `{${text}}`;
}
