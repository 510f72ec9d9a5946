import { CR, isBlank, isBreak, isSpaceOrEnd, LF, NUL, SPACE, TAB } from "./chars.ts";
import type { Cursor } from "./cursor.ts";

const HASH = 35;
const COMMA = 44;
const COLON = 58;

/** What a scalar reader found: the content, and the offset behind it. `crossedLine`: the cursor now stands on a later line. */
export interface ScalarText {
  value: string;
  end: number;
  crossedLine: boolean;
}

/**
 * Reads a plain scalar and the white space behind it. One object is reused for every answer, so callers copy what they keep.
 * The common case, one line, is one slice of the text.
 */
export function readPlain(cursor: Cursor, answer: ScalarText): void {
  const { text } = cursor;
  const inFlow = cursor.flowLevel > 0;
  const { pos: start, line: startLine, lineStart } = cursor;
  let value = "";
  let breaks = "";
  let blanksAt = cursor.pos;
  let crossedLine = false;
  answer.end = cursor.pos;
  while (!cursor.isDocumentMarker() && text.charCodeAt(cursor.pos) !== 35) {
    const from = cursor.pos;
    const to = contentEnd(text, from, inFlow);
    if (to > from) {
      if (crossedLine) value += folded(breaks);
      else if (from > blanksAt) value += text.slice(blanksAt, from);
      value = value === "" ? text.slice(from, to) : value + text.slice(from, to);
      crossedLine = false;
      breaks = "";
      cursor.pos = to;
      answer.end = to;
    }
    blanksAt = to;
    if (!isSpace(text.charCodeAt(to))) break;
    const seen = passBlanks(cursor, crossedLine);
    if (text.charCodeAt(cursor.pos) === TAB) {
      const context = { offset: start, line: startLine, column: start - lineStart };
      throw cursor.fault("found a tab character that violates indentation", context);
    }
    if (seen !== "") crossedLine = true;
    breaks += seen;
    if (!inFlow && cursor.column <= cursor.indent) break;
  }
  answer.value = value;
  answer.crossedLine = crossedLine;
}

function isSpace(code: number): boolean {
  return isBlank(code) || isBreak(code);
}

/**
 * The end of the content of this line: a line break, a comment, a `: `, or what ends a plain scalar inside `[]` and `{}`. Trailing
 * blanks are not part of it.
 */
function contentEnd(text: string, from: number, inFlow: boolean): number {
  let pos = from;
  for (;;) {
    const code = text.charCodeAt(pos);
    if ((code > 96 && code < 123) || (code > 63 && code < 91)) {
      pos++;
    } else if (code === SPACE || code === TAB) {
      let next = pos + 1;
      while (isBlank(text.charCodeAt(next))) next++;
      const after = text.charCodeAt(next);
      if (after === HASH || isSpaceOrEnd(after)) return pos;
      if (endsPlain(text, next, after, inFlow)) return pos;
      pos = next + 1;
    } else if (endsPlain(text, pos, code, inFlow)) {
      return pos;
    } else {
      pos++;
    }
  }
}

function endsPlain(text: string, pos: number, code: number, inFlow: boolean): boolean {
  if (code === COLON) return isSpaceOrEnd(text.charCodeAt(pos + 1));
  if (code < COLON) return (inFlow && code === COMMA) || code === NUL || code === LF || code === CR;
  return (inFlow && isFlowStop(code)) || (code >= 0x85 && isBreak(code));
}

/** `,` `?` `[` `]` `{` `}`; libyaml stops at a question mark too, wherever it stands. */
function isFlowStop(code: number): boolean {
  return code === 44 || code === 63 || code === 91 || code === 93 || code === 123 || code === 125;
}

/** Passes spaces and breaks; returns the breaks. Stops at a tab that stands where indentation should. */
function passBlanks(cursor: Cursor, crossedBefore: boolean): string {
  const { text } = cursor;
  let breaks = "";
  for (;;) {
    const code = text.charCodeAt(cursor.pos);
    if (isBlank(code)) {
      if (code === TAB && (crossedBefore || breaks !== "") && cursor.column <= cursor.indent) return breaks;
      cursor.pos++;
    } else if (isBreak(code)) {
      breaks += cursor.readBreak();
    } else {
      return breaks;
    }
  }
}

/**
 * What line breaks inside a flow scalar become: one LF is a space, further ones stay. A Unicode separator in first place is kept.
 */
export function folded(breaks: string): string {
  if (breaks.charCodeAt(0) !== 10) return breaks;
  return breaks.length === 1 ? " " : breaks.slice(1);
}
