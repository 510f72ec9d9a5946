import { GoError } from "../errors.ts";
import { formatFloat } from "../fmt/float.ts";
import { parseGoFloat } from "../fmt/parse-number.ts";
import { goQuote } from "../fmt/quote.ts";
import { DURATION, duration, inUnit, parseDuration, roundDuration, truncateDuration } from "../time/duration.ts";
import { integerValue, kindOf, typeName } from "../values/reflect.ts";
import { FLOAT64, INT64, isUnsignedKind, type FunctionSet } from "../values/types.ts";
import { trimSpace } from "../values/unicode.ts";
import { GoFloat32, GoNamed, int64 } from "../values/values.ts";
import { fn, P } from "./define.ts";

const SECOND = 1_000_000_000n;
const SECONDS_MAX = ((1n << 63n) - 1n) / SECOND;
const SECONDS_FLOAT_MAX = 2 ** 63 / 1e9;
const HOUR = 3_600_000_000_000;

/** Duration functions of Helm 4: text as Go writes durations, or a number of seconds. What is neither counts as zero. */
export const durationFunctions: FunctionSet = {
  mustToDuration: fn([P.any], DURATION, (_, value) => duration(durationOf(value))),
  durationSeconds: fn([P.any], FLOAT64, (_, value) => orZero(value, (d) => inUnit(d, 1e9), 0)),
  durationMinutes: fn([P.any], FLOAT64, (_, value) => orZero(value, (d) => inUnit(d, 60e9), 0)),
  durationHours: fn([P.any], FLOAT64, (_, value) => orZero(value, (d) => inUnit(d, HOUR), 0)),
  durationDays: fn([P.any], FLOAT64, (_, value) => orZero(value, (d) => inUnit(d, HOUR) / 24, 0)),
  durationWeeks: fn([P.any], FLOAT64, (_, value) => orZero(value, (d) => inUnit(d, HOUR) / 24 / 7, 0)),
  durationMilliseconds: fn([P.any], INT64, (_, value) => int64(orZero(value, (d) => d / 1_000_000n, 0n))),
  durationMicroseconds: fn([P.any], INT64, (_, value) => int64(orZero(value, (d) => d / 1_000n, 0n))),
  durationNanoseconds: fn([P.any], INT64, (_, value) => int64(orZero(value, (d) => d, 0n))),
  durationRoundTo: fn([P.any, P.any], DURATION, (_, value, step) => stepped(value, step, roundDuration)),
  durationTruncateTo: fn([P.any, P.any], DURATION, (_, value, step) => stepped(value, step, truncateDuration)),
};

function orZero<T>(value: unknown, convert: (duration: bigint) => T, zero: T): T {
  try {
    return convert(durationOf(value));
  } catch (error) {
    if (error instanceof GoError) return zero;
    throw error;
  }
}

/** A step that is no duration leaves the value as it is. */
function stepped(value: unknown, step: unknown, change: (value: bigint, step: bigint) => bigint): GoNamed {
  const whole = orZero<bigint | undefined>(value, (d) => d, undefined);
  if (whole === undefined) return duration(0n);
  const size = orZero<bigint | undefined>(step, (d) => d, undefined);
  return duration(size === undefined ? whole : change(whole, size));
}

/** Nanoseconds. @throws GoError in Helm's words */
function durationOf(value: unknown): bigint {
  if (value == null) throw new GoError("invalid duration");
  if (typeof value === "string") return durationOfText(value);
  if (value instanceof GoNamed && value.type.name === "time.Duration") return BigInt(value.value);
  const integer = integerValue(value);
  if (integer !== undefined) return durationOfInteger(BigInt(integer), isUnsignedKind(kindOf(value)));
  if (typeof value === "number") return durationOfFloat(value);
  if (value instanceof GoFloat32) return durationOfFloat(value.value);
  throw new GoError(`unsupported duration type ${typeName(value)}`);
}

function durationOfText(text: string): bigint {
  const trimmed = trimSpace(text);
  if (trimmed === "") throw new GoError("empty duration");
  try {
    return parseDuration(trimmed);
  } catch {
    const seconds = parseGoFloat(trimmed);
    if (typeof seconds === "number") return durationOfFloat(seconds);
    throw new GoError(`could not parse duration ${goQuote(text)}`);
  }
}

function durationOfInteger(seconds: bigint, isUnsigned: boolean): bigint {
  if (seconds > SECONDS_MAX || (!isUnsigned && seconds < -SECONDS_MAX)) {
    throw new GoError(`duration seconds overflow: ${seconds}`);
  }
  return seconds * SECOND;
}

function durationOfFloat(seconds: number): bigint {
  const shown = formatFloat(seconds, "g", -1);
  if (!Number.isFinite(seconds)) throw new GoError(`invalid duration seconds: ${shown}`);
  if (Math.abs(seconds) > SECONDS_FLOAT_MAX) throw new GoError(`duration seconds overflow: ${shown}`);
  return BigInt.asIntN(64, BigInt(Math.trunc(seconds * 1e9)));
}
