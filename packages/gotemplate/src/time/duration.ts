import { GoError } from "../errors.ts";
import { FLOAT64, INT64, STRING, type GoMethod, type GoType } from "../values/types.ts";
import { GoNamed, int64 } from "../values/values.ts";

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const LIMIT = 1n << 63n;

function nanos(value: unknown): bigint {
  return BigInt((value as GoNamed).value);
}

function whole(unit: bigint): GoMethod {
  return { params: [], isVariadic: false, returns: INT64, call: (_, self) => int64(nanos(self) / unit) };
}

function fraction(unit: number): GoMethod {
  return { params: [], isVariadic: false, returns: FLOAT64, call: (_, self) => inUnit(nanos(self), unit) };
}

/** Go adds the whole units and the fraction apart: 1.5 is exact where one division of the nanoseconds might not be. */
export function inUnit(duration: bigint, unit: number): number {
  const size = BigInt(unit);
  return Number(duration / size) + Number(duration % size) / unit;
}

const METHODS: Record<string, GoMethod> = {};

/** time.Duration: an int64 of nanoseconds. */
export const DURATION: GoType = {
  kind: "int64",
  name: "time.Duration",
  methods: METHODS,
  text: (value) => formatDuration(nanos(value)),
};

Object.assign(METHODS, {
  Hours: fraction(3_600_000_000_000),
  Minutes: fraction(60_000_000_000),
  Seconds: fraction(1_000_000_000),
  Milliseconds: whole(1_000_000n),
  Microseconds: whole(1_000n),
  Nanoseconds: whole(1n),
  String: { params: [], isVariadic: false, returns: STRING, call: (_, self) => formatDuration(nanos(self)) },
  Abs: {
    params: [],
    isVariadic: false,
    returns: DURATION,
    call: (_, self) => duration(nanos(self) < 0n ? -nanos(self) : nanos(self)),
  },
  Round: stepped(roundDuration),
  Truncate: stepped(truncateDuration),
} satisfies Record<string, GoMethod>);

function stepped(change: (value: bigint, step: bigint) => bigint): GoMethod {
  return {
    params: [DURATION],
    isVariadic: false,
    returns: DURATION,
    call: (_, self, [step]) => duration(change(nanos(self), BigInt(step as number))),
  };
}

export function duration(value: bigint): GoNamed {
  return new GoNamed(DURATION, BigInt.asIntN(64, value));
}

/** Duration.Round: half away from zero, and the largest duration where that would not fit. */
export function roundDuration(value: bigint, step: bigint): bigint {
  if (step <= 0n) return value;
  const rest = value % step;
  if (value < 0n) {
    const down = value - rest;
    return -rest + -rest < step ? down : clamp(down - step);
  }
  const down = value - rest;
  return rest + rest < step ? down : clamp(down + step);
}

function clamp(value: bigint): bigint {
  return value >= LIMIT ? LIMIT - 1n : value < -LIMIT ? -LIMIT : value;
}

export function truncateDuration(value: bigint, step: bigint): bigint {
  return step <= 0n ? value : value - (value % step);
}

/** Duration.String: 1h30m0s, 1.5s, 250ms, 0s. */
export function formatDuration(value: bigint): string {
  if (value === 0n) return "0s";
  const sign = value < 0n ? "-" : "";
  const absolute = value < 0n ? -value : value;
  if (absolute < 1_000n) return `${sign}${absolute}ns`;
  if (absolute < 1_000_000n) return `${sign}${scaled(absolute, 3)}µs`;
  if (absolute < 1_000_000_000n) return `${sign}${scaled(absolute, 6)}ms`;
  const seconds = scaled(absolute % 60_000_000_000n, 9);
  const minutes = absolute / 60_000_000_000n;
  if (minutes === 0n) return `${sign}${seconds}s`;
  const hours = minutes / 60n;
  return `${sign}${hours > 0n ? `${hours}h` : ""}${minutes % 60n}m${seconds}s`;
}

function scaled(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, "0");
  const fractionDigits = digits.slice(-places).replace(/0+$/, "");
  return digits.slice(0, -places) + (fractionDigits === "" ? "" : `.${fractionDigits}`);
}

/** time.ParseDuration, in nanoseconds. @throws GoError */
export function parseDuration(text: string): bigint {
  const fault = (what: string): GoError => new GoError(`time: ${what} ${quoteTime(text)}`);
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0n;
  if (body === "") throw fault("invalid duration");
  let total = 0n;
  for (let rest = body; rest !== "";) {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest);
    const [whole_ = "", integer = "", decimals = ""] = number ?? [];
    if (integer === "" && decimals === "") throw fault("invalid duration");
    const value = BigInt(integer === "" ? "0" : integer);
    if (value > LIMIT) throw fault("invalid duration");
    rest = rest.slice(whole_.length);
    const unitName = /^[^.0-9]*/.exec(rest)?.[0] ?? "";
    if (unitName === "") throw fault("missing unit in duration");
    const unit = UNITS[unitName];
    if (unit === undefined) throw fault(`unknown unit ${quoteTime(unitName)} in duration`);
    rest = rest.slice(unitName.length);
    total += value * unit + fractionOf(decimals, unit);
    if (total > LIMIT) throw fault("invalid duration");
  }
  if (text.startsWith("-")) return -total;
  if (total > LIMIT - 1n) throw fault("invalid duration");
  return total;
}

/** Digits beyond what an int64 holds are dropped, the rest is computed in float64, as Go does. */
function fractionOf(decimals: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of decimals) {
    if (value > (LIMIT - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

/** The quoting of package time: bytes that are not printable ASCII as \x escapes. */
export function quoteTime(text: string): string {
  let quoted = '"';
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte);
    if (byte >= 0x80 || byte < 0x20) quoted += `\\x${byte.toString(16).padStart(2, "0")}`;
    else quoted += char === '"' || char === "\\" ? `\\${char}` : char;
  }
  return `${quoted}"`;
}
