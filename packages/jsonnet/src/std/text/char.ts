import { type Machine } from "../../runtime/machine.ts";
import { goNumber } from "../../runtime/operators.ts";
import type { Trace } from "../../runtime/trace.ts";

const CODE_POINT_MAX = 0x10ffff;

/** The character of a code point; half a surrogate pair is none. */
export function characterOf(machine: Machine, site: Trace, value: number): string {
  if (value > CODE_POINT_MAX) throw machine.fail(`Invalid unicode codepoint, got ${goNumber(value)}`, site);
  if (value < 0) throw machine.fail(`Codepoints must be >= 0, got ${goNumber(value)}`, site);
  return String.fromCodePoint(Math.trunc(value)).toWellFormed();
}
