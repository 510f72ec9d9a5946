import { setOwn, type Json, type JsonObject } from "./json.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** Shorter slices are copies; longer ones keep the whole text alive. */
const SLICE_LENGTH_MIN = 13;

/**
 * JSON.parse but for keys that are written with an escape. V8 14.6 (Node 26.10) takes such a key for another that an object was ever
 * made with at the same place, when that one is the beginning of how the key is written: `"k:{\"a\":1}"` becomes `k:{\"a\":`. One
 * client's keys could so rename another's. Texts with such keys are read here, at a tenth of the speed.
 * @throws SyntaxError
 */
export function parseJson(text: string): Json {
  const value = JSON.parse(text) as Json;
  return hasEscapedKey(text) ? readEscapedKeys(text, parseWord) : value;
}

/**
 * The slow reader of texts for which `hasEscapedKey` is true and which JSON.parse has read without complaint: nothing is checked here.
 * @param readWord gives the value of a number, true, false or null
 */
export function readEscapedKeys<T>(text: string, readWord: (word: string) => T): Json | T {
  return read(text, readWord as (word: string) => Json);
}

function parseWord(word: string): Json {
  return JSON.parse(word) as Json;
}

/** Whether a key of a JSON text is written with an escape. */
export function hasEscapedKey(text: string): boolean {
  if (!text.includes("\\")) return false;
  let escape = -1;
  for (let start = text.indexOf('"'); start >= 0;) {
    const end = endOfString(text, start);
    if (escape < start) escape = text.indexOf("\\", start);
    if (escape < 0) return false;
    if (escape < end && isKey(text, end)) return true;
    start = text.indexOf('"', end + 1);
  }
  return false;
}

/** Whether a colon follows the quote at `end`. */
function isKey(text: string, end: number): boolean {
  let at = end + 1;
  while (isSpace(text.charCodeAt(at))) at++;
  return text[at] === ":";
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
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

type Container = Json[] | JsonObject;

/** Without recursion: depth is the client's choice. */
function read(text: string, readWord: (word: string) => Json): Json {
  const outer: { container: Container; key: string }[] = [];
  let container: Container | undefined;
  let key = "";
  let at = 0;
  for (;;) {
    let code = text.charCodeAt(at);
    while (isSpace(code) || code === COMMA) code = text.charCodeAt(++at);
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      const above = outer.pop() as { container: Container; key: string };
      if (outer.length === 0) return container as Container;
      ({ container, key } = above);
      at++;
      continue;
    }
    if (container !== undefined && !Array.isArray(container)) {
      const end = endOfString(text, at);
      key = stringAt(text, at, end);
      at = text.indexOf(":", end) + 1;
      code = text.charCodeAt(at);
      while (isSpace(code)) code = text.charCodeAt(++at);
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      const inner: Container = code === OPEN_BRACE ? {} : [];
      if (container !== undefined) put(container, key, inner);
      outer.push({ container: container ?? inner, key });
      container = inner;
      at++;
      continue;
    }
    const end = code === QUOTE ? endOfString(text, at) + 1 : endOfWord(text, at);
    const value = code === QUOTE ? stringAt(text, at, end - 1) : readWord(text.slice(at, end));
    if (container === undefined) return value;
    put(container, key, value);
    at = end;
  }
}

function put(container: Container, key: string, value: Json): void {
  if (Array.isArray(container)) container.push(value);
  else setOwn(container, key, value);
}

function stringAt(text: string, start: number, end: number): string {
  if (end - start < SLICE_LENGTH_MIN) {
    const short = text.slice(start + 1, end);
    if (!short.includes("\\")) return short;
  }
  return JSON.parse(text.slice(start, end + 1)) as string;
}

/** After a number, true, false or null. */
function endOfWord(text: string, start: number): number {
  let end = start;
  for (;;) {
    const code = text.charCodeAt(end);
    if (Number.isNaN(code) || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isSpace(code))
      return end;
    end++;
  }
}
