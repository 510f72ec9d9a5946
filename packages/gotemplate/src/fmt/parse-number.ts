/** Why a text is no number: as strconv's ErrSyntax and ErrRange. */
export type NumberFault = "syntax" | "range";

const DIGITS: Readonly<Record<number, RegExp>> = { 2: /^[01]+$/, 8: /^[0-7]+$/, 10: /^[0-9]+$/, 16: /^[0-9a-fA-F]+$/ };
const PREFIXES: Readonly<Record<string, number>> = { x: 16, X: 16, o: 8, O: 8, b: 2, B: 2 };
const LITERAL_PREFIX: Readonly<Record<number, string>> = { 2: "0b", 8: "0o", 10: "", 16: "0x" };

/** An integer of any size as strconv.ParseInt reads it in this base (0: by prefix, underscores allowed). */
export function parseGoInteger(text: string, base: 0 | 2 | 8 | 10 | 16): bigint | NumberFault {
  const negative = text.startsWith("-");
  let digits = text.replace(/^[+-]/, "");
  let radix: number = base;
  if (base === 0) {
    if (digits.includes("_") && !underscoresAreFine(digits)) return "syntax";
    radix = 10;
    const prefix = PREFIXES[digits[1] ?? ""];
    if (digits.startsWith("0") && digits.length > 1) {
      radix = prefix ?? 8;
      digits = digits.slice(prefix === undefined ? 1 : 2);
    }
    digits = digits.replaceAll("_", "");
  }
  if (!DIGITS[radix]?.test(digits)) return "syntax";
  const value = BigInt(`${LITERAL_PREFIX[radix]}${digits}`);
  return negative ? -value : value;
}

/** Underscores only between digits, or between a base prefix and a digit. */
function underscoresAreFine(digits: string): boolean {
  const isHex = /^0[xX]/.test(digits);
  const body = digits.replace(/^0[xXoObB]/, "0");
  const digit = isHex ? "[0-9a-fA-F]" : "[0-9]";
  return !/^_|_$|__/.test(body) && !new RegExp(`_(?!${digit})|(?<!${digit})_`).test(body);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEX = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** A float64 as strconv.ParseFloat reads it; beyond float64 it is a range fault. */
export function parseGoFloat(text: string): number | NumberFault {
  if (DECIMAL.test(text)) return finite(Number(text));
  const infinite = INFINITE.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  if (/^[+-]?nan$/i.test(text) && !/^[+-]/.test(text)) return Number.NaN;
  if (text.includes("_")) {
    if (!underscoresAreFine(text.replace(/^[+-]/, ""))) return "syntax";
    return parseGoFloat(text.replaceAll("_", ""));
  }
  const hex = HEX.exec(text);
  if (!hex || (hex[2] === "" && hex[3] === "")) return "syntax";
  return finite(hexFloat(hex[2] ?? "", hex[3] ?? "", Number(hex[4]), hex[1] === "-"));
}

function finite(value: number): number | NumberFault {
  return Number.isFinite(value) ? value : "range";
}

function hexFloat(whole: string, fraction: string, exponent: number, negative: boolean): number {
  const mantissa = BigInt(`0x${whole}${fraction}`);
  const value = scale(mantissa, exponent - 4 * fraction.length);
  return negative ? -value : value;
}

/** mantissa × 2^exponent, rounded once, to even. */
function scale(mantissa: bigint, exponent: number): number {
  if (mantissa === 0n) return 0;
  const bits = mantissa.toString(2).length;
  if (bits + exponent > 1025) return Infinity;
  if (bits + exponent < -1080) return 0;
  if (exponent >= 0) return Number(mantissa << BigInt(exponent));
  // Keep 53 bits (fewer for subnormals) exactly, and let the last division be exact.
  const keep = Math.min(53, bits + exponent + 1074);
  const drop = bits - keep;
  if (drop <= 0) return Number(mantissa) * 2 ** Math.max(exponent, -1074) * 2 ** Math.min(0, exponent + 1074);
  const half = 1n << BigInt(drop - 1);
  const rest = mantissa & ((1n << BigInt(drop)) - 1n);
  let kept = mantissa >> BigInt(drop);
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  return Number(kept) * 2 ** (exponent + drop);
}
