/** INI: the metadata lies in a section of its own. Keys are written aligned, with their comments above them. */
import { problemError } from "@fairlead/base";
import { trimSpace } from "@fairlead/gotemplate";
import { Branch, Comment, type TreeElement, type TreeValue } from "../tree.ts";
import { flatten, textOf, unflatten } from "./flat.ts";
import { DEFAULT_SECTION, readIni } from "./ini-read.ts";
import { jsonLine } from "./json.ts";
import { putMetadata, takeMetadata } from "./nested.ts";
import type { Store } from "./types.ts";

export function iniStore(): Store {
  return {
    read: (text, file) => [readIni(text, file)],
    write: printIni,
    readSealed(text, file) {
      const { branches, metadata } = takeMetadata([readIni(text, file)]);
      // Line ends are written as \n, and by 3.13.0 and 3.13.1 with one more backslash.
      const flat = metadata?.entries().map(({ key, value }) => [key, String(value).replaceAll(/\\+n/g, "\n")] as const);
      return { branches, metadata: flat && unflatten(flat, file) };
    },
    writeSealed(branches, metadata) {
      const flat = flatten(metadata).map(([key, value]) => ({ key, value: value.replaceAll("\n", "\\n") }));
      return printIni(putMetadata(branches, new Branch(flat)));
    },
    // One value alone is written as JSON in one line.
    writeValue: (value) => (value instanceof Branch ? printIni([value]) : jsonLine(value)),
  };
}

/** The sections of all documents, one after another. */
function printIni(branches: readonly Branch[]): string {
  const sections = branches.flatMap((branch) => branch.entries());
  return sections
    .map(({ key, value }, index) => {
      if (value instanceof Branch) return printSection(key, value, index === 0, index === sections.length - 1);
      throw unfit(`${key} is no section`);
    })
    .join("");
}

function printSection(name: string, section: Branch, isFirst: boolean, isLast: boolean): string {
  if (name === "") throw unfit("a section has no name");
  const [head, ...others] = section.items;
  const lines = head instanceof Comment ? commentLines(head.text, (text) => text) : [];
  const entries = entriesOf(head instanceof Comment ? others : section.items);
  if (!isFirst || name.toUpperCase() !== DEFAULT_SECTION) lines.push(`[${name}]`);
  else if (entries.length === 0) return lines.map((line) => `${line}\n`).join("");
  const width = Math.max(0, ...entries.map(({ name: key }) => Buffer.byteLength(key)));
  for (const { name: key, value, comment } of entries) {
    lines.push(...(comment === undefined ? [] : commentLines(comment, trimSpace)));
    lines.push(`${key}${" ".repeat(width - Buffer.byteLength(key))} = ${value}`);
  }
  return lines.map((line) => `${line}\n`).join("") + (isLast ? "" : "\n");
}

interface IniEntry {
  readonly name: string;
  readonly value: string;
  /** The last comment behind an entry of the tree is the one above it in the file; there is no place for more. */
  comment?: string;
}

function entriesOf(items: Branch["items"]): IniEntry[] {
  const entries: IniEntry[] = [];
  for (const item of items) {
    const last = entries.at(-1);
    if (!(item instanceof Comment)) entries.push({ name: quoteKey(item.key), value: quoteValue(item.value, item.key) });
    else if (last !== undefined) last.comment = item.text;
  }
  return entries;
}

function commentLines(text: string, trim: (line: string) => string): string[] {
  if (text === "") return [];
  return text
    .split("\n")
    .map((line) => (/^[#;]/.test(line) ? `${line.slice(0, 1)} ${trimSpace(line.slice(1))}` : `; ${trim(line)}`));
}

function quoteKey(key: string): string {
  if (key === "") throw unfit("a key has no name");
  if (/["=:]/.test(key)) return `\`${key}\``;
  return key.includes("`") ? `"""${key}"""` : key;
}

function quoteValue(value: TreeValue, key: string): string {
  if (value instanceof Branch || Array.isArray(value)) throw unfit(`${key} is no single value`);
  const text = textOf(value as TreeElement);
  if (/[\n`]/.test(text)) return `"""${text}"""`;
  if (/[#;]/.test(text)) return `\`${text}\``;
  return trimSpace(text) === text ? text : `"${text}"`;
}

function unfit(message: string): Error {
  return problemError("InvalidSopsFile", `INI cannot hold this: ${message}`);
}
