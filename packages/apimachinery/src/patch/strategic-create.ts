import { cloneJson, isJsonObject, jsonEqual, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { SchemaNode } from "../schema/types.ts";
import { combineStrategicPatches } from "./strategic.ts";
import { inOrder } from "./strategic-order.ts";
import { DELETE_FROM, fieldStrategy, itemKind, kindOf, PATCH, RETAIN_KEYS, SET_ORDER } from "./strategic-schema.ts";

/** Which half of a difference is wanted. */
interface DiffMode {
  readonly changes: boolean;
  readonly deletions: boolean;
}

/** The strategic patch that leads from one object to another. */
export function createStrategicPatch(from: JsonObject, to: JsonObject, schema: SchemaNode): JsonObject {
  return diffMaps(from, to, schema, { changes: true, deletions: true }, false);
}

/**
 * What `kubectl apply` sends for a built-in kind: additions and changes from the live object to the new one, deletions from what
 * was applied last to the new one.
 */
export function createThreeWayStrategicPatch(
  last: JsonObject,
  modified: JsonObject,
  live: JsonObject,
  schema: SchemaNode,
): JsonObject {
  const changes = diffMaps(live, modified, schema, { changes: true, deletions: false }, false);
  const deletions = diffMaps(last, modified, schema, { changes: false, deletions: true }, false);
  return combineStrategicPatches(deletions, changes, schema);
}

function diffMaps(
  from: JsonObject,
  to: JsonObject,
  schema: SchemaNode | undefined,
  mode: DiffMode,
  retainsKeys: boolean,
): JsonObject {
  const patch: JsonObject = {};
  const kept: string[] = [];
  for (const [key, after] of Object.entries(to)) {
    if (after === undefined) continue;
    if (after !== null) kept.push(key);
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (before === undefined || kindOf(before) !== kindOf(after)) {
      if (mode.changes) setOwn(patch, key, cloneJson(after));
    } else {
      diffField(patch, key, before, after, schema, mode);
    }
  }
  if (mode.deletions) {
    for (const key of Object.keys(from)) {
      if (from[key] !== undefined && (!Object.hasOwn(to, key) || to[key] === undefined)) setOwn(patch, key, null);
    }
  }
  const hasNew = Object.keys(to).some((key) => !Object.hasOwn(from, key));
  if (retainsKeys && kept.length > 0 && (Object.keys(patch).length > 0 || hasNew)) patch[RETAIN_KEYS] = kept.sort();
  return patch;
}

function diffField(
  patch: JsonObject,
  key: string,
  before: Json,
  after: Json,
  schema: SchemaNode | undefined,
  mode: DiffMode,
): void {
  if (isJsonObject(before) && isJsonObject(after)) {
    if (jsonEqual(before, after)) return;
    const { inside, replaces, retainsKeys } = fieldStrategy(schema, key);
    if (replaces) {
      if (mode.changes) setOwn(patch, key, cloneJson(after));
      return;
    }
    const inner = diffMaps(before, after, inside, mode, retainsKeys);
    if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
  } else if (Array.isArray(before) && Array.isArray(after) && fieldStrategy(schema, key).merges) {
    diffLists(patch, key, before, after, schema, mode);
  } else if (mode.changes && !jsonEqual(before, after)) {
    setOwn(patch, key, cloneJson(after));
  }
}

function diffLists(
  patch: JsonObject,
  key: string,
  before: readonly Json[],
  after: readonly Json[],
  schema: SchemaNode | undefined,
  mode: DiffMode,
): void {
  if (before.length === 0) {
    if (after.length > 0 && mode.changes) setOwn(patch, key, cloneJson([...after]));
    return;
  }
  if (itemKind(before, after) === "map") diffObjectLists(patch, key, before, after, schema, mode);
  else diffScalarLists(patch, key, before, after, mode);
}

function diffScalarLists(
  patch: JsonObject,
  key: string,
  before: readonly Json[],
  after: readonly Json[],
  mode: DiffMode,
): void {
  const added = mode.changes ? after.filter((item) => !before.includes(item)) : [];
  const removed = mode.deletions ? [...new Set(before.filter((item) => !after.includes(item)))].sort(byText) : [];
  if (added.length > 0) setOwn(patch, key, added);
  if (removed.length > 0) setOwn(patch, DELETE_FROM + key, removed);
  const isOrdered = (mode.deletions && removed.length > 0) || (mode.changes && !jsonEqual([...before], [...after]));
  if (isOrdered) setOwn(patch, SET_ORDER + key, [...after]);
}

function byText(a: Json, b: Json): number {
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function diffObjectLists(
  patch: JsonObject,
  key: string,
  before: readonly Json[],
  after: readonly Json[],
  schema: SchemaNode | undefined,
  mode: DiffMode,
): void {
  const { inside, mergeKey, retainsKeys } = fieldStrategy(schema, key);
  const keyOf = (item: Json): Json | undefined => (isJsonObject(item) ? item[mergeKey] : undefined);
  const items: Json[] = [];
  for (const item of [...after].sort((a, b) => byText(keyOf(a) ?? null, keyOf(b) ?? null))) {
    const match = before.find((candidate) => keyOf(candidate) === keyOf(item));
    if (match === undefined) {
      if (mode.changes) items.push(cloneJson(item));
      continue;
    }
    const inner = diffMaps(match as JsonObject, item as JsonObject, inside, mode, retainsKeys);
    if (Object.keys(inner).length > 0) items.push({ ...inner, [mergeKey]: keyOf(item) ?? null });
  }
  const deletions = mode.deletions
    ? [...before]
        .sort((a, b) => byText(keyOf(a) ?? null, keyOf(b) ?? null))
        .filter((item) => !after.some((candidate) => keyOf(candidate) === keyOf(item)))
        .map((item) => ({ [PATCH]: "delete", [mergeKey]: keyOf(item) ?? null }))
    : [];
  const list = [...inOrder(items, after, mergeKey), ...deletions];
  if (list.length > 0) setOwn(patch, key, list);
  const isSameOrder =
    before.length === after.length && before.every((item, index) => keyOf(item) === keyOf(after[index] ?? null));
  const isOrdered = (mode.changes && (list.length > 0 || !isSameOrder)) || (mode.deletions && list.length > 0);
  if (isOrdered)
    setOwn(
      patch,
      SET_ORDER + key,
      after.map((item) => ({ [mergeKey]: keyOf(item) ?? null })),
    );
}
