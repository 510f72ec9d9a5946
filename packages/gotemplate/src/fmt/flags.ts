import { runeCount, runes, toBytes } from "../values/text.ts";
import { canBackquote, goQuote, isPrint, quoteRune } from "./quote.ts";
import { formatFloat } from "./float.ts";

/** The flags, width and precision of one verb. `plusV` and `sharpV` are what + and # mean to %v. */
export interface Flags {
  width: number | undefined;
  precision: number | undefined;
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  plusV: boolean;
  sharpV: boolean;
}

export function noFlags(): Flags {
  return {
    width: undefined,
    precision: undefined,
    minus: false,
    plus: false,
    sharp: false,
    space: false,
    zero: false,
    plusV: false,
    sharpV: false,
  };
}

export function hasFlags(flags: Flags): boolean {
  return Object.values(flags).some((flag) => flag !== undefined && flag !== false);
}

export function pad(text: string, flags: Flags, allowZero = true): string {
  if (flags.width === undefined || flags.width === 0) return text;
  const missing = flags.width - runeCount(text);
  if (missing <= 0) return text;
  if (flags.minus) return text + " ".repeat(missing);
  return (flags.zero && allowZero ? "0" : " ").repeat(missing) + text;
}

function padding(flags: Flags): string {
  return " ".repeat(flags.width ?? 0);
}

export function formatBool(value: boolean, flags: Flags): string {
  return pad(value ? "true" : "false", flags);
}

function truncate(text: string, flags: Flags): string {
  if (flags.precision === undefined || text.length <= flags.precision) return text;
  return runes(text).slice(0, flags.precision).join("");
}

export function formatString(text: string, flags: Flags): string {
  return pad(truncate(text, flags), flags);
}

export function formatQuoted(text: string, flags: Flags): string {
  const cut = truncate(text, flags);
  if (flags.sharp && canBackquote(cut)) return pad(`\`${cut}\``, flags);
  return pad(goQuote(cut, flags.plus), flags);
}

/** %x and %X of text or bytes: two digits a byte, apart with the space flag, each with 0x with the sharp flag too. */
export function formatHex(value: string | Uint8Array, flags: Flags, upper: boolean): string {
  const bytes = typeof value === "string" ? toBytes(value) : value;
  const count = Math.min(flags.precision ?? bytes.length, bytes.length);
  if (count === 0) return (flags.zero && !flags.minus ? "0" : " ").repeat(flags.width ?? 0);
  const digits = Array.from(bytes.subarray(0, count), (byte) => byte.toString(16).padStart(2, "0"));
  const prefix = flags.sharp ? "0x" : "";
  const text = flags.space ? digits.map((pair) => prefix + pair).join(" ") : prefix + digits.join("");
  return pad(upper ? text.toUpperCase() : text, flags);
}

/** An integer in a base, with Go's rules for precision, zero padding and prefixes. */
export function formatInteger(value: number | bigint, base: 2 | 8 | 10 | 16, verb: string, flags: Flags): string {
  const isNegative = value < 0;
  let digits = (isNegative ? -value : value).toString(base);
  let least = 0;
  if (flags.precision !== undefined) {
    if (flags.precision === 0 && digits === "0") return padding(flags);
    least = flags.precision;
  } else if (flags.zero && !flags.minus && flags.width !== undefined) {
    least = flags.width - (isNegative || flags.plus || flags.space ? 1 : 0);
  }
  digits = digits.padStart(least, "0");
  if (flags.sharp) {
    if (base === 2) digits = `0b${digits}`;
    if (base === 8 && !digits.startsWith("0")) digits = `0${digits}`;
    if (base === 16) digits = `0x${digits}`;
  }
  if (verb === "X") digits = digits.toUpperCase();
  if (verb === "O") digits = `0o${digits}`;
  const sign = isNegative ? "-" : flags.plus ? "+" : flags.space ? " " : "";
  return pad(sign + digits, flags, false);
}

export function formatUnicode(value: number | bigint, flags: Flags): string {
  const unsigned = BigInt.asUintN(64, BigInt(value));
  const hex = unsigned
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(flags.precision ?? 4, 4), "0");
  const rune = unsigned <= 0x10ffffn ? Number(unsigned) : -1;
  const shown = flags.sharp && rune >= 0 && isPrint(rune) ? ` '${String.fromCodePoint(rune)}'` : "";
  return pad(`U+${hex}${shown}`, flags, false);
}

function runeFor(value: number | bigint): number {
  const unsigned = BigInt.asUintN(64, BigInt(value));
  const rune = unsigned > 0x10ffffn ? 0xfffd : Number(unsigned);
  return rune >= 0xd800 && rune <= 0xdfff ? 0xfffd : rune;
}

export function formatRune(value: number | bigint, flags: Flags): string {
  return pad(String.fromCodePoint(runeFor(value)), flags);
}

export function formatQuotedRune(value: number | bigint, flags: Flags): string {
  return pad(quoteRune(runeFor(value), flags.plus), flags);
}

/** A float by verb; `precision` is the verb's own where none is given. */
export function formatFloatVerb(value: number, bits: 32 | 64, verb: string, precision: number, flags: Flags): string {
  const places = flags.precision ?? precision;
  let text = formatFloat(value, verb === "v" ? "g" : verb, places, bits);
  let sign = "+";
  if (text.startsWith("-") || text.startsWith("+")) {
    sign = text.charAt(0);
    text = text.slice(1);
  }
  if (flags.space && sign === "+" && !flags.plus) sign = " ";
  if (text === "Inf" || text === "NaN") return infinite(text, sign, flags);
  if (flags.sharp && verb !== "b") text = withPoint(text, verb, places);
  const showsSign = flags.plus || sign !== "+";
  if (!showsSign) return pad(text, flags);
  if (flags.zero && !flags.minus && flags.width !== undefined && flags.width > text.length + 1) {
    return sign + text.padStart(flags.width - 1, "0");
  }
  return pad(sign + text, flags);
}

function infinite(text: string, sign: string, flags: Flags): string {
  if (text === "NaN" && !flags.space && !flags.plus) return pad(text, flags, false);
  const showsSign = flags.plus || sign !== "+" || text === "NaN";
  return pad(
    showsSign || text === "Inf" ? (sign === "+" && !flags.plus ? `+${text}` : sign + text) : text,
    flags,
    false,
  );
}

/** The sharp flag: a decimal point always, and for %g the zeros up to the precision. */
function withPoint(text: string, verb: string, places: number): string {
  const isHex = verb === "x" || verb === "X";
  const tailAt = text.search(isHex ? /[pP]/ : /[eE]/);
  const tail = tailAt < 0 ? "" : text.slice(tailAt);
  let body = tailAt < 0 ? text : text.slice(0, tailAt);
  let wanted = "vgGx".includes(verb) ? (places === -1 ? 6 : places) : 0;
  // fmt counts the x of 0x as a digit.
  wanted -= body.replace(".", "").replace(/^0+/, "").length;
  if (!body.includes(".")) {
    // A lone zero counts as a digit.
    if (body === "0") wanted--;
    body += ".";
  }
  return body + "0".repeat(Math.max(wanted, 0)) + tail;
}
