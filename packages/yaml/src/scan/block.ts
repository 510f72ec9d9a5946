import { isBlank, isBreak, isBreakOrEnd, isDigit, NUL, SPACE, TAB } from "./chars.ts";
import type { Cursor } from "./cursor.ts";
import type { Mark } from "./fault.ts";
import type { ScalarText } from "./plain.ts";

const PLUS = 43;
const MINUS = 45;
const HASH = 35;

interface Header {
  chomping: number;
  increment: number;
}

/** The columns content is indented by: unknown (0) until the first line that is not empty. */
interface Indentation {
  columns: number;
  endOffset: number;
}

/**
 * Reads a literal (`|`) or folded (`>`) scalar, the cursor standing on the indicator; leaves it at the start of the line behind.
 * `onHeader` is called where the header's comment may stand (the v3 reader keeps those).
 */
export function readBlock(
  cursor: Cursor,
  isLiteral: boolean,
  answer: ScalarText,
  onHeader?: (start: Mark) => void,
): void {
  const startMark = cursor.mark();
  cursor.pos++;
  const header = readHeader(cursor, startMark);
  passHeaderEnd(cursor, startMark, onHeader);
  const indentation: Indentation = { columns: indentFrom(header.increment, cursor.indent), endOffset: cursor.pos };
  let trailing = passIndentation(cursor, indentation, startMark);
  let value = "";
  let leading = "";
  let leadingBlank = false;
  const { text } = cursor;
  while (cursor.column === indentation.columns && text.charCodeAt(cursor.pos) !== NUL) {
    const blank = isBlank(text.charCodeAt(cursor.pos));
    if (!isLiteral && !leadingBlank && !blank && leading.charCodeAt(0) === 10) {
      if (trailing === "") value += " ";
    } else {
      value += leading;
    }
    value += trailing;
    leadingBlank = blank;
    const from = cursor.pos;
    cursor.pos = lineEnd(text, from);
    value += text.slice(from, cursor.pos);
    leading = text.charCodeAt(cursor.pos) === NUL ? "" : cursor.readBreak();
    trailing = passIndentation(cursor, indentation, startMark);
  }
  if (header.chomping >= 0) value += leading;
  if (header.chomping > 0) value += trailing;
  answer.value = value;
  answer.end = indentation.endOffset;
  answer.crossedLine = true;
}

function lineEnd(text: string, from: number): number {
  let pos = from;
  for (; ; pos++) {
    const code = text.charCodeAt(pos);
    if ((code <= 13 || code === 0x85 || code >= 0x2028) && isBreakOrEnd(code)) return pos;
  }
}

function indentFrom(increment: number, parentIndent: number): number {
  return increment === 0 ? 0 : Math.max(parentIndent, 0) + increment;
}

/** Chomping indicator and indentation digit, in either order. */
function readHeader(cursor: Cursor, startMark: Mark): Header {
  const header: Header = { chomping: 0, increment: 0 };
  if (readChomping(cursor, header)) readIncrement(cursor, header, startMark);
  else if (readIncrement(cursor, header, startMark)) readChomping(cursor, header);
  return header;
}

function readChomping(cursor: Cursor, header: Header): boolean {
  const code = cursor.text.charCodeAt(cursor.pos);
  if (code !== PLUS && code !== MINUS) return false;
  header.chomping = code === PLUS ? 1 : -1;
  cursor.pos++;
  return true;
}

function readIncrement(cursor: Cursor, header: Header, startMark: Mark): boolean {
  const code = cursor.text.charCodeAt(cursor.pos);
  if (!isDigit(code)) return false;
  if (code === 48) throw cursor.fault("found an indentation indicator equal to 0", startMark);
  header.increment = code - 48;
  cursor.pos++;
  return true;
}

function passHeaderEnd(cursor: Cursor, startMark: Mark, onHeader: ((start: Mark) => void) | undefined): void {
  const { text } = cursor;
  while (isBlank(text.charCodeAt(cursor.pos))) cursor.pos++;
  if (text.charCodeAt(cursor.pos) === HASH) {
    onHeader?.(startMark);
    cursor.pos = lineEnd(text, cursor.pos);
  }
  const code = text.charCodeAt(cursor.pos);
  if (!isBreakOrEnd(code)) throw cursor.fault("did not find expected comment or line break", startMark);
  if (isBreak(code)) cursor.passBreak();
}

/** Passes indentation and empty lines; returns the breaks of the latter. Finds the indentation out where it is not known yet. */
function passIndentation(cursor: Cursor, indentation: Indentation, startMark: Mark): string {
  const { text } = cursor;
  let breaks = "";
  let widest = 0;
  indentation.endOffset = cursor.pos;
  for (;;) {
    const known = indentation.columns;
    while ((known === 0 || cursor.column < known) && text.charCodeAt(cursor.pos) === SPACE) cursor.pos++;
    if (cursor.column > widest) widest = cursor.column;
    const code = text.charCodeAt(cursor.pos);
    if ((known === 0 || cursor.column < known) && code === TAB) {
      throw cursor.fault("found a tab character where an indentation space is expected", startMark);
    }
    if (!isBreak(code)) break;
    breaks += cursor.readBreak();
    indentation.endOffset = cursor.pos;
  }
  if (indentation.columns === 0) indentation.columns = Math.max(widest, cursor.indent + 1, 1);
  return breaks;
}
