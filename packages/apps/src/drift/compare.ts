import { isJsonObject, jsonEqual, type JsonObject } from "@fairlead/base";
import { compareQuantity, parseQuantity, quantityFault } from "@fairlead/apimachinery";
import { findItem, type FieldNode, type FieldPath } from "./field-set.ts";

/** One field that is not as it should be. `want` undefined: it should not be there; `have` undefined: it is missing. */
export interface FieldDifference {
  readonly path: FieldPath;
  readonly want: unknown;
  readonly have: unknown;
}

/**
 * What of `want` is not in `have`, looking only at what `want` says: defaults and other managers' fields in `have` do not count.
 * Lists are matched by the usual merge keys, else by position. `nulls` and empty objects in `want` ask for nothing.
 * Quantities compare by value. Order of the result is that of the fields; the walk is bounded by the size of `want`.
 */
export function missingFrom(want: unknown, have: unknown): FieldDifference[] {
  const found: FieldDifference[] = [];
  walk(want, have, [], found);
  return found;
}

function walk(want: unknown, have: unknown, path: FieldPath, found: FieldDifference[]): void {
  if (want === null || want === undefined) return;
  if (isJsonObject(want)) {
    if (Object.keys(want).length === 0 && (have === undefined || have === null)) return;
    if (!isJsonObject(have)) return void found.push({ path, want, have });
    for (const [name, value] of Object.entries(want)) walk(value, have[name], [...path, name], found);
    return;
  }
  if (Array.isArray(want)) return walkList(want, have, path, found);
  if (!sameScalar(want, have)) found.push({ path, want, have });
}

/** Keys by which items of the built-in kinds' lists are told apart, tried in this order. */
const ITEM_KEYS: readonly (readonly string[])[] = [
  ["name"],
  ["containerPort", "protocol"],
  ["port", "protocol"],
  ["mountPath"],
  ["devicePath"],
  ["topologyKey", "whenUnsatisfiable"],
  ["ip"],
  ["uid"],
];

function walkList(want: readonly unknown[], have: unknown, path: FieldPath, found: FieldDifference[]): void {
  if (!Array.isArray(have)) {
    if (want.length > 0 || have !== undefined) found.push({ path, want, have });
    return;
  }
  const keys = ITEM_KEYS.find((names) =>
    want.every((item) => isJsonObject(item) && item[names[0] ?? ""] !== undefined),
  );
  if (keys && want.length > 0 && areUnique(want, keys)) {
    for (const item of want) {
      const key = keyOfItem(item as JsonObject, keys);
      const match = findItem(have, key);
      walk(item, match?.item, [...path, { key }], found);
    }
    return;
  }
  // Without keys a list is compared as a whole: sets in any order, everything else in its order.
  if (want.every((item) => !isJsonObject(item))) {
    const missing = want.filter((item) => !have.some((other) => sameScalar(item, other)));
    if (missing.length > 0) found.push({ path, want, have });
    return;
  }
  if (want.length !== have.length) return void found.push({ path, want, have });
  const before = found.length;
  want.forEach((item, index) => walk(item, have[index], path, found));
  if (found.length > before) found.splice(before, found.length - before, { path, want, have });
}

function areUnique(list: readonly unknown[], keys: readonly string[]): boolean {
  return new Set(list.map((item) => JSON.stringify(keyOfItem(item as JsonObject, keys)))).size === list.length;
}

function keyOfItem(item: JsonObject, keys: readonly string[]): JsonObject {
  const key: JsonObject = {};
  for (const name of keys) {
    const value = item[name] ?? (name === "protocol" ? "TCP" : undefined);
    if (value !== undefined) key[name] = value;
  }
  return key;
}

/** Equal as they are, or as quantities: the server writes `0.5` as `500m`. */
function sameScalar(a: unknown, b: unknown): boolean {
  if (jsonEqual(a, b)) return true;
  const isText = (value: unknown): boolean => typeof value === "string" || typeof value === "number";
  if (!isText(a) || !isText(b) || typeof a !== typeof b)
    return isText(a) && isText(b) && sameQuantity(String(a), String(b));
  return typeof a === "string" && typeof b === "string" && sameQuantity(a, b);
}

const QUANTITY_LIKE = /^[+-]?[\d.]+([eE][+-]?\d+|[numkMGTPE]i?|Ki)?$/;

function sameQuantity(a: string, b: string): boolean {
  if (!QUANTITY_LIKE.test(a) || !QUANTITY_LIKE.test(b)) return false;
  if (quantityFault(a) !== undefined || quantityFault(b) !== undefined) return false;
  return compareQuantity(parseQuantity(a), parseQuantity(b)) === 0;
}

/**
 * Fields that our last apply owned and `want` no longer has: removed from Git while nobody was looking. Field names that the
 * server itself makes of what we sent (stringData into data) are its own business.
 */
export function ownedBeyond(owned: FieldNode, want: unknown): FieldPath[] {
  const found: FieldPath[] = [];
  beyond(owned, want, [], found);
  return found;
}

function beyond(node: FieldNode, want: unknown, path: FieldPath, found: FieldPath[]): void {
  if (node.isLeaf) return;
  for (const [name, child] of node.fields) {
    const value = isJsonObject(want) ? want[name] : undefined;
    if (value === undefined) found.push([...path, name]);
    else beyond(child, value, [...path, name], found);
  }
  const list = Array.isArray(want) ? want : [];
  for (const { key, node: child } of node.items) {
    const match = findItem(list, key);
    if (!match) found.push([...path, { key }]);
    else beyond(child, match.item, [...path, { key }], found);
  }
  for (const member of node.members) {
    if (!list.some((item) => jsonEqual(item, member))) found.push([...path, { member }]);
  }
}

/** What a set owns and where two states of an object differ in it: exact before and after. */
export function ownedDifferences(node: FieldNode, before: unknown, after: unknown): FieldDifference[] {
  const found: FieldDifference[] = [];
  differ(node, before, after, [], found);
  return found;
}

function differ(node: FieldNode, before: unknown, after: unknown, path: FieldPath, found: FieldDifference[]): void {
  if (node.isLeaf) {
    if (!jsonEqual(before, after)) found.push({ path, want: before, have: after });
    return;
  }
  for (const [name, child] of node.fields) {
    const one = isJsonObject(before) ? before[name] : undefined;
    const two = isJsonObject(after) ? after[name] : undefined;
    if (one === undefined && two === undefined) continue;
    if (one === undefined || two === undefined) found.push({ path: [...path, name], want: one, have: two });
    else differ(child, one, two, [...path, name], found);
  }
  const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  for (const { key, node: child } of node.items) {
    const one = findItem(listOf(before), key)?.item;
    const two = findItem(listOf(after), key)?.item;
    if (one === undefined && two === undefined) continue;
    if (one === undefined || two === undefined) found.push({ path: [...path, { key }], want: one, have: two });
    else differ(child, one, two, [...path, { key }], found);
  }
  for (const member of node.members) {
    const one = listOf(before).some((item) => jsonEqual(item, member));
    const two = listOf(after).some((item) => jsonEqual(item, member));
    if (one !== two)
      found.push({ path: [...path, { member }], want: one ? member : undefined, have: two ? member : undefined });
  }
}
