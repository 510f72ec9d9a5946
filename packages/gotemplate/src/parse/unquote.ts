import { fromBytes, isAscii, toBytes } from "../values/text.ts";

const SIMPLE: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92 };
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

interface Char {
  readonly rune: number;
  /** The escape names one byte, not a rune. */
  readonly isByte: boolean;
  readonly next: number;
}

/** strconv.Unquote of a string literal with its quotes; undefined for invalid syntax. */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  if (literal.startsWith("`")) return body.replaceAll("\r", "");
  if (!body.includes("\\") && !body.includes("\n")) return body;
  const bytes: number[] = [];
  let isText = true;
  let text = "";
  for (let index = 0; index < body.length;) {
    if (body[index] === "\n") return undefined;
    const char = readChar(body, index, '"');
    if (char === undefined) return undefined;
    const piece = char.isByte && char.rune >= 0x80 ? undefined : String.fromCodePoint(char.rune);
    if (piece === undefined && isText) {
      bytes.push(...toBytes(text));
      isText = false;
    }
    if (isText) text += piece;
    else if (piece === undefined) bytes.push(char.rune);
    else bytes.push(...toBytes(piece));
    index = char.next;
  }
  return isText ? text : fromBytes(Uint8Array.from(bytes));
}

/** The rune of a character literal with its quotes, or what Go says of it. */
export function unquoteRune(literal: string): number | string {
  const char = readChar(literal, 1, "'");
  if (char === undefined) return "invalid syntax";
  if (literal.slice(char.next) !== "'") return `malformed character constant: ${literal}`;
  return char.rune;
}

function readChar(text: string, index: number, quote: string): Char | undefined {
  const first = text[index];
  if (first === undefined || first === quote) return undefined;
  if (first !== "\\") {
    const rune = text.codePointAt(index) ?? 0;
    return { rune, isByte: false, next: index + (rune > 0xffff ? 2 : 1) };
  }
  const escape = text[index + 1];
  if (escape === undefined) return undefined;
  const simple = SIMPLE[escape];
  if (simple !== undefined) return { rune: simple, isByte: false, next: index + 2 };
  if (escape === "'" || escape === '"') {
    return escape === quote ? { rune: escape.charCodeAt(0), isByte: false, next: index + 2 } : undefined;
  }
  return readNumericEscape(text, index, escape);
}

function readNumericEscape(text: string, index: number, escape: string): Char | undefined {
  const count = HEX_DIGITS[escape];
  if (count !== undefined) {
    const digits = text.slice(index + 2, index + 2 + count);
    if (digits.length < count || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
    const rune = Number.parseInt(digits, 16);
    if (escape === "x") return { rune, isByte: true, next: index + 2 + count };
    const isValid = rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff);
    return isValid ? { rune, isByte: false, next: index + 2 + count } : undefined;
  }
  const octal = text.slice(index + 1, index + 4);
  if (!/^[0-7]{3}$/.test(octal) || !isAscii(octal)) return undefined;
  const rune = Number.parseInt(octal, 8);
  return rune > 255 ? undefined : { rune, isByte: true, next: index + 4 };
}
