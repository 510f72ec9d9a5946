import { type Builtin, type Machine, type Value, typeName } from "../../runtime/machine.ts";
import { compare, finite, goNumber, modulo } from "../../runtime/operators.ts";
import type { Trace } from "../../runtime/trace.ts";
import { strict } from "../define.ts";
import { remainder } from "../format/remainder.ts";
import { frexp, goPow } from "./pow.ts";

function numeric(apply: (x: number) => number): Builtin {
  return strict("x", (machine, site, x) => finite(machine, apply(machine.number(x, site)), site));
}

function question(holds: (x: number) => boolean): Builtin {
  return strict("x", (machine, site, x) => holds(machine.number(x, site)));
}

function numberOr(machine: Machine, site: Trace, value: Value, who: string): number {
  if (typeof value === "number") return value;
  throw machine.fail(`${who} expected number, got ${typeName(value)}`, site);
}

/** Halves go away from zero. */
function round(x: number): number {
  return Math.sign(x) * (Math.abs(x) % 1 >= 0.5 ? Math.ceil(Math.abs(x)) : Math.floor(Math.abs(x)));
}

function exp(x: number): number {
  const result = Math.exp(x);
  return result === 0 && x > 0 ? Number.POSITIVE_INFINITY : result;
}

export const MATH: Readonly<Record<string, Value>> = {
  pi: Math.PI,
  ceil: numeric(Math.ceil),
  floor: numeric(Math.floor),
  round: numeric(round),
  sqrt: numeric(Math.sqrt),
  sin: numeric(Math.sin),
  cos: numeric(Math.cos),
  tan: numeric(Math.tan),
  asin: numeric(Math.asin),
  acos: numeric(Math.acos),
  atan: numeric(Math.atan),
  log: numeric(Math.log),
  exp: numeric(exp),
  mantissa: numeric((x) => frexp(x).fraction),
  exponent: numeric((x) => frexp(x).exponent),
  log2: numeric((x) => Math.log(x) / Math.log(2)),
  log10: numeric((x) => Math.log(x) / Math.log(10)),
  deg2rad: numeric((x) => (x * Math.PI) / 180),
  rad2deg: numeric((x) => (x * 180) / Math.PI),
  isEven: question((x) => Math.trunc(x) % 2 === 0),
  isOdd: question((x) => Math.trunc(x) % 2 !== 0),
  isInteger: question((x) => x % 1 === 0),
  isDecimal: question((x) => x % 1 !== 0),
  hypot: strict("x y", (machine, site, x, y) =>
    finite(machine, Math.hypot(machine.number(x, site), machine.number(y, site)), site),
  ),
  atan2: strict("y x", (machine, site, y, x) =>
    finite(machine, Math.atan2(machine.number(y, site), machine.number(x, site)), site),
  ),
  pow: strict("x n", (machine, site, x, n) =>
    finite(machine, goPow(machine.number(x, site), machine.number(n, site)), site),
  ),
  modulo: strict("x y", (machine, site, x, y) => modulo(machine, x, y, site)),
  mod: strict("a b", (machine, site, a, b) => remainder(machine, site, a, b)),
  abs: strict("n", (machine, site, n) => {
    const value = numberOr(machine, site, n, "std.abs");
    return value > 0 ? value : -value;
  }),
  sign: strict("n", (machine, site, n) => {
    const value = numberOr(machine, site, n, "std.sign");
    return value === 0 ? 0 : Math.sign(value);
  }),
  max: strict("a b", (machine, site, a, b) => {
    const left = numberOr(machine, site, a, "std.max first param");
    const right = numberOr(machine, site, b, "std.max second param");
    return left > right ? left : right;
  }),
  min: strict("a b", (machine, site, a, b) => {
    const left = numberOr(machine, site, a, "std.min first param");
    const right = numberOr(machine, site, b, "std.min second param");
    return left < right ? left : right;
  }),
  clamp: strict("x minVal maxVal", (machine, site, x, low, high) => {
    if (compare(machine, x, low, site) < 0) return low;
    return compare(machine, x, high, site) > 0 ? high : x;
  }),
  xor: strict("x y", (machine, site, x, y) => machine.boolean(x, site) !== machine.boolean(y, site)),
  xnor: strict("x y", (machine, site, x, y) => machine.boolean(x, site) === machine.boolean(y, site)),
};

/** A number that is to be a count or an index. */
export function wholeNumber(machine: Machine, value: Value, site: Trace): number {
  const number = machine.number(value, site);
  if ((number | 0) === number) return number;
  throw machine.fail(`Expected an integer, but got ${goNumber(number)}`, site);
}
