import { JsonnetArray, isFunction, type Value } from "./values.ts";

/** As `std.type` says. */
export function typeName(value: Value): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  if (value instanceof JsonnetArray) return "array";
  return isFunction(value) ? "function" : "object";
}
