import { isJsonObject, jsonEqual, setOwn, type JsonObject } from "@fairlead/base";

/** The RFC 7386 patch that turns `before` into `after`: null removes a field, lists are replaced whole. Undefined: they are equal. */
export function mergePatchBetween(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (value === undefined || jsonEqual(old, value)) continue;
    const inner =
      isJsonObject(old) && isJsonObject(value) ? mergePatchBetween(old as JsonObject, value as JsonObject) : value;
    if (inner !== undefined) setOwn(patch, key, inner);
  }
  for (const key of Object.keys(before)) {
    if (before[key] !== undefined && after[key] === undefined) setOwn(patch, key, null);
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}
