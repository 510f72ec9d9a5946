/**
 * INI by the rules of Go's usual reader (go-ini): sections in order, comments above a section or key belong to it, `\` continues a
 * line, backquotes and triple quotes hold what else would be a comment. Keys are written aligned.
 */
import { problemError } from "@fairlead/base";
import { Branch, Comment, type Entry, type TreeElement, type TreeValue } from "../tree.ts";
import { flatten, textOf, unflatten } from "./flat.ts";
import { jsonLine } from "./json.ts";
import { METADATA_KEY } from "./nested.ts";
import type { Store } from "./types.ts";

/** What stands before the first header. */
const DEFAULT_SECTION = "DEFAULT";

export function iniStore(): Store {
  return {
    read: (text, file) => [new IniReader(text, file).read()],
    write: ([branch = new Branch([])]) => printIni(branch),
    readSealed(text, file) {
      const read = new IniReader(text, file).read();
      const found = read.get(METADATA_KEY);
      const entries = found instanceof Branch ? found.entries() : undefined;
      // Line ends are written as \n, and by 3.13.0 and 3.13.1 with one more backslash.
      const flat = entries?.map(({ key, value }) => [key, String(value).replaceAll(/\\+n/g, "\n")] as const);
      return { branches: [read.without(METADATA_KEY)], metadata: flat && unflatten(flat, file) };
    },
    writeSealed([branch = new Branch([])], metadata) {
      const flat = flatten(metadata).map(([key, value]) => ({ key, value: value.replaceAll("\n", "\\n") }));
      return printIni(branch.with(METADATA_KEY, new Branch(flat)));
    },
    // One value alone is written as JSON in one line.
    writeValue: (value) => (value instanceof Branch ? printIni(value) : jsonLine(value)),
  };
}

interface Section {
  readonly name: string;
  readonly items: (Entry | Comment)[];
}

class IniReader {
  readonly #lines: readonly string[];
  readonly #file: string | undefined;
  readonly #sections: Section[] = [{ name: DEFAULT_SECTION, items: [] }];
  #next = 0;
  /** Lines of comments waiting for what they stand above. */
  #waiting: string[] = [];

  constructor(text: string, file: string | undefined) {
    this.#lines = text.replace(/^\uFEFF/, "").split("\n");
    this.#file = file;
  }

  read(): Branch {
    while (this.#next < this.#lines.length) this.#readLine((this.#lines[this.#next++] ?? "").trim());
    return new Branch(this.#sections.map(({ name, items }) => ({ key: name, value: new Branch(items) })));
  }

  #readLine(line: string): void {
    if (line === "") return;
    if (line.startsWith("#") || line.startsWith(";")) this.#waiting.push(line);
    else if (line.startsWith("[")) this.#readHeader(line);
    else this.#readEntry(line);
  }

  #readHeader(line: string): void {
    const end = line.lastIndexOf("]");
    if (end < 0) throw this.#fault("a section's header is not closed");
    const name = line.slice(1, end);
    const behind = line.slice(end + 1).trim();
    if (/^[#;]/.test(behind)) this.#waiting.push(behind);
    const section: Section = { name, items: this.#takeComment() };
    if (name === DEFAULT_SECTION) this.#sections[0]?.items.push(...section.items);
    else this.#sections.push(section);
  }

  #readEntry(line: string): void {
    const [key, rest] = this.#splitKey(line);
    const value = this.#readValue(rest.trim());
    const items = (key === "" ? undefined : this.#current()) ?? [];
    // A key that comes again takes the earlier one's place, with its own comment behind it.
    const same = items.findIndex((item) => !(item instanceof Comment) && item.key === key);
    const comment = this.#takeComment();
    if (same >= 0) items.splice(same, 1, { key, value });
    else items.push({ key, value }, ...comment);
  }

  #current(): (Entry | Comment)[] | undefined {
    const last = this.#sections.at(-1);
    return last?.name === DEFAULT_SECTION ? this.#sections[0]?.items : last?.items;
  }

  #splitKey(line: string): [string, string] {
    const quote = /^(?:"""|["`])/.exec(line)?.[0] ?? "";
    if (quote !== "") {
      const end = line.indexOf(quote, quote.length);
      if (end < 0) throw this.#fault("a key's closing quote is missing");
      const rest = line.slice(end + quote.length);
      const mark = rest.search(/[=:]/);
      if (mark < 0) throw this.#fault("key-value delimiter not found");
      return [line.slice(quote.length, end).trim(), rest.slice(mark + 1)];
    }
    const mark = line.search(/[=:]/);
    if (mark < 0) throw this.#fault("key-value delimiter not found");
    return [line.slice(0, mark).trim(), line.slice(mark + 1)];
  }

  #readValue(start: string): string {
    const quote = /^(?:"""|`)/.exec(start)?.[0] ?? "";
    if (quote !== "") return this.#readQuoted(start.slice(quote.length), quote);
    let line = start;
    while (line.endsWith("\\")) {
      if (this.#next >= this.#lines.length) return line.slice(0, -1);
      line = line.slice(0, -1) + (this.#lines[this.#next++] ?? "").trim();
    }
    const mark = line.search(/[#;]/);
    if (mark >= 0) {
      this.#waiting.push(line.slice(mark));
      line = line.slice(0, mark).trim();
    }
    return /^(?:"[^"]*"|'[^']*')$/.test(line) ? line.slice(1, -1) : line;
  }

  #readQuoted(start: string, quote: string): string {
    let text = start;
    while (!text.includes(quote)) {
      if (this.#next >= this.#lines.length) throw this.#fault("a value's closing quote is missing");
      text += `\n${this.#lines[this.#next++] ?? ""}`;
    }
    const end = text.indexOf(quote);
    const behind = text.slice(end + quote.length).trim();
    if (/^[#;]/.test(behind)) this.#waiting.push(behind);
    return text.slice(0, end);
  }

  /** Several lines are one comment; only the first loses its mark. */
  #takeComment(): Comment[] {
    if (this.#waiting.length === 0) return [];
    const text = this.#waiting.join("\n");
    this.#waiting = [];
    return [new Comment(text.slice(1).trimStart())];
  }

  #fault(message: string): Error {
    return problemError("InvalidSopsFile", message, { file: this.#file, line: this.#next });
  }
}

function printIni(branch: Branch): string {
  const sections = branch.entries().map(({ key, value }) => {
    if (value instanceof Branch) return printSection(key, value);
    throw unfit(`${key} is no section`);
  });
  return sections.filter((text) => text !== "").join("\n");
}

function printSection(name: string, section: Branch): string {
  const keys = section.entries().map(({ key }) => quoteKey(key));
  if (name === DEFAULT_SECTION && keys.length === 0) return "";
  const width = Math.max(0, ...keys.map((key) => Buffer.byteLength(key)));
  const head: string[] = [];
  const entries: { readonly line: string; readonly comments: string[] }[] = [];
  // A comment comes after the key it stands above, and before any key it is the section's.
  for (const item of section.items) {
    if (item instanceof Comment) (entries.at(-1)?.comments ?? head).push(printComment(item.text));
    else {
      const key = quoteKey(item.key);
      const padded = key + " ".repeat(width - Buffer.byteLength(key));
      entries.push({ line: `${padded} = ${quoteValue(item.value, item.key)}\n`, comments: [] });
    }
  }
  const lines = entries.map(({ line, comments }) => comments.join("") + line);
  const header = name === DEFAULT_SECTION ? "" : `[${name}]\n`;
  return head.join("") + header + lines.join("");
}

function printComment(text: string): string {
  return text
    .split("\n")
    .map((line) => (/^[#;]/.test(line) ? `${line.slice(0, 1)} ${line.slice(1).trim()}\n` : `; ${line}\n`))
    .join("");
}

function quoteKey(key: string): string {
  if (key.includes("`")) return `"""${key}"""`;
  return /["=:]/.test(key) ? `\`${key}\`` : key;
}

function quoteValue(value: TreeValue, key: string): string {
  if (value instanceof Branch || Array.isArray(value)) throw unfit(`${key} is no single value`);
  const text = textOf(value as TreeElement);
  if (/[\n`]/.test(text)) return `"""${text}"""`;
  if (/[#;]/.test(text)) return `\`${text}\``;
  return text.trim() === text ? text : `"${text}"`;
}

function unfit(message: string): Error {
  return problemError("InvalidSopsFile", `INI cannot hold this: ${message}`);
}
