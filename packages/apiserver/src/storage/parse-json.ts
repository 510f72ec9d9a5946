import type { Json } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";

const BACKSLASH = 0x5c;

/**
 * JSON.parse but for keys that are written with an escape. V8 14.6 (Node 26.10) reads such a key as `\` where an object with the
 * key `\` and the same keys before it was ever made, which would corrupt other people's objects. Texts with such keys, which are
 * rare, are left to YAML's reader: it reads JSON too.
 * @throws SyntaxError; ProblemError for a text with such keys
 */
export function parseJson(text: string): Json {
  return text.includes("\\") && hasEscapedKey(text) ? decodeYaml(text) : (JSON.parse(text) as Json);
}

function hasEscapedKey(text: string): boolean {
  const colon = /\s*:/y;
  let escape = -1;
  for (let start = text.indexOf('"'); start >= 0;) {
    const end = endOfString(text, start);
    if (escape < start) escape = text.indexOf("\\", start);
    if (escape < 0) return false;
    colon.lastIndex = end + 1;
    if (escape < end && colon.test(text)) return true;
    start = text.indexOf('"', end + 1);
  }
  return false;
}

/** Index of the quote that ends the string which begins at `start`; the end of the text for one that does not end. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
