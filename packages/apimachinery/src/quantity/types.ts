/** How a quantity was written, and is written again: `12M`, `12Mi`, `12e6`. */
export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/**
 * A decimal number of unbounded size, `unscaled × 10^exponent`, as resource.Quantity holds it. Never a float: 0.1 is exactly 0.1.
 */
export interface Quantity {
  readonly unscaled: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
  /** The text it was read from, where a server would give that back unchanged (its reader calls that form canonical). */
  readonly text?: string | undefined;
}

/** Nothing smaller is kept: what is left below is rounded away from zero. */
export const NANO = -9;

/** 10^n; n is never negative and is bounded by the limits of the reader. */
export function powerOfTen(n: number): bigint {
  return 10n ** BigInt(n);
}

export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** `unscaled × 10^from` at the coarser exponent `to`, rounded away from zero; exact when nothing was lost. */
export function roundAwayFromZero(unscaled: bigint, from: number, to: number): { value: bigint; exact: boolean } {
  const size = absolute(unscaled);
  const divisor = powerOfTen(to - from);
  const exact = size % divisor === 0n;
  const rounded = size / divisor + (exact ? 0n : 1n);
  return { value: unscaled < 0n ? -rounded : rounded, exact };
}
