import { hasEscapedKey, readEscapedKeys } from "@fairlead/base";

/** A number of 16 digits or more may not fit a double. */
const LONG_DIGITS = 16;
const LONG_NUMBER = /[:[,]\s*-?\d{16}/;

/** JSON as the API sends it; integers beyond 2^53 come as bigint, so that they go back unchanged. @throws SyntaxError */
export function parseJson(bytes: Buffer): unknown {
  return parseJsonText(bytes.toString("utf8"));
}

export function parseJsonText(text: string): unknown {
  const isLong = hasLongDigits(text) && LONG_NUMBER.test(text);
  const value: unknown = isLong ? JSON.parse(text, keepLongIntegers) : JSON.parse(text);
  // V8 may have taken such a key for another (see parseJson of base).
  return hasEscapedKey(text) ? readEscapedKeys(text, readWord) : value;
}

function readWord(word: string): unknown {
  return keepLongIntegers("", JSON.parse(word), { source: word });
}

/** Any 16 digits in a row hold one at a multiple of 16, so few characters have to be looked at. */
function hasLongDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += LONG_DIGITS) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) continue;
    let [from, to] = [at, at + 1];
    while (isDigit(text, from - 1)) from--;
    while (isDigit(text, to)) to++;
    if (to - from >= LONG_DIGITS) return true;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function keepLongIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** JSON text of a value that may hold bigints. */
export function encodeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError) || !error.message.includes("BigInt")) throw error;
    return JSON.stringify(value, writeBigInts);
  }
}

function writeBigInts(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? rawJson(value.toString()) : value;
}

/** Younger than TypeScript's library. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
