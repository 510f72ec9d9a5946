import { setOwn, type JsonObject } from "@fairlead/base";
import { isTable } from "./value.ts";

/** Maps are merged, everything else is replaced. Gives a new map; the inputs are not changed. */
export function overlay(base: JsonObject, top: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(top)) {
    const below = Object.hasOwn(merged, key) ? merged[key] : undefined;
    setOwn(merged, key, isTable(value) && isTable(below) ? overlay(below, value) : value);
  }
  return merged;
}
