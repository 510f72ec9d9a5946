import { goPow } from "../math/pow.ts";
import { numberText } from "../../manifest/number.ts";
import { lengthOf } from "../../runtime/characters.ts";

/** How a number is to be laid out; `zeroWidth` is the width that is filled up with zeros. */
export interface NumberLayout {
  readonly zeroWidth: number;
  readonly isBlank: boolean;
  readonly isPlus: boolean;
}

const UNSIGNED: NumberLayout = { zeroWidth: 0, isBlank: false, isPlus: false };

export function padLeft(text: string, width: number, filler: string): string {
  return filler.repeat(Math.max(0, Math.ceil(width - lengthOf(text)))) + text;
}

export function padRight(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, Math.ceil(width - lengthOf(text))));
}

function signOf(isNegative: boolean, { isBlank, isPlus }: NumberLayout): string {
  if (isNegative) return "-";
  if (isPlus) return "+";
  return isBlank ? " " : "";
}

/** @param magnitude whole, 0 or more; the digits come from divisions of doubles, as in std.format */
export function renderInteger(
  isNegative: boolean,
  magnitude: number,
  digitsMin: number,
  layout: NumberLayout,
  radix: number,
  prefix: string,
): string {
  let digits = "";
  for (let rest = magnitude; rest !== 0; rest = Math.floor(rest / radix)) digits = numberText(rest % radix) + digits;
  const signs = isNegative || layout.isBlank || layout.isPlus ? 1 : 0;
  const width = Math.max(layout.zeroWidth - signs, digitsMin);
  return signOf(isNegative, layout) + padLeft(magnitude === 0 ? "0" : prefix + digits, width, "0");
}

export function renderHex(
  value: number,
  digitsMin: number,
  layout: NumberLayout,
  hasPrefix: boolean,
  isCapital: boolean,
): string {
  const numerals = isCapital ? "0123456789ABCDEF" : "0123456789abcdef";
  const magnitude = Math.floor(Math.abs(value));
  let digits = "";
  for (let rest = magnitude; rest !== 0; rest = Math.floor(rest / 16)) digits = (numerals[rest % 16] ?? "") + digits;
  const isNegative = value < 0;
  const signs = isNegative || layout.isBlank || layout.isPlus ? 1 : 0;
  const width = Math.max(layout.zeroWidth - signs - (hasPrefix ? 2 : 0), digitsMin);
  const prefix = hasPrefix ? (isCapital ? "0X" : "0x") : "";
  return signOf(isNegative, layout) + prefix + padLeft(magnitude === 0 ? "0" : digits, width, "0");
}

/** @param hasZeros whether zeros at the end of the fraction stay */
export function renderDecimal(
  value: number,
  layout: NumberLayout,
  hasPoint: boolean,
  hasZeros: boolean,
  precision: number,
): string {
  const denominator = goPow(10, precision);
  const numerator = Math.abs(value) * denominator + 0.5;
  const whole = Math.sign(Math.abs(value)) * Math.floor(numerator / denominator);
  const fraction = Math.floor(numerator) % denominator;
  const pointSize = precision === 0 && !hasPoint ? 0 : 1;
  const inner = { ...layout, zeroWidth: layout.zeroWidth - precision - pointSize };
  const text = renderInteger(value < 0, whole, 0, inner, 10, "");
  if (precision === 0) return hasPoint ? `${text}.` : text;
  if (!hasZeros && !(fraction > 0)) return text;
  const digits = renderInteger(false, fraction, 0, { ...UNSIGNED, zeroWidth: precision }, 10, "");
  return `${text}.${hasZeros ? digits : digits.replace(/0+$/, "")}`;
}

export function exponentOf(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(10));
}

export function renderScientific(
  value: number,
  layout: NumberLayout,
  hasPoint: boolean,
  hasZeros: boolean,
  isCapital: boolean,
  precision: number,
): string {
  const exponent = exponentOf(value);
  const suffixLayout = { zeroWidth: 3, isBlank: false, isPlus: true };
  const suffix = (isCapital ? "E" : "e") + renderInteger(exponent < 0, Math.abs(exponent), 0, suffixLayout, 10, "");
  // 10 to the power of -324 is 0.
  const mantissa = exponent === -324 ? (value * 10) / goPow(10, exponent + 1) : value / goPow(10, exponent);
  const inner = { ...layout, zeroWidth: layout.zeroWidth - suffix.length };
  return renderDecimal(mantissa, inner, hasPoint, hasZeros, precision) + suffix;
}
