import { problemError } from "@fairlead/base";
import { readSuffix, type Suffix } from "./suffix.ts";
import { absolute, NANO, type Quantity, roundAwayFromZero } from "./types.ts";

const WRONG_FORMAT = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_NUMBER = "unable to parse numeric part of quantity";
const WRONG_SUFFIX = "unable to parse quantity's suffix";

/** Longer texts are refused: a number of that many digits measures nothing. */
const QUANTITY_CHARS_MAX = 1_000;
const INT64_MAX = 2n ** 63n - 1n;
/** Decimal digits that surely fit an int64; the server keeps longer numbers in another form, which forgets the text. */
const INT64_DIGITS = 18;

interface Parts {
  readonly sign: "" | "+" | "-";
  /** Digits before the point, without leading zeros; `0` when there are none. */
  readonly whole: string;
  /** Digits after the point. */
  readonly fraction: string;
  readonly hasDigits: boolean;
  readonly suffix: string;
}

/**
 * Reads a quantity as resource.ParseQuantity does: the same numbers, the same texts kept, the same refusals. JSON numbers are read
 * by their text, as the server reads `cpu: 0.5`.
 * @throws ProblemError InvalidQuantity, with the server's sentence.
 */
export function parseQuantity(input: string | number | bigint): Quantity {
  const text = String(input).trim();
  const result = readQuantity(text);
  if (typeof result === "string")
    throw problemError("InvalidQuantity", result, { hint: "write it as 500m, 1.5, 2Gi or 1e3" });
  return result;
}

/** Why a text is no quantity, in the server's words; undefined when it is one. */
export function quantityFault(input: string | number | bigint): string | undefined {
  const result = readQuantity(String(input).trim());
  return typeof result === "string" ? result : undefined;
}

function readQuantity(text: string): Quantity | string {
  if (text === "" || text.length > QUANTITY_CHARS_MAX) return WRONG_FORMAT;
  const parts = split(text);
  if (!parts) return WRONG_FORMAT;
  const suffix = readSuffix(parts.suffix);
  if (!suffix) return WRONG_SUFFIX;
  return readShort(text, parts, suffix) ?? readLong(parts, suffix);
}

/**
 * Looser than the expression the error names, as the server's scanner is: a lone sign, a point or a suffix is a zero. All zeros
 * up to the end is a zero at once, whatever the sign.
 */
function split(text: string): Parts | undefined {
  const match = /^([+-]?)(0*)([0-9]*)(?:(\.)([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text);
  if (!match) return undefined;
  const [, sign = "", zeros = "", whole = "", , fraction = "", suffix = ""] = match;
  return {
    sign: sign as Parts["sign"],
    whole: whole === "" ? "0" : whole,
    fraction,
    hasDigits: zeros !== "" || whole !== "" || fraction !== "",
    suffix,
  };
}

/** The server's fast path: an int64 and a scale. It alone keeps texts, and it alone is not capped. */
function readShort(text: string, parts: Parts, { base, exponent, format }: Suffix): Quantity | undefined {
  const digits = parts.whole + parts.fraction;
  const isWhole = parts.fraction === "";
  const room = base === 10 ? INT64_DIGITS - digits.length : 14 - digits.length - Math.trunc((exponent * 3) / 10);
  const scale = (base === 10 ? exponent : 0) - parts.fraction.length;
  if (room < 0 || scale < NANO || (base === 2 && !isWhole)) return undefined;
  const number = BigInt(digits);
  const size = base === 2 ? number << BigInt(exponent) : number;
  if (size > INT64_MAX) return undefined;
  const keepsText =
    base === 2 ? (number & 7n) !== 0n : scale % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0");
  return {
    unscaled: parts.sign === "-" ? -size : size,
    exponent: scale,
    format,
    ...(keepsText ? { text } : {}),
  };
}

function readLong(parts: Parts, { base, exponent, format }: Suffix): Quantity | string {
  if (!parts.hasDigits) return WRONG_NUMBER;
  let size = BigInt(parts.whole + parts.fraction);
  let scale = -parts.fraction.length;
  if (base === 10) scale += exponent;
  else size <<= BigInt(exponent);
  // Too small to be written is rounded up, never to nothing: who asks for something shall get something.
  if (scale < NANO) {
    size = size === 0n ? 0n : roundAwayFromZero(size, scale, NANO).value;
    scale = NANO;
  }
  let written = format;
  if (format === "BinarySI") {
    // A binary suffix never leaves a positive exponent, so the number can be compared at its own scale.
    const one = 10n ** BigInt(-scale);
    if (size > INT64_MAX * one) size = INT64_MAX * one;
    if (size < one && size > 0n) written = "DecimalSI";
  }
  return { unscaled: parts.sign === "-" ? -absolute(size) : size, exponent: scale, format: written };
}
