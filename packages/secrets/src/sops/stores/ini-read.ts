/** INI by the rules of Go's usual reader (go-ini), as sops sets it: sections of one name stay apart, `\` continues a line. */
import { problemError } from "@fairlead/base";
import { trimSpace, trimSpaceStart } from "@fairlead/gotemplate";
import { Branch, Comment, type Entry } from "../tree.ts";

/** What stands before the first header. */
export const DEFAULT_SECTION = "DEFAULT";

/** @throws ProblemError InvalidSopsFile with the line */
export function readIni(text: string, file: string | undefined): Branch {
  return new IniReader(text, file).read();
}

interface Key {
  readonly value: string;
  readonly comment: string;
}

interface Section {
  readonly name: string;
  readonly comment: string;
  readonly keys: Map<string, Key>;
}

class IniReader {
  readonly #lines: readonly string[];
  readonly #file: string | undefined;
  readonly #sections: Section[] = [];
  #section: Section = { name: DEFAULT_SECTION, comment: "", keys: new Map() };
  #next = 0;
  /** Comments waiting for what they stand above, or in one line with. */
  #waiting = "";

  constructor(text: string, file: string | undefined) {
    this.#lines = text.replace(/^\uFEFF/, "").split("\n");
    this.#file = file;
  }

  read(): Branch {
    this.#sections.push(this.#section);
    while (this.#next < this.#lines.length) this.#readLine(trimSpaceStart(this.#take()));
    return new Branch(
      this.#sections.map(({ name, comment, keys }) => ({ key: name, value: new Branch(itemsOf(comment, keys)) })),
    );
  }

  #take(): string {
    return this.#lines[this.#next++] ?? "";
  }

  #readLine(line: string): void {
    if (line === "") return;
    if (/^[#;]/.test(line)) this.#waiting += `${line}\n`;
    else if (line.startsWith("[")) this.#readHeader(line);
    else this.#readEntry(line);
  }

  #readHeader(line: string): void {
    const end = line.lastIndexOf("]");
    if (end < 0) throw this.#fault("a section's header is not closed");
    const name = line.slice(1, end);
    if (name === "") throw this.#fault("empty section name");
    this.#keepComment(line.slice(end + 1));
    this.#section = { name, comment: this.#takeComment(), keys: new Map() };
    this.#sections.push(this.#section);
  }

  /** A key that comes again keeps its place, with the later value and the later comment. */
  #readEntry(line: string): void {
    const [name, rest] = this.#splitKey(line);
    if (name === "-") throw this.#fault("a key named - is numbered by sops' reader, and lost when it is written");
    const value = this.#readValue(trimSpaceStart(rest));
    if (name === "") throw this.#fault("empty key name");
    this.#section.keys.set(name, { value, comment: this.#takeComment() });
  }

  #splitKey(line: string): [name: string, rest: string] {
    const quote = /^(?:"""(?=[^]{3})|["`])/.exec(line)?.[0] ?? "";
    const end = quote === "" ? 0 : line.indexOf(quote, quote.length);
    if (end < 0) throw this.#fault("a key's closing quote is missing");
    const mark = line.slice(end + quote.length).search(/[=:]/);
    if (mark < 0) throw this.#fault("key-value delimiter not found");
    const at = end + quote.length + mark;
    return [trimSpace(quote === "" ? line.slice(0, at) : line.slice(quote.length, end)), line.slice(at + 1)];
  }

  #readValue(start: string): string {
    const quote = /^(?:"""|`)/.exec(start)?.[0] ?? "";
    if (quote !== "") {
      const end = start.lastIndexOf(quote);
      return end < quote.length ? this.#readLines(start.slice(quote.length), quote) : start.slice(quote.length, end);
    }
    const line = trimSpace(start);
    if (line.endsWith("\\")) return this.#readContinued(line.slice(0, -1));
    const mark = line.search(/[#;]/);
    const value = mark < 0 ? line : trimSpace(line.slice(0, mark));
    if (mark >= 0) this.#waiting += line.slice(mark);
    return /^(?:"[^"]*"|'[^']*')$/.test(value) ? value.slice(1, -1) : value;
  }

  /** A continued value is taken as it stands: what looks like a comment or quotes in it is part of it. */
  #readContinued(start: string): string {
    let value = start;
    for (;;) {
      const next = this.#next < this.#lines.length ? trimSpace(this.#take()) : "";
      value += next;
      if (!next.endsWith("\\")) return value;
      value = value.slice(0, -1);
    }
  }

  #readLines(start: string, quote: string): string {
    let value = start;
    while (this.#next < this.#lines.length) {
      const next = this.#take();
      value += "\n";
      const end = next.lastIndexOf(quote);
      if (end < 0 || trimSpace(next.slice(end + quote.length)).endsWith("\\")) value += next;
      else {
        this.#keepComment(next.slice(end));
        return value + next.slice(0, end);
      }
    }
    throw this.#fault("a value's closing quote is missing");
  }

  #keepComment(rest: string): void {
    const mark = rest.search(/[#;]/);
    if (mark >= 0) this.#waiting += trimSpace(rest.slice(mark));
  }

  #takeComment(): string {
    const comment = trimSpace(this.#waiting);
    this.#waiting = "";
    return comment;
  }

  #fault(message: string): Error {
    return problemError("InvalidSopsFile", message, { file: this.#file, line: this.#next });
  }
}

function itemsOf(comment: string, keys: ReadonlyMap<string, Key>): (Entry | Comment)[] {
  const entries = [...keys].flatMap(([key, { value, comment: own }]) => [{ key, value }, ...commentOf(own)]);
  return [...commentOf(comment), ...entries];
}

/** Several lines are one comment; only the first loses its marks. */
function commentOf(text: string): Comment[] {
  if (text === "") return [];
  return [new Comment(text.replace(text.startsWith(";") ? /^[; ]+/ : /^[# ]+/, ""))];
}
