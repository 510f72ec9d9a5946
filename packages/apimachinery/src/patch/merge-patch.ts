import { cloneJson, isJsonObject, jsonEqual, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { refuseDeep } from "./depth.ts";

/** RFC 7386: null removes, objects merge, everything else replaces. The document is not changed. */
export function mergePatch(document: Json, patch: Json): Json {
  refuseDeep(document);
  refuseDeep(patch);
  return merged(document, patch);
}

function merged(document: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return cloneJson(patch);
  const out: JsonObject = {};
  if (isJsonObject(document)) for (const key in document) setOwn(out, key, document[key]);
  for (const key in patch) {
    const value = patch[key];
    if (value === undefined) continue;
    if (value === null) delete out[key];
    else setOwn(out, key, merged(Object.hasOwn(out, key) ? (out[key] ?? null) : null, value));
  }
  return out;
}

/** The merge patch that leads from one document to another. Lists are taken whole. */
export function createMergePatch(from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key in to) {
    const after = to[key];
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (after === undefined || jsonEqual(before, after)) continue;
    setOwn(
      patch,
      key,
      isJsonObject(before) && isJsonObject(after) ? createMergePatch(before, after) : cloneJson(after),
    );
  }
  for (const key in from) {
    if (from[key] !== undefined && (!Object.hasOwn(to, key) || to[key] === undefined)) setOwn(patch, key, null);
  }
  return patch;
}

/**
 * What `kubectl apply` sends for a custom resource: additions and changes from the live object to the new one, deletions from
 * what was applied last to the new one.
 */
export function createThreeWayMergePatch(last: JsonObject, modified: JsonObject, live: JsonObject): JsonObject {
  const changes = withoutNulls(createMergePatch(live, modified));
  const deletions = onlyNulls(createMergePatch(last, modified));
  return combine(deletions, changes);
}

function withoutNulls(patch: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) continue;
    if (!isJsonObject(value)) {
      setOwn(out, key, value);
      continue;
    }
    const inner = withoutNulls(value);
    // An object that was given empty stays; one that held only nulls goes.
    if (Object.keys(inner).length > 0 || Object.keys(value).length === 0) setOwn(out, key, inner);
  }
  return out;
}

function onlyNulls(patch: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) setOwn(out, key, null);
    else if (isJsonObject(value)) {
      const inner = onlyNulls(value);
      if (Object.keys(inner).length > 0) setOwn(out, key, inner);
    }
  }
  return out;
}

function combine(first: JsonObject, second: JsonObject): JsonObject {
  const out: JsonObject = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = Object.hasOwn(out, key) ? out[key] : undefined;
    setOwn(out, key, isJsonObject(before) && isJsonObject(value) ? combine(before, value) : value);
  }
  return out;
}
