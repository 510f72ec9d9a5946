import { GoError } from "../errors.ts";
import { formatFloat } from "../fmt/float.ts";

/** coefficient × 10^exponent: what sprig's addf, subf, mulf and divf compute in. */
export interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Places after the point a division keeps, as shopspring/decimal has it. */
const DIVISION_PLACES = 16;

/** The shortest decimal that reads back as this float. */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) throw new GoError(`Cannot create a Decimal from ${formatFloat(value, "g", -1)}`);
  const [mantissa = "0", exponent = "0"] = value.toExponential().split("e");
  const places = mantissa.split(".")[1]?.length ?? 0;
  return { coefficient: BigInt(mantissa.replace(".", "")), exponent: Number(exponent) - places };
}

function aligned(a: Decimal, b: Decimal): [a: bigint, b: bigint, exponent: number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [scaled(a, exponent), scaled(b, exponent), exponent];
}

function scaled({ coefficient, exponent }: Decimal, to: number): bigint {
  return coefficient * 10n ** BigInt(exponent - to);
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const [x, y, exponent] = aligned(a, b);
  return { coefficient: x + y, exponent };
}

export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  const [x, y, exponent] = aligned(a, b);
  return { coefficient: x - y, exponent };
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return { coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent };
}

/** Rounds half away from zero at the last place kept. @throws GoError for a division by zero */
export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (b.coefficient === 0n) throw new GoError("decimal division by 0");
  const [x, y] = aligned(a, b);
  const numerator = x * 10n ** BigInt(DIVISION_PLACES);
  const quotient = numerator / y;
  const rest = numerator % y;
  const isHalfOrMore = 2n * absolute(rest) >= absolute(y);
  const isNegative = numerator < 0n !== y < 0n;
  const rounded = isHalfOrMore ? quotient + (isNegative ? -1n : 1n) : quotient;
  return { coefficient: rounded, exponent: -DIVISION_PLACES };
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

export function floatOf({ coefficient, exponent }: Decimal): number {
  return Number(`${coefficient}e${exponent}`);
}
