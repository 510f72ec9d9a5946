import { hexValue, isBlank, isBreak, isSpaceOrEnd, NUL } from "./chars.ts";
import type { Cursor } from "./cursor.ts";
import type { Mark } from "./fault.ts";
import { folded, type ScalarText } from "./plain.ts";

const SINGLE_QUOTE = 39;
const DOUBLE_QUOTE = 34;
const BACKSLASH = 92;

/** Escapes of one letter; `\x`, `\u` and `\U` are read apart. */
const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\u0007",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\u001b",
  " ": " ",
  '"': '"',
  "'": "'",
  "\\": "\\",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};

const ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Reads a scalar in single or double quotes, the cursor standing on the opening one. */
export function readQuoted(cursor: Cursor, isSingle: boolean, answer: ScalarText): void {
  const { text } = cursor;
  const startMark = cursor.mark();
  const quote = isSingle ? SINGLE_QUOTE : DOUBLE_QUOTE;
  cursor.pos++;
  let value = "";
  for (;;) {
    if (cursor.isDocumentMarker()) throw cursor.fault("found unexpected document indicator", startMark);
    if (text.charCodeAt(cursor.pos) === NUL) throw cursor.fault("found unexpected end of stream", startMark);
    value += isSingle ? singleRun(cursor) : doubleRun(cursor, startMark);
    if (text.charCodeAt(cursor.pos) === quote) break;
    value += quotedBlanks(cursor);
  }
  cursor.pos++;
  answer.value = value;
  answer.end = cursor.pos;
  answer.crossedLine = false;
}

/** Content up to the closing quote or a character after which folding is to be looked at. Spaces inside a line are taken along. */
function singleRun(cursor: Cursor): string {
  const { text } = cursor;
  let value = "";
  let from = cursor.pos;
  let pos = from;
  for (; ; pos++) {
    const code = text.charCodeAt(pos);
    if (code === SINGLE_QUOTE) {
      if (text.charCodeAt(pos + 1) !== SINGLE_QUOTE) break;
      value += text.slice(from, pos + 1);
      pos++;
      from = pos + 1;
    } else if (code <= 32 || code === 0x85 || code >= 0x2028) {
      if (isSpaceOrEnd(code) && !isSpaceInsideLine(text, pos)) break;
    }
  }
  cursor.pos = pos;
  return value + text.slice(from, pos);
}

/** A blank that is followed by content of the same line: it is kept, so the run need not stop for it. */
function isSpaceInsideLine(text: string, pos: number): boolean {
  return isBlank(text.charCodeAt(pos)) && !isSpaceOrEnd(text.charCodeAt(pos + 1));
}

function doubleRun(cursor: Cursor, startMark: Mark): string {
  const { text } = cursor;
  let value = "";
  let from = cursor.pos;
  for (;;) {
    const pos = cursor.pos;
    const code = text.charCodeAt(pos);
    if (code === DOUBLE_QUOTE) break;
    if (code === BACKSLASH) {
      value += text.slice(from, pos);
      if (isBreak(text.charCodeAt(pos + 1))) {
        cursor.pos++;
        return value + escapedBreak(cursor);
      }
      value += readEscape(cursor, startMark);
      from = cursor.pos;
    } else if ((code <= 32 || code === 0x85 || code >= 0x2028) && isSpaceOrEnd(code)) {
      if (!isSpaceInsideLine(text, pos)) break;
      cursor.pos++;
    } else {
      cursor.pos++;
    }
  }
  return value + text.slice(from, cursor.pos);
}

function readEscape(cursor: Cursor, startMark: Mark): string {
  const { text } = cursor;
  const letter = text.charAt(cursor.pos + 1);
  const plain = ESCAPES[letter];
  if (plain !== undefined) {
    cursor.pos += 2;
    return plain;
  }
  const digits = ESCAPE_DIGITS[letter];
  if (digits === undefined) throw cursor.fault("found unknown escape character", startMark);
  cursor.pos += 2;
  let code = 0;
  for (let index = 0; index < digits; index++) {
    const digit = hexValue(text.charCodeAt(cursor.pos + index));
    if (digit < 0) throw cursor.fault("did not find expected hexdecimal number", startMark);
    code = code * 16 + digit;
  }
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) {
    throw cursor.fault("found invalid Unicode character escape code", startMark);
  }
  cursor.pos += digits;
  return String.fromCodePoint(code);
}

/** A backslash at the line's end: the break and the next line's leading blanks vanish, further breaks stay. */
function escapedBreak(cursor: Cursor): string {
  cursor.passBreak();
  let breaks = "";
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.pos);
    if (isBreak(code)) breaks += cursor.readBreak();
    else if (isBlank(code)) cursor.pos++;
    else return breaks;
  }
}

/** White space between two runs: blanks of one line as they are, line breaks folded. */
function quotedBlanks(cursor: Cursor): string {
  const { text } = cursor;
  const from = cursor.pos;
  let breaks = "";
  for (;;) {
    const code = text.charCodeAt(cursor.pos);
    if (isBreak(code)) breaks += cursor.readBreak();
    else if (isBlank(code)) cursor.pos++;
    else break;
  }
  return breaks === "" ? text.slice(from, cursor.pos) : folded(breaks);
}
