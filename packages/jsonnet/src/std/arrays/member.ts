import { JsonnetArray, type Machine, type Value } from "../../runtime/machine.ts";
import { equals } from "../../runtime/operators.ts";
import type { Trace } from "../../runtime/trace.ts";

/** Whether an array has the value, or a string has it in it. */
export function isMember(machine: Machine, site: Trace, arr: Value, value: Value): boolean {
  if (typeof arr === "string") return arr.includes(machine.string(value, site));
  if (!(arr instanceof JsonnetArray)) {
    throw machine.fail("std.member first argument must be an array or a string", site);
  }
  return indexOf(machine, site, arr, value) >= 0;
}

export function indexOf(machine: Machine, site: Trace, { items }: JsonnetArray, value: Value): number {
  return items.findIndex((item) => equals(machine, machine.force(item, site), value, site));
}
