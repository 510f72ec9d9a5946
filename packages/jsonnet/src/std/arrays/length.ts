import { JsonnetArray, JsonnetObject, type Machine, type Value, isFunction, typeName } from "../../runtime/machine.ts";
import { lengthOf } from "../../runtime/characters.ts";
import type { Trace } from "../../runtime/trace.ts";

/** Characters, elements, fields that show, parameters that must be given. */
export function length(machine: Machine, site: Trace, value: Value): number {
  if (typeof value === "string") return lengthOf(value);
  if (value instanceof JsonnetArray) return value.items.length;
  if (value instanceof JsonnetObject) return value.shown.length;
  if (typeof value === "object" && value !== null && isFunction(value)) {
    return value.params.filter(({ isOptional }) => !isOptional).length;
  }
  throw machine.fail(`Unexpected type ${typeName(value)}`, site);
}
