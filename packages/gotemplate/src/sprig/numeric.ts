import { GoError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { parseGoInteger } from "../fmt/parse-number.ts";
import { sprint } from "../fmt/printf.ts";
import { fn, P, variadic } from "../functions/define.ts";
import { randomBelow } from "../random.ts";
import { FLOAT64, INT, INT64, INT_SLICE, STRING, type FunctionSet } from "../values/types.ts";
import { GoSlice, int, int64, type GoInt } from "../values/values.ts";
import { toFloat64, toInt64 } from "./cast.ts";
import {
  addDecimals,
  decimalOf,
  divideDecimals,
  floatOf,
  multiplyDecimals,
  subtractDecimals,
  type Decimal,
} from "./decimal.ts";

type Whole = number | bigint;

/** Numbers of sprig. Integer arithmetic is int64 and wraps around; what is no number counts as zero. */
export const numericFunctions: FunctionSet = {
  atoi: fn([P.string], INT, (_, text) => int(atoi(text))),
  int: fn([P.any], INT, (_, value) => int(toInt64(value))),
  int64: fn([P.any], INT64, (_, value) => int64(toInt64(value))),
  float64: fn([P.any], FLOAT64, (_, value) => toFloat64(value)),
  toDecimal: fn([P.any], INT64, (context, value) => int64(octal(sprint([value], context.spend)))),

  add1: fn([P.any], INT64, (_, value) => int64(plus(toInt64(value), 1))),
  add: variadic([], P.any, INT64, (_, values) => int64(values.map(toInt64).reduce(plus, 0))),
  sub: fn([P.any, P.any], INT64, (_, a, b) => int64(minus(toInt64(a), toInt64(b)))),
  mul: variadic([P.any], P.any, INT64, (_, first, rest) => int64(rest.map(toInt64).reduce(times, toInt64(first)))),
  div: fn([P.any, P.any], INT64, (_, a, b) => int64(divided(toInt64(a), toInt64(b)).quotient)),
  mod: fn([P.any, P.any], INT64, (_, a, b) => int64(divided(toInt64(a), toInt64(b)).rest)),
  max: variadic([P.any], P.any, INT64, (_, first, rest) => largest(first, rest)),
  biggest: variadic([P.any], P.any, INT64, (_, first, rest) => largest(first, rest)),
  min: variadic([P.any], P.any, INT64, (_, first, rest) => {
    return int64(rest.map(toInt64).reduce((a, b) => (b < a ? b : a), toInt64(first)));
  }),

  add1f: fn([P.any], FLOAT64, (_, value) => fold(value, [int(1)], addDecimals)),
  addf: variadic([], P.any, FLOAT64, (_, values) => fold(0, values, addDecimals)),
  subf: variadic([P.any], P.any, FLOAT64, (_, first, rest) => fold(first, rest, subtractDecimals)),
  mulf: variadic([P.any], P.any, FLOAT64, (_, first, rest) => fold(first, rest, multiplyDecimals)),
  divf: variadic([P.any], P.any, FLOAT64, (_, first, rest) => fold(first, rest, divideDecimals)),
  maxf: variadic([P.any], P.any, FLOAT64, (_, first, rest) => Math.max(toFloat64(first), ...rest.map(toFloat64))),
  minf: variadic([P.any], P.any, FLOAT64, (_, first, rest) => Math.min(toFloat64(first), ...rest.map(toFloat64))),
  floor: fn([P.any], FLOAT64, (_, value) => Math.floor(toFloat64(value))),
  ceil: fn([P.any], FLOAT64, (_, value) => Math.ceil(toFloat64(value))),
  round: variadic([P.any, P.int], P.float64, FLOAT64, (_, value, places, [on = 0.5]) => {
    return rounded(toFloat64(value), places, on);
  }),

  until: fn([P.int], INT_SLICE, (context, count) => ints(context, 0, count, count < 0 ? -1 : 1)),
  untilStep: fn([P.int, P.int, P.int], INT_SLICE, (context, start, stop, step) => ints(context, start, stop, step)),
  seq: variadic([], P.int, STRING, (context, params) => sequence(context, params)),
  randInt: fn([P.int, P.int], INT, (context, min, max) => {
    if (max - min <= 0) throw new GoError("invalid argument to Intn");
    return int(min + randomBelow(context.random(), max - min));
  }),
};

/** strconv.Atoi, whose error sprig drops: out of range gives the nearest int. */
function atoi(text: string): Whole {
  const value = parseGoInteger(text, 10);
  if (typeof value !== "bigint") return 0;
  const max = 2n ** 63n - 1n;
  return value > max ? max : value < -max - 1n ? -max - 1n : value;
}

function octal(text: string): Whole {
  const value = parseGoInteger(text, 8);
  return typeof value === "bigint" && value === BigInt.asIntN(64, value) ? value : 0;
}

function plus(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") return exact(a + b, () => BigInt(a) + BigInt(b));
  return BigInt.asIntN(64, BigInt(a) + BigInt(b));
}

function minus(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") return exact(a - b, () => BigInt(a) - BigInt(b));
  return BigInt.asIntN(64, BigInt(a) - BigInt(b));
}

function times(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") return exact(a * b, () => BigInt(a) * BigInt(b));
  return BigInt.asIntN(64, BigInt(a) * BigInt(b));
}

function exact(value: number, large: () => bigint): Whole {
  return Number.isSafeInteger(value) ? value + 0 : BigInt.asIntN(64, large());
}

function divided(a: Whole, b: Whole): { quotient: Whole; rest: Whole } {
  if (Number(b) === 0) throw new GoError("runtime error: integer divide by zero");
  if (typeof a === "number" && typeof b === "number") {
    return { quotient: Math.trunc(a / b) + 0, rest: (a % b) + 0 };
  }
  const [x, y] = [BigInt(a), BigInt(b)];
  return { quotient: BigInt.asIntN(64, x / y), rest: x % y };
}

function largest(first: unknown, rest: readonly unknown[]): GoInt {
  return int64(rest.map(toInt64).reduce((a, b) => (b > a ? b : a), toInt64(first)));
}

function fold(first: unknown, rest: readonly unknown[], operate: (a: Decimal, b: Decimal) => Decimal): number {
  return floatOf(rest.map((value) => decimalOf(toFloat64(value))).reduce(operate, decimalOf(toFloat64(first))));
}

/** A fraction of at least `on` rounds up, whatever the sign: sprig's own rule. */
function rounded(value: number, places: number, on: number): number {
  const power = places < 0 ? 1 / 10 ** -places : 10 ** places;
  const digit = power * value;
  const whole = digit - Math.trunc(digit) >= on ? Math.ceil(digit) : Math.floor(digit);
  return whole / power;
}

function steps(context: CallContext, start: number, stop: number, step: number): number[] {
  const list: number[] = [];
  if (stop < start ? step >= 0 : step <= 0) return list;
  const count = Math.abs((stop - start) / step);
  context.reserve(count);
  context.spend(Math.ceil(count));
  if (stop < start) for (let at = start; at > stop; at += step) list.push(at);
  else for (let at = start; at < stop; at += step) list.push(at);
  return list;
}

function ints(context: CallContext, start: number, stop: number, step: number): GoSlice {
  return new GoSlice(
    INT_SLICE,
    steps(context, start, stop, step).map((value) => int(value)),
  );
}

function sequence(context: CallContext, params: readonly number[]): string {
  const [first = 0, second = 0, third = 0] = params;
  const text = (start: number, end: number, increment: number, step: number): string => {
    return steps(context, start, end + increment, step).join(" ");
  };
  switch (params.length) {
    case 1:
      return first < 1 ? text(1, first, -1, -1) : text(1, first, 1, 1);
    case 2:
      return second < first ? text(first, second, -1, -1) : text(first, second, 1, 1);
    case 3:
      if (third >= first) return text(first, third, 1, second);
      return second > 0 ? "" : text(first, third, -1, second);
    default:
      return "";
  }
}
