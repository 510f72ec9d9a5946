import { hexValue, isBlank, isBreakOrEnd, isDigit, isSpaceOrEnd, isWord } from "./chars.ts";
import type { Cursor } from "./cursor.ts";
import type { Mark } from "./fault.ts";

const BANG = 33;
const PERCENT = 37;
const VERSION_DIGITS_MAX = 2;

/** Characters that may stand behind an anchor or alias without a space. */
const AFTER_ANCHOR = new Set(Array.from("?:,]}%@`", (char) => char.charCodeAt(0)));

/** Characters of a tag besides letters, digits, `-` and `_`. */
const TAG_CHARS = new Set(Array.from(";/?:@&=+$,.!~*'()[]%", (char) => char.charCodeAt(0)));

/** Reads the name behind `&` or `*`. */
export function readAnchorName(cursor: Cursor): string {
  const startMark = cursor.mark();
  const { text } = cursor;
  const from = ++cursor.pos;
  while (isWord(text.charCodeAt(cursor.pos))) cursor.pos++;
  const after = text.charCodeAt(cursor.pos);
  if (cursor.pos === from || !(isSpaceOrEnd(after) || AFTER_ANCHOR.has(after))) {
    throw cursor.fault("did not find expected alphabetic or numeric character", startMark);
  }
  return text.slice(from, cursor.pos);
}

export interface TagText {
  handle: string;
  suffix: string;
}

/** Reads `!`, `!local`, `!!core`, `!handle!name` or `!<verbatim>`; the handle is empty for the last and for a lone `!`. */
export function readTag(cursor: Cursor): TagText {
  const startMark = cursor.mark();
  const { text } = cursor;
  let tag: TagText;
  if (text.charCodeAt(cursor.pos + 1) === 60) {
    cursor.pos += 2;
    tag = { handle: "", suffix: readUri(cursor, "", startMark) };
    if (text.charCodeAt(cursor.pos) !== 62) throw cursor.fault("did not find the expected '>'", startMark);
    cursor.pos++;
  } else {
    tag = readShorthand(cursor, startMark);
  }
  if (!isSpaceOrEnd(text.charCodeAt(cursor.pos))) {
    throw cursor.fault("did not find expected whitespace or line break", startMark);
  }
  return tag;
}

function readShorthand(cursor: Cursor, startMark: Mark): TagText {
  const handle = readHandle(cursor, false, startMark);
  if (handle.length > 1 && handle.endsWith("!")) return { handle, suffix: readUri(cursor, "", startMark) };
  const suffix = readUri(cursor, handle, startMark);
  return suffix === "" ? { handle: "", suffix: "!" } : { handle: "!", suffix };
}

function readHandle(cursor: Cursor, isDirective: boolean, startMark: Mark): string {
  const { text } = cursor;
  if (text.charCodeAt(cursor.pos) !== BANG) throw cursor.fault("did not find expected '!'", startMark);
  const from = cursor.pos++;
  while (isWord(text.charCodeAt(cursor.pos))) cursor.pos++;
  if (text.charCodeAt(cursor.pos) === BANG) cursor.pos++;
  else if (isDirective && cursor.pos - from > 1) throw cursor.fault("did not find expected '!'", startMark);
  return text.slice(from, cursor.pos);
}

/** Reads a tag's characters with `%xx` decoded; `handle` is what was read as a handle and turned out to be part of the tag. */
function readUri(cursor: Cursor, handle: string, startMark: Mark): string {
  const { text } = cursor;
  let uri = handle.slice(1);
  let isFound = handle !== "";
  for (;;) {
    const code = text.charCodeAt(cursor.pos);
    if (code === PERCENT) uri += readUriEscape(cursor, startMark);
    else if (isWord(code) || TAG_CHARS.has(code)) uri += text.charAt(cursor.pos++);
    else break;
    isFound = true;
  }
  if (!isFound) throw cursor.fault("did not find expected tag URI", startMark);
  return uri;
}

function readUriEscape(cursor: Cursor, startMark: Mark): string {
  const bytes: number[] = [];
  let length = 1;
  while (bytes.length < length) {
    const high = hexValue(cursor.text.charCodeAt(cursor.pos + 1));
    const low = hexValue(cursor.text.charCodeAt(cursor.pos + 2));
    if (cursor.text.charCodeAt(cursor.pos) !== PERCENT || high < 0 || low < 0) {
      throw cursor.fault("did not find URI escaped octet", startMark);
    }
    const octet = high * 16 + low;
    if (bytes.length === 0) {
      length = utf8Length(octet);
      if (length === 0) throw cursor.fault("found an incorrect leading UTF-8 octet", startMark);
    } else if ((octet & 0xc0) !== 0x80) {
      throw cursor.fault("found an incorrect trailing UTF-8 octet", startMark);
    }
    bytes.push(octet);
    cursor.pos += 3;
  }
  return Buffer.from(bytes).toString("utf8");
}

function utf8Length(octet: number): number {
  if (octet < 0x80) return 1;
  if ((octet & 0xe0) === 0xc0) return 2;
  if ((octet & 0xf0) === 0xe0) return 3;
  return (octet & 0xf8) === 0xf0 ? 4 : 0;
}

export type Directive =
  | { readonly name: "YAML"; readonly major: number; readonly minor: number; readonly end: number }
  | { readonly name: "TAG"; readonly handle: string; readonly prefix: string; readonly end: number };

/** Reads a `%YAML` or `%TAG` line, the break included. Any other directive is refused, as libyaml does. */
export function readDirective(cursor: Cursor): Directive {
  const startMark = cursor.mark();
  cursor.pos++;
  const name = readDirectiveName(cursor, startMark);
  let directive: Directive;
  if (name === "YAML") directive = readVersion(cursor, startMark);
  else if (name === "TAG") directive = readTagDirective(cursor, startMark);
  else throw cursor.fault("found unknown directive name", startMark);
  passRestOfLine(cursor, startMark);
  return directive;
}

function readDirectiveName(cursor: Cursor, startMark: Mark): string {
  const { text } = cursor;
  const from = cursor.pos;
  while (isWord(text.charCodeAt(cursor.pos))) cursor.pos++;
  if (cursor.pos === from) throw cursor.fault("could not find expected directive name", startMark);
  if (!isSpaceOrEnd(text.charCodeAt(cursor.pos))) {
    throw cursor.fault("found unexpected non-alphabetical character", startMark);
  }
  return text.slice(from, cursor.pos);
}

function readVersion(cursor: Cursor, startMark: Mark): Directive {
  passBlanks(cursor);
  const major = readVersionNumber(cursor, startMark);
  if (cursor.text.charCodeAt(cursor.pos) !== 46) {
    throw cursor.fault("did not find expected digit or '.' character", startMark);
  }
  cursor.pos++;
  const minor = readVersionNumber(cursor, startMark);
  return { name: "YAML", major, minor, end: cursor.pos };
}

function readVersionNumber(cursor: Cursor, startMark: Mark): number {
  const from = cursor.pos;
  let value = 0;
  for (let code = cursor.text.charCodeAt(from); isDigit(code); code = cursor.text.charCodeAt(cursor.pos)) {
    if (cursor.pos - from === VERSION_DIGITS_MAX) throw cursor.fault("found extremely long version number", startMark);
    value = value * 10 + code - 48;
    cursor.pos++;
  }
  if (cursor.pos === from) throw cursor.fault("did not find expected version number", startMark);
  return value;
}

function readTagDirective(cursor: Cursor, startMark: Mark): Directive {
  passBlanks(cursor);
  const handle = readHandle(cursor, true, startMark);
  if (!isBlank(cursor.text.charCodeAt(cursor.pos))) throw cursor.fault("did not find expected whitespace", startMark);
  passBlanks(cursor);
  const prefix = readUri(cursor, "", startMark);
  if (!isSpaceOrEnd(cursor.text.charCodeAt(cursor.pos))) {
    throw cursor.fault("did not find expected whitespace or line break", startMark);
  }
  return { name: "TAG", handle, prefix, end: cursor.pos };
}

function passBlanks(cursor: Cursor): void {
  while (isBlank(cursor.text.charCodeAt(cursor.pos))) cursor.pos++;
}

function passRestOfLine(cursor: Cursor, startMark: Mark): void {
  passBlanks(cursor);
  if (cursor.text.charCodeAt(cursor.pos) === 35) {
    while (!isBreakOrEnd(cursor.text.charCodeAt(cursor.pos))) cursor.pos++;
  }
  if (!isBreakOrEnd(cursor.text.charCodeAt(cursor.pos))) {
    throw cursor.fault("did not find expected comment or line break", startMark);
  }
  cursor.passBreak();
}
