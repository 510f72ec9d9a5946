import { setOwn, type Json, type JsonObject } from "@fairlead/base";
import { GoValue } from "@fairlead/gotemplate";

/**
 * Values are JSON, but an integer from `--set` is a GoInt: templates tell an int64 from the float64 that YAML gives. A GoInt is a
 * scalar here, though JavaScript sees an object.
 */
export function isTable(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof GoValue);
}

/** A deep copy; scalars that carry Go's kinds are shared. */
export function cloneValues<T>(value: T): T {
  if (Array.isArray(value)) return value.map(cloneValues) as T;
  if (!isTable(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined) continue;
    const copied = typeof item === "object" ? cloneValues<Json>(item) : item;
    if (key === "__proto__") setOwn(copy, key, copied);
    else copy[key] = copied;
  }
  return copy as T;
}
