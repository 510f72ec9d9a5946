import { powerOfTen, type Quantity, type QuantityFormat, roundAwayFromZero } from "./types.ts";

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`; how they are written does not count. */
export function compareQuantity(a: Quantity, b: Quantity): number {
  const [left, right] = aligned(a, b);
  return left === right ? 0 : left < right ? -1 : 1;
}

/** The sum, written as `a` is; a zero `a` takes over how `b` is written. */
export function addQuantity(a: Quantity, b: Quantity): Quantity {
  const [left, right, exponent] = aligned(a, b);
  return { unscaled: left + right, exponent, format: a.unscaled === 0n ? b.format : a.format };
}

export function subtractQuantity(a: Quantity, b: Quantity): Quantity {
  return addQuantity(a, negateQuantity(b));
}

export function negateQuantity(quantity: Quantity): Quantity {
  return { unscaled: -quantity.unscaled, exponent: quantity.exponent, format: quantity.format };
}

/** `by` is a whole number. */
export function multiplyQuantity(quantity: Quantity, by: number | bigint): Quantity {
  return { unscaled: quantity.unscaled * BigInt(by), exponent: quantity.exponent, format: quantity.format };
}

/** Rounded away from zero to a multiple of `10^exponent`: -3 for milli, as the server does to cpu and memory of pods. */
export function roundUpQuantity(quantity: Quantity, exponent: number): Quantity {
  if (quantity.exponent >= exponent) return quantity;
  const { value, exact } = roundAwayFromZero(quantity.unscaled, quantity.exponent, exponent);
  return exact ? quantity : { unscaled: value, exponent, format: quantity.format };
}

/** The whole number, rounded away from zero: bytes of memory, a count of pods. */
export function quantityValue(quantity: Quantity): bigint {
  return scaledValue(quantity, 0);
}

/** Thousandths, rounded away from zero: millicores. */
export function quantityMilliValue(quantity: Quantity): bigint {
  return scaledValue(quantity, -3);
}

/** The nearest float: for ratios and graphs, never for comparing. */
export function quantityToNumber(quantity: Quantity): number {
  return Number(`${quantity.unscaled}e${quantity.exponent}`);
}

/** A quantity of a number we computed ourselves. */
export function quantityOf(value: number | bigint, format: QuantityFormat, exponent = 0): Quantity {
  return { unscaled: BigInt(value), exponent, format };
}

function scaledValue({ unscaled, exponent }: Quantity, scale: number): bigint {
  if (exponent >= scale) return unscaled * powerOfTen(exponent - scale);
  return roundAwayFromZero(unscaled, exponent, scale).value;
}

function aligned(a: Quantity, b: Quantity): [left: bigint, right: bigint, exponent: number] {
  const exponent = Math.min(a.exponent, b.exponent);
  return [a.unscaled * powerOfTen(a.exponent - exponent), b.unscaled * powerOfTen(b.exponent - exponent), exponent];
}
