import type { QuantityFormat } from "./types.ts";

export interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

/** An exponent further out than this is no resource of any machine; it is refused so that arithmetic stays bounded. */
const EXPONENT_MAX = 10_000;

const DECIMAL: ReadonlyArray<readonly [suffix: string, exponent: number]> = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
];
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;

const bySuffix = new Map<string, Suffix>([
  ...DECIMAL.map(([suffix, exponent]): [string, Suffix] => [suffix, { base: 10, exponent, format: "DecimalSI" }]),
  ...BINARY.map((suffix, n): [string, Suffix] => [suffix, { base: 2, exponent: 10 * (n + 1), format: "BinarySI" }]),
]);
const decimalByExponent = new Map(DECIMAL.map(([suffix, exponent]) => [exponent, suffix]));

/** What a suffix means; undefined when it means nothing. */
export function readSuffix(suffix: string): Suffix | undefined {
  const known = bySuffix.get(suffix);
  if (known) return known;
  if (!/^[eE][+-]?[0-9]+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  if (Math.abs(exponent) > EXPONENT_MAX) return undefined;
  return { base: 10, exponent, format: "DecimalExponent" };
}

/**
 * The suffix that says `10^exponent`. Beyond `E` and below `n` there is none and the server writes nothing, so that 1000E reads
 * back as 1: its fault, which equality with it must share.
 */
export function decimalSuffix(exponent: number, format: QuantityFormat): string {
  if (format === "DecimalExponent") return exponent === 0 ? "" : `e${exponent}`;
  return decimalByExponent.get(exponent) ?? "";
}

/** The suffix that says `1024^times`. */
export function binarySuffix(times: number): string {
  return times === 0 ? "" : (BINARY[times - 1] ?? "");
}
