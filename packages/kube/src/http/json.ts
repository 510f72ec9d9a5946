import { decodeYaml } from "@fairlead/yaml";

/** A number of 16 digits or more may not fit a double. */
const LONG_DIGITS = 16;
const LONG_NUMBER = /[:[,]\s*-?\d{16}/;

/**
 * A key of one character that is written with an escape. V8 14.6 (Node 26) reads it as `\` wherever an object with the key `\` and
 * the same keys before it was ever made, so one tenant's object could rename another's fields. YAML's reader reads JSON too; texts
 * with such keys are next to none.
 */
const ESCAPED_KEY = /"\\(?:u[0-9a-fA-F]{4}|[^u])"\s*:/;

/** JSON as the API sends it; integers beyond 2^53 come as bigint, so that they go back unchanged. @throws SyntaxError */
export function parseJson(bytes: Buffer): unknown {
  return parseJsonText(bytes.toString("utf8"));
}

export function parseJsonText(text: string): unknown {
  if (text.includes("\\") && ESCAPED_KEY.test(text)) return decodeEscapedKeys(text);
  const isLong = hasLongDigits(text) && LONG_NUMBER.test(text);
  return isLong ? (JSON.parse(text, keepLongIntegers) as unknown) : (JSON.parse(text) as unknown);
}

/** JSON.parse refuses what is no JSON, of which YAML allows much, such as a second value after the first. */
function decodeEscapedKeys(text: string): unknown {
  JSON.parse(text);
  return decodeYaml(text);
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
