import { binarySuffix, decimalSuffix } from "./suffix.ts";
import { absolute, powerOfTen, type Quantity, roundAwayFromZero } from "./types.ts";

/**
 * The canonical text, as resource.Quantity prints it: no fraction, the largest suffix that loses nothing. Below 1024, and where
 * binary would have to round, a binary quantity is written in decimal.
 */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text;
  if (quantity.unscaled === 0n) return "0";
  return (quantity.format === "BinarySI" ? inBinary(quantity) : undefined) ?? inDecimal(quantity);
}

function inBinary({ unscaled, exponent }: Quantity): string | undefined {
  const { value, exact } =
    exponent >= 0 ? { value: unscaled * powerOfTen(exponent), exact: true } : roundAwayFromZero(unscaled, exponent, 0);
  if (!exact || absolute(value) < 1024n) return undefined;
  let mantissa = value;
  let times = 0;
  while (mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    times++;
  }
  return `${mantissa}${binarySuffix(times)}`;
}

function inDecimal({ unscaled, exponent, format }: Quantity): string {
  let mantissa = unscaled;
  let scale = exponent;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    scale++;
  }
  const above = ((scale % 3) + 3) % 3;
  mantissa *= powerOfTen(above);
  scale -= above;
  return `${mantissa}${decimalSuffix(scale, format === "BinarySI" ? "DecimalSI" : format)}`;
}
