import { type Machine, type Value, typeName } from "../../runtime/machine.ts";
import { modulo } from "../../runtime/operators.ts";
import type { Trace } from "../../runtime/trace.ts";
import { format } from "./format.ts";

/** `left % right`: what is left of a division, or a text with values put in. */
export function remainder(machine: Machine, site: Trace, left: Value, right: Value): Value {
  if (typeof left === "number" && typeof right === "number") return modulo(machine, left, right, site);
  if (typeof left === "string") return format(machine, site, left, right);
  const types = `${typeName(left)} and ${typeName(right)}`;
  throw machine.fail(`Operator % cannot be used on types ${types}.`, site);
}
