import { cloneJson, isJsonObject, jsonEqual, problemError, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { goPrint } from "../go-print.ts";
import type { SchemaNode } from "../schema/types.ts";
import { refuseDeep } from "./depth.ts";
import {
  DELETE_FROM,
  fieldStrategy,
  itemKind,
  kindOf,
  PATCH,
  RETAIN_KEYS,
  SET_ORDER,
  type FieldStrategy,
} from "./strategic-schema.ts";
import { identityOf, interleave, partition } from "./strategic-order.ts";

/** How patches are laid on: on a live object, or on another patch (whose directives and nulls must survive). */
interface MergeMode {
  readonly onPatch: boolean;
}

/**
 * Strategic merge patch: objects merge, lists merge by the keys the schema names, directives ($patch, $retainKeys,
 * $setElementOrder, $deleteFromPrimitiveList) are obeyed. Neither argument is changed.
 * @throws ProblemError InvalidPatch (400), PatchFailed (422) or PatchRejected (500), as kube-apiserver answers
 */
export function strategicMergePatch(document: JsonObject, patch: JsonObject, schema: SchemaNode): JsonObject {
  refuseDeep(document);
  refuseDeep(patch);
  return mergeMap(cloneJson(document), cloneJson(patch), schema, { onPatch: false });
}

/** Two strategic patches in one, the second over the first. */
export function combineStrategicPatches(first: JsonObject, second: JsonObject, schema: SchemaNode): JsonObject {
  return mergeMap(cloneJson(first), cloneJson(second), schema, { onPatch: true });
}

function badFormat(of: "primitive list" | "retainKeys" | "setElementOrder list"): Error {
  return problemError("InvalidPatch", `invalid patch format of ${of}`);
}

function noMergeKey(item: Json, mergeKey: string): Error {
  return problemError("PatchRejected", `map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
}

function mergeMap(
  original: JsonObject,
  patch: JsonObject,
  schema: SchemaNode | undefined,
  mode: MergeMode,
): JsonObject {
  const directive = patch[PATCH];
  if (directive !== undefined) {
    delete patch[PATCH];
    if (directive === "replace") return patch;
    if (directive === "delete") return {};
    throw problemError(
      "PatchRejected",
      `unknown patch type: ${goPrint(directive)} in map: ${goPrint({ ...patch, [PATCH]: directive })}`,
    );
  }
  retainKeys(original, patch, mode);
  setElementOrders(original, patch, schema, mode);
  for (const [key, value] of Object.entries(patch)) {
    if (value !== undefined) mergeField(original, key, value, schema, mode);
  }
  return original;
}

function retainKeys(original: JsonObject, patch: JsonObject, mode: MergeMode): void {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return;
  delete patch[RETAIN_KEYS];
  if (mode.onPatch) {
    const known = original[RETAIN_KEYS];
    if (known !== undefined && !jsonEqual(known, keys)) {
      const both = `${goPrint(known)} and ${goPrint(keys)} are not deep equal`;
      throw problemError("PatchRejected", `${both}: this may happen when calculating the 3-way diff patch`);
    }
    original[RETAIN_KEYS] = keys;
    return;
  }
  if (!Array.isArray(keys)) throw badFormat("retainKeys");
  const retained = new Set(keys);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(DELETE_FROM) || key.startsWith(SET_ORDER)) continue;
    if (!retained.has(key)) throw badFormat("retainKeys");
  }
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key];
}

function setElementOrders(
  original: JsonObject,
  patch: JsonObject,
  schema: SchemaNode | undefined,
  mode: MergeMode,
): void {
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith("$setElementOrder")) continue;
    if (!key.startsWith(SET_ORDER)) throw badFormat("setElementOrder list");
    delete patch[key];
    if (mode.onPatch) {
      const known = original[key];
      if (known !== undefined && !jsonEqual(known, order)) throw badFormat("setElementOrder list");
      setOwn(original, key, order ?? null);
    }
    if (!Array.isArray(order)) throw badArgument("[]interface {}", order);
    orderField(original, patch, key.slice(SET_ORDER.length), order, schema, mode);
  }
}

function badArgument(expected: string, actual: Json | undefined): Error {
  const types = { map: "map[string]interface {}", list: "[]interface {}", null: "%!s(<nil>)", number: "int64" };
  const kind = kindOf(actual);
  const name = kind === "boolean" ? "bool" : kind === "string" ? "string" : types[kind];
  return problemError("PatchRejected", `expected a ${expected}, but received a ${name}`);
}

function listField(object: JsonObject, name: string): Json[] | undefined {
  const value = object[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw badArgument("[]interface {}", value);
  return value;
}

function orderField(
  original: JsonObject,
  patch: JsonObject,
  name: string,
  order: readonly Json[],
  schema: SchemaNode | undefined,
  mode: MergeMode,
): void {
  const live = listField(original, name);
  const patched = listField(patch, name);
  const strategy = fieldStrategy(schema, name);
  checkOrder(patched ?? [], order, strategy.mergeKey);
  if (live === undefined && patched === undefined) return;
  let merged: Json[];
  if (live === undefined) merged = withoutDirectives(patched ?? []) as Json[];
  else if (patched === undefined) merged = live;
  else merged = mergeLists(live, patched, strategy, false, mode);
  itemKind(live ?? [], patched ?? []);
  const { named, others } = partition(merged, order, strategy.mergeKey);
  setOwn(original, name, interleave(named, others, order, live ?? [], strategy.mergeKey));
  delete patch[name];
}

/** Items of the patch must stand in the order that the patch itself asks for. */
function checkOrder(patched: readonly Json[], order: readonly Json[], mergeKey: string): void {
  if (order.length === 0 || patched.length === 0) return;
  const directiveOf = (item: Json | undefined): Json | undefined => (isJsonObject(item) ? item[PATCH] : undefined);
  const items = mergeKey === "" ? patched : patched.filter((item) => directiveOf(item) !== "delete");
  let at = 0;
  let ordered = 0;
  // Other directives are passed over only while there is something left to be ordered, as the server does it.
  while (at < items.length && ordered < order.length) {
    if (directiveOf(items[at]) !== undefined) {
      at++;
      continue;
    }
    if (identityOf(items[at] as Json, mergeKey) === identityOf(order[ordered] as Json, mergeKey)) at++;
    ordered++;
  }
  if (at >= items.length) return;
  throw problemError(
    "PatchRejected",
    `The order in patch list:\n${goPrint([...patched])}\n doesn't match $setElementOrder list:\n${goPrint([...order])}\n`,
  );
}

function mergeField(
  original: JsonObject,
  key: string,
  value: Json,
  schema: SchemaNode | undefined,
  mode: MergeMode,
): void {
  let name = key;
  let isDeletion = false;
  if (key.startsWith("$deleteFromPrimitiveList")) {
    if (mode.onPatch) {
      setOwn(original, key, value);
      return;
    }
    if (!key.startsWith(DELETE_FROM)) throw badFormat("primitive list");
    name = key.slice(DELETE_FROM.length);
    isDeletion = true;
  }
  if (value === null) {
    delete original[name];
    if (!mode.onPatch) return;
  }
  const before = Object.hasOwn(original, name) ? original[name] : undefined;
  if (before === undefined || kindOf(before) !== kindOf(value)) {
    if (!isDeletion) setWhole(original, name, value, mode);
    return;
  }
  if (isJsonObject(before) && isJsonObject(value)) {
    const { inside, replaces } = fieldStrategy(schema, name);
    setOwn(original, name, replaces ? value : mergeMap(before, value, inside, mode));
  } else if (Array.isArray(before) && Array.isArray(value)) {
    setOwn(original, name, mergeLists(before, value, fieldStrategy(schema, name), isDeletion, mode));
  } else {
    setOwn(original, name, value);
  }
}

/** A value with no counterpart is taken as it is, but for its nulls (which have nothing to remove) and its directives. */
function setWhole(original: JsonObject, name: string, value: Json, mode: MergeMode): void {
  const kept = withoutDirectives(mode.onPatch ? value : withoutNulls(value));
  if (kept === undefined) delete original[name];
  else setOwn(original, name, kept);
}

function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item));
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== null && item !== undefined) setOwn(out, key, withoutNulls(item));
  }
  return out;
}

function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => withoutDirectives(item)).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  if (value[PATCH] !== undefined) return undefined;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const kept = item === undefined ? undefined : withoutDirectives(item);
    if (kept !== undefined) setOwn(out, key, kept);
  }
  return out;
}

function mergeLists(
  original: Json[],
  patch: Json[],
  strategy: FieldStrategy,
  isDeletion: boolean,
  mode: MergeMode,
): Json[] {
  if (!strategy.merges && !isDeletion) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  if (itemKind(original, patch) !== "map") {
    if (isDeletion) return original.filter((item) => !patch.includes(item));
    const { named, others } = partition([...new Set([...original, ...patch])], patch, strategy.mergeKey);
    return interleave(named, others, patch, original, strategy.mergeKey);
  }
  if (strategy.mergeKey === "") {
    const type = strategy.inside?.ref?.split(".").at(-1) ?? "";
    throw problemError("PatchRejected", `cannot merge lists without merge key for ${type}`);
  }
  return mergeObjectLists(original as JsonObject[], patch as JsonObject[], strategy, mode);
}

function mergeObjectLists(
  original: JsonObject[],
  patch: JsonObject[],
  { inside, mergeKey }: FieldStrategy,
  mode: MergeMode,
): Json[] {
  const { left, items, isReplaced } = obeyItemDirectives(original, patch, mergeKey);
  // A list that replaces counts as the live one from here on, with nothing patched over it.
  if (isReplaced) return interleave([], items, [], items, mergeKey);
  const merged: JsonObject[] = [...left];
  for (const item of items) {
    if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
    const index = merged.findIndex((candidate) => candidate[mergeKey] === item[mergeKey]);
    if (index >= 0) merged[index] = mergeMap(merged[index] as JsonObject, item, inside, mode);
    else merged.push(item);
  }
  for (const item of merged) if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
  const { named, others } = partition(merged, items, mergeKey);
  return interleave(named, others, items, left, mergeKey);
}

function obeyItemDirectives(
  original: JsonObject[],
  patch: readonly JsonObject[],
  mergeKey: string,
): { left: JsonObject[]; items: JsonObject[]; isReplaced: boolean } {
  let left = original;
  let isReplaced = false;
  const items: JsonObject[] = [];
  for (const item of patch) {
    switch (item[PATCH]) {
      case undefined:
        items.push(item);
        break;
      case "delete":
        if (item[mergeKey] === undefined) throw noMergeKey(item, mergeKey);
        left = left.filter((candidate) => candidate[mergeKey] !== item[mergeKey]);
        break;
      case "replace":
        isReplaced = true;
        break;
      case "merge":
        throw problemError("PatchRejected", "merging lists cannot yet be specified in the patch");
      default:
        throw problemError("PatchRejected", `unknown patch type: ${goPrint(item[PATCH])} in map: ${goPrint(item)}`);
    }
  }
  return { left, items, isReplaced };
}
