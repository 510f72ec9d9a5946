import type { Json, JsonObject } from "@fairlead/base";
import { isTable } from "./value.ts";

/** The value at a dotted path; undefined when a step is missing or no map. */
export function valueAtPath(values: JsonObject, path: string): Json | undefined {
  let current: Json | undefined = values;
  for (const part of path.split(".")) {
    if (!isTable(current) || !Object.hasOwn(current, part)) return undefined;
    current = current[part];
  }
  return current;
}

/** The map at a dotted path; undefined when there is none. */
export function tableAtPath(values: JsonObject, path: string): JsonObject | undefined {
  const found = valueAtPath(values, path);
  return isTable(found) ? found : undefined;
}
