import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";

/** `over` laid on `base`: maps merge, everything else of `over` goes before. Neither is changed. */
export function mergeDeep(base: JsonObject, over: JsonObject): JsonObject {
  const merged: Record<string, Json> = {};
  for (const [key, value] of Object.entries(base)) if (value !== undefined) setOwn(merged, key, value);
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const below = Object.hasOwn(merged, key) ? merged[key] : undefined;
    setOwn(merged, key, isJsonObject(value) && isJsonObject(below) ? mergeDeep(below, value) : value);
  }
  return merged;
}

/** A generator's template with what it leaves empty taken from the set's: how Argo CD (mergo) lays one over the other. */
export function fillEmpty(own: JsonObject, base: JsonObject): JsonObject {
  const merged: Record<string, Json> = {};
  for (const [key, value] of Object.entries(own)) if (value !== undefined) setOwn(merged, key, value);
  for (const [key, value] of Object.entries(base)) {
    if (value === undefined) continue;
    const above = Object.hasOwn(merged, key) ? merged[key] : undefined;
    if (isEmpty(above)) setOwn(merged, key, value);
    else if (isJsonObject(above) && isJsonObject(value) && key !== "valuesObject")
      setOwn(merged, key, fillEmpty(above, value));
  }
  return merged;
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isJsonObject(value) && Object.keys(value).length === 0;
}
