import { BOM, isBreak } from "../scan/chars.ts";
import { isPrintable, type Dialect } from "./analysis.ts";

/**
 * Text in the making, with the column libyaml's folding goes by. Columns count characters, not UTF-16 units.
 */
export class Output {
  text = "";
  column = 0;

  /** Adds text without line breaks and outside the basic plane. */
  put(text: string): void {
    this.text += text;
    this.column += text.length;
  }

  newline(): void {
    this.text += "\n";
    this.column = 0;
  }

  indent(columns: number): void {
    if (this.column >= columns) return;
    this.put(" ".repeat(columns - this.column));
  }

  /** A new line that begins at this column. */
  lineAt(columns: number): void {
    this.text += `\n${" ".repeat(columns)}`;
    this.column = columns;
  }
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0, "\\0"],
  [7, "\\a"],
  [8, "\\b"],
  [9, "\\t"],
  [10, "\\n"],
  [11, "\\v"],
  [12, "\\f"],
  [13, "\\r"],
  [27, "\\e"],
  [34, '\\"'],
  [92, "\\\\"],
  [0x85, "\\N"],
  [0xa0, "\\_"],
  [0x2028, "\\L"],
  [0x2029, "\\P"],
]);

function escapeOf(code: number): string {
  const short = ESCAPES.get(code);
  if (short !== undefined) return short;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** How lines may be broken: at spaces once the column is beyond `width`, continued at `indent`. Width Infinity: never. */
export interface Folding {
  readonly width: number;
  readonly indent: number;
}

/** Characters of a text, for the column; only texts with surrogates have fewer than their length. */
function columnsOf(text: string): number {
  let columns = text.length;
  for (let index = 0; index < text.length; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800) columns--;
  }
  return columns;
}

/**
 * Writes a plain scalar of one line, folded at single spaces. A break may not come next to another space, or it would not read back.
 */
export function writePlain(output: Output, value: string, folding: Folding): void {
  if (output.column + value.length <= folding.width) {
    output.text += value;
    output.column += columnsOf(value);
    return;
  }
  writeFolded(output, value, folding, false);
}

/** The words of plain and single-quoted scalars; in quotes the first and last character may not be a break. */
function writeFolded(output: Output, value: string, folding: Folding, isQuoted: boolean): void {
  let from = 0;
  let isAfterSpace = false;
  for (let at = value.indexOf(" "); at >= 0; at = value.indexOf(" ", at + 1)) {
    const word = value.slice(from, at);
    output.text += word;
    output.column += columnsOf(word);
    if (word !== "") isAfterSpace = false;
    const isEdge = isQuoted && (at === 0 || at === value.length - 1);
    if (output.column > folding.width && !isAfterSpace && !isEdge && value.charCodeAt(at + 1) !== 32) {
      output.lineAt(folding.indent);
    } else {
      output.put(" ");
    }
    isAfterSpace = true;
    from = at + 1;
  }
  const rest = value.slice(from);
  output.text += rest;
  output.column += columnsOf(rest);
}

/** Writes a scalar in single quotes; line breaks inside are doubled, as reading folds them. */
export function writeSingleQuoted(output: Output, value: string, folding: Folding): void {
  output.put("'");
  const escaped = value.replaceAll("'", "''");
  if (!/[\n\u2028\u2029]/.test(value)) writeFolded(output, escaped, folding, true);
  else writeSingleLines(output, escaped, folding);
  output.put("'");
}

function writeSingleLines(output: Output, escaped: string, folding: Folding): void {
  let from = 0;
  while (from < escaped.length) {
    const isAtBreak = isBreak(escaped.charCodeAt(from));
    let to = from + 1;
    while (to < escaped.length && isBreak(escaped.charCodeAt(to)) === isAtBreak) to++;
    const part = escaped.slice(from, to);
    if (isAtBreak) {
      if (part.startsWith("\n")) output.newline();
      output.text += part;
      output.column = 0;
      output.indent(to < escaped.length ? folding.indent : 0);
    } else {
      writeFolded(output, part, folding, from === 0);
    }
    from = to;
  }
}

/** Writes a scalar in double quotes with every escape it needs; folded at spaces, with a backslash where another space follows. */
export function writeDoubleQuoted(output: Output, value: string, folding: Folding, dialect: Dialect): void {
  output.put('"');
  // libyaml looks for a BOM at the start of the value whatever character it is at, so one there escapes them all.
  const escapesAll = value.charCodeAt(0) === BOM;
  let isAfterSpace = false;
  let from = 0;
  const flush = (to: number): void => {
    output.text += value.slice(from, to);
  };
  for (let index = 0; index < value.length; index++) {
    const code = value.codePointAt(index) as number;
    const size = code > 0xffff ? 2 : 1;
    if (escapesAll || code === 34 || code === 92 || isBreak(code) || !isPrintable(code, dialect)) {
      flush(index);
      output.put(escapeOf(code));
      from = index + size;
      isAfterSpace = false;
    } else if (code === 32) {
      const isEdge = index === 0 || index === value.length - 1;
      if (!isAfterSpace && output.column > folding.width && !isEdge) {
        flush(index);
        output.lineAt(folding.indent);
        if (value.charCodeAt(index + 1) === 32) output.put("\\");
        from = index + 1;
      } else {
        output.column++;
      }
      isAfterSpace = true;
    } else {
      output.column++;
      isAfterSpace = false;
    }
    index += size - 1;
  }
  flush(value.length);
  output.put('"');
}

/** What stands behind `|` or `>`: the indentation where the content begins with white space, and how trailing breaks are kept. */
export function blockHints(value: string, indentStep: number): string {
  const first = value.charCodeAt(0);
  const indentHint = first === 32 || isBreak(first) ? String(indentStep) : "";
  const last = value.charCodeAt(value.length - 1);
  if (value === "" || !isBreak(last)) return `${indentHint}-`;
  return value.length === 1 || isBreak(value.charCodeAt(value.length - 2)) ? `${indentHint}+` : indentHint;
}

/** Writes the lines of a literal scalar behind its header; leaves the output at the start of a line if the content ends in a break. */
export function writeLiteralLines(output: Output, value: string, indent: number): void {
  output.newline();
  const padding = " ".repeat(indent);
  let from = 0;
  while (from < value.length) {
    let to = from;
    while (to < value.length && !isBreak(value.charCodeAt(to))) to++;
    if (to > from) {
      output.text += padding + value.slice(from, to);
      output.column = indent + to - from;
    }
    if (to < value.length) {
      output.text += value.charAt(to);
      output.column = 0;
    }
    from = to + 1;
  }
}
