import { isBreak } from "../scan/chars.ts";
import { Output } from "./output.ts";

/**
 * The writing hand of the v3 writer: where it stands, what it may leave out, and the blank line that has to follow a foot comment. The
 * three flags are libyaml's; the order in which they are set decides where line breaks come.
 */
export class Pen {
  readonly output = new Output();
  /** Column of the open collection, -1 at the top. */
  indent = -1;
  /** The last character was white space, so none is needed before the next word. */
  isAfterSpace = true;
  /** Nothing but indentation and indicators has been written on this line. */
  isIndention = true;
  /** A foot comment was written at this column: what follows at the same column is set apart by an empty line. -1: none. */
  footIndent = -1;

  newline(): void {
    this.output.newline();
    this.isIndention = true;
  }

  /** Goes to the column of the open collection, on a new line unless already there. */
  toIndent(): void {
    const indent = Math.max(this.indent, 0);
    const { output } = this;
    if (!this.isIndention || output.column > indent || (output.column === indent && !this.isAfterSpace)) this.newline();
    if (this.footIndent === indent) this.newline();
    output.indent(indent);
    this.isAfterSpace = true;
    this.footIndent = -1;
  }

  indicator(text: string, needsSpace: boolean, leavesSpace = false, isIndention = false): void {
    if (needsSpace) this.space();
    this.output.put(text);
    this.isAfterSpace = leavesSpace;
    this.isIndention = this.isIndention && isIndention;
  }

  /** A space, if none is there. */
  space(): void {
    if (!this.isAfterSpace) this.output.put(" ");
  }

  /** The state behind a word. */
  afterWord(): void {
    this.isAfterSpace = false;
    this.isIndention = false;
  }

  /** Writes comment lines at the open collection's column, with a `#` where one is missing, and ends the line. */
  comment(text: string): void {
    let isLineStart = false;
    let isAfterBreak = false;
    let needsHash = true;
    for (const char of text) {
      if (isBreak(char.codePointAt(0) as number)) {
        this.output.text += char;
        this.output.column = 0;
        this.isIndention = true;
        isAfterBreak = true;
        needsHash = true;
        continue;
      }
      isLineStart = isAfterBreak;
      if (isLineStart) this.toIndent();
      if (needsHash && char !== "#") this.output.put("# ");
      needsHash = false;
      this.output.text += char;
      this.output.column++;
      this.isIndention = false;
      isAfterBreak = false;
    }
    if (!isAfterBreak) this.newline();
    this.isAfterSpace = true;
  }
}
