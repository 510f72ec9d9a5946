import { CR, isBreak, LF } from "./chars.ts";
import { SyntaxFault, type Mark } from "./fault.ts";
import type { Source } from "./source.ts";

/** Where the scanner stands, and what its scalar readers need to know of the surroundings. */
export class Cursor {
  readonly source: Source;
  /** The text with a NUL behind it. */
  readonly text: string;
  pos: number;
  /** From 0. */
  line: number;
  lineStart: number;
  /** Column of the block collection that is open, -1 at the top. */
  indent = -1;
  flowLevel = 0;
  /** Whether an implicit key may begin here: at line starts, after `- `, `? `, `[`, `{` and `,`. */
  keyAllowed = true;

  constructor(source: Source, pos: number, line: number) {
    this.source = source;
    this.text = source.text;
    this.pos = pos;
    this.line = line;
    this.lineStart = pos;
  }

  get column(): number {
    return this.pos - this.lineStart;
  }

  mark(): Mark {
    return { offset: this.pos, line: this.line, column: this.pos - this.lineStart };
  }

  fault(problem: string, context: Mark): SyntaxFault {
    return new SyntaxFault("scanner", problem, this.mark(), context);
  }

  /** Passes one line break; CR LF is one. */
  passBreak(): void {
    const code = this.text.charCodeAt(this.pos);
    if (!isBreak(code)) return;
    this.pos += code === CR && this.text.charCodeAt(this.pos + 1) === LF ? 2 : 1;
    this.line++;
    this.lineStart = this.pos;
  }

  /** Passes one line break and returns what it stands for in a scalar: LF, or the Unicode separator itself. */
  readBreak(): string {
    const code = this.text.charCodeAt(this.pos);
    this.passBreak();
    return code > 0xff ? String.fromCharCode(code) : "\n";
  }

  /** Whether `---` or `...` stands at the start of the line here, which ends any scalar. */
  isDocumentMarker(): boolean {
    if (this.pos !== this.lineStart) return false;
    const { text, pos } = this;
    const code = text.charCodeAt(pos);
    if (code !== 45 && code !== 46) return false;
    if (text.charCodeAt(pos + 1) !== code || text.charCodeAt(pos + 2) !== code) return false;
    const after = text.charCodeAt(pos + 3);
    return after <= 32 ? after === 32 || after === 10 || after === 13 || after === 9 || after === 0 : isBreak(after);
  }
}
