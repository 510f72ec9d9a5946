/** dotenv as sops reads and writes it: a line an entry, everything before the first `=` the key, nothing trimmed or unquoted. */
import { problemError } from "@fairlead/base";
import { Branch, Comment, type Entry, type TreeElement } from "../tree.ts";
import { flatten, textOf, unflatten } from "./flat.ts";
import { assertFree } from "./nested.ts";
import type { Store } from "./types.ts";

const PREFIX = "sops_";

export function dotenvStore(): Store {
  return {
    read: (text, file) => [readDotenv(text, file)],
    write: ([branch = new Branch([])]) => printDotenv(branch),
    readSealed(text, file) {
      const read = readDotenv(text, file);
      const isMetadata = (item: Entry | Comment): item is Entry =>
        !(item instanceof Comment) && item.key.startsWith(PREFIX);
      const found = read.items.filter(isMetadata);
      const flat = found.map(({ key, value }) => [key.slice(PREFIX.length), String(value)] as const);
      return {
        branches: [new Branch(read.items.filter((item) => !isMetadata(item)))],
        metadata: flat.length === 0 ? undefined : unflatten(flat, file),
      };
    },
    writeSealed(branches, metadata) {
      const [branch = new Branch([])] = branches;
      assertFree(branches, (key) => key.startsWith(PREFIX));
      const flat = flatten(metadata).map(([key, value]) => ({ key: PREFIX + key, value }));
      return printDotenv(new Branch([...branch.items, ...flat]));
    },
    writeValue(value) {
      if (typeof value === "string") return value;
      throw problemError("InvalidSopsFile", `the dotenv store only supports emitting strings, got ${kindOf(value)}`);
    },
  };
}

function readDotenv(text: string, file: string | undefined): Branch {
  const items: (Entry | Comment)[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const end = line.indexOf("=");
    if (line.startsWith("#")) items.push(new Comment(line.slice(1)));
    else if (end >= 0) items.push({ key: line.slice(0, end), value: line.slice(end + 1).replaceAll("\\n", "\n") });
    else throw problemError("InvalidSopsFile", "invalid dotenv input line: it has no =", { file, line: index + 1 });
  }
  return new Branch(items);
}

function printDotenv(branch: Branch): string {
  return branch.items
    .map((item) => (item instanceof Comment ? `#${item.text}\n` : `${item.key}=${valueText(item.key, item.value)}\n`))
    .join("");
}

function valueText(key: string, value: TreeElement): string {
  if (value instanceof Branch || Array.isArray(value)) throw complex(key);
  return textOf(value).replaceAll("\n", "\\n");
}

function kindOf(value: TreeElement): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? (value === null ? "null" : "no string") : typeof value;
}

function complex(key: string): Error {
  return problemError("InvalidSopsFile", `cannot use complex value in dotenv file; offending key ${key}`);
}
