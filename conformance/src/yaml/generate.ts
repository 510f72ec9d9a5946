import type { Random } from "./random.ts";

/** Scalars that have tripped YAML readers and writers before: words, numbers, times, indicators, white space, escapes. */
const SCALARS: readonly string[] = [
  "a",
  "b",
  "name",
  "yes",
  "no",
  "on",
  "off",
  "y",
  "n",
  "Y",
  "true",
  "False",
  "null",
  "~",
  "NULL",
  "",
  ".inf",
  "-.INF",
  ".nan",
  "0",
  "-0",
  "1",
  "12",
  "+12",
  "-7",
  "007",
  "0777",
  "08",
  "0x1F",
  "0o17",
  "0b101",
  "-0b11",
  "1_000",
  "1.5",
  "1.",
  ".5",
  "-.5",
  "1e3",
  "1e21",
  "1E-7",
  "123456789.5",
  "12345678901234567890",
  "123456789012345678901",
  "9007199254740993",
  "-9223372036854775808",
  "1:20",
  "190:20:30",
  "2001-01-01",
  "2001-12-14T21:59:43.10-05:00",
  "2001-12-14 21:59:43.10",
  "2001-13-01",
  "a b",
  "a  b",
  " a",
  "a ",
  "a: b",
  "a:b",
  "a #b",
  "a#b",
  "#a",
  "- a",
  "-a",
  "-",
  "--",
  "---",
  "...",
  "? a",
  "?a",
  "?",
  ":a",
  ":",
  "[a",
  "a]",
  "{a",
  "a}",
  "a,b",
  "&a",
  "*a",
  "!a",
  "|",
  ">",
  "%a",
  "@a",
  "`a",
  "'a",
  "a'b",
  '"a',
  'a"b',
  "\\",
  "a\\b",
  "<<",
  "=",
  "a\nb",
  "a\n",
  "\na",
  "a\n\n",
  "a \nb",
  "a\n b",
  "\n",
  "\t",
  "a\tb",
  "\ta",
  "a\t",
  "é",
  "日本語",
  "😀",
  "a\u00a0b",
  "a\u2028b",
  "a\u0085b",
  "\ufeffa",
  "\u0007",
  "\u001b[0m",
  "a\rb",
  "a\r\nb",
  "key: value\nother: [1, 2]\n",
  "https://example.com:8080/path?x=1#y",
  "10m",
  "1Gi",
  "500Mi",
  "app.kubernetes.io/name",
  "{{ .Values.x }}",
  "$(VAR)",
  "sha256:0123abcd",
  "the quick brown fox jumps over the lazy dog and then some more words follow it until the line is long enough to be folded twice over",
  "word ".repeat(30).trim(),
  "x".repeat(120),
  `${"x".repeat(90)} ${"y".repeat(90)} z`,
  "k".repeat(129),
  "two  spaces  everywhere  ".repeat(6).trim(),
  "it's a long line with 'quotes' in it: and a colon, so that it must be quoted and also folded at column eighty or so, maybe",
  '#!/bin/sh\nset -e\necho "hi"\n\n# done\n',
  "line one\n  indented\nline three",
  " leading\nspaces\n",
  "trailing  \nspaces\n",
  "tab\there\nand there\n",
];

const PIECES = [
  "a",
  "b",
  "Z",
  "0",
  "9",
  " ",
  "  ",
  ":",
  "#",
  "-",
  "?",
  ",",
  "[",
  "]",
  "{",
  "}",
  "'",
  '"',
  "\\",
  "\n",
  "\t",
  "é",
  "😀",
  ".",
  "_",
  "/",
  "!",
  "&",
  "*",
];

/** A string: one of the known ones, or pieces put together. */
function randomString(random: Random): string {
  if (random.chance(0.7)) return random.pick(SCALARS);
  let text = "";
  const length = random.below(random.chance(0.2) ? 60 : 8);
  for (let index = 0; index < length; index++) text += random.pick(PIECES);
  return text;
}

/** A JSON value with strings, keys and numbers of the odd kind. */
export function randomValue(random: Random, depth: number): unknown {
  const kind = random.below(depth > 0 ? 10 : 6);
  if (kind < 4) return randomString(random);
  if (kind === 4)
    return random.pick([
      0,
      1,
      -1,
      1.5,
      1e6,
      1e20,
      1e21,
      1e-7,
      123456789.5,
      1e19,
      2 ** 60,
      -(2 ** 63),
      0.1,
      100000.5,
      12345678,
    ]);
  if (kind === 5) return random.pick([true, false, null]);
  const size = random.below(4);
  if (kind < 8) return Array.from({ length: size }, () => randomValue(random, depth - 1));
  const map: Record<string, unknown> = {};
  for (let index = 0; index < size; index++) {
    const key = random.chance(0.6)
      ? random.pick(["a", "b", "k1", "k9", "k10", "A", "name", "a-b", "a.b", "_"])
      : randomString(random);
    if (key !== "__proto__") map[key] = randomValue(random, depth - 1);
  }
  return map;
}

interface Lines {
  readonly random: Random;
  readonly out: string[];
  readonly comments: boolean;
}

/** A document as a person might have written it: every style, comments in every place, anchors, tags, odd indentation. */
export function randomDocument(random: Random, withComments: boolean): string {
  const lines: Lines = { random, out: [], comments: withComments };
  if (random.chance(0.2)) comment(lines, 0, 1);
  if (random.chance(0.2)) lines.out.push("---");
  if (random.chance(0.8)) mapping(lines, 0, 3);
  else sequence(lines, 0, 3);
  if (random.chance(0.2)) comment(lines, 0, 1);
  if (random.chance(0.1)) {
    lines.out.push("---");
    mapping(lines, 0, 1);
  }
  return `${lines.out.join("\n")}${random.chance(0.9) ? "\n" : ""}`;
}

function comment(lines: Lines, indent: number, probability: number): void {
  const { random, out } = lines;
  if (!lines.comments || !random.chance(probability)) return;
  if (random.chance(0.2)) out.push("");
  const count = 1 + random.below(2);
  for (let index = 0; index < count; index++) out.push(`${" ".repeat(indent)}# c${random.below(100)}`);
  if (random.chance(0.3)) out.push("");
}

function lineComment(lines: Lines): string {
  return lines.comments && lines.random.chance(0.15) ? ` # l${lines.random.below(100)}` : "";
}

function properties(random: Random): string {
  if (random.chance(0.03)) return "&a ";
  if (random.chance(0.02)) return random.pick(["!!str ", "!custom ", "!!int ", "!!binary ", "! "]);
  return "";
}

function mapping(lines: Lines, indent: number, depth: number, firstPrefix = ""): void {
  const { random } = lines;
  const size = 1 + random.below(4);
  for (let index = 0; index < size; index++) {
    const prefix = index === 0 && firstPrefix !== "" ? firstPrefix : " ".repeat(indent);
    if (index > 0 || firstPrefix === "") comment(lines, indent, 0.1);
    const key = random.chance(0.9)
      ? random.pick(["a", "b", "c", "d", "name", "key-1", "x.y/z", "3", "true"]) + index
      : flowScalar(random);
    pairValue(lines, `${prefix}${key}:`, indent, depth);
    if (random.chance(0.05)) lines.out.push("");
    comment(lines, random.chance(0.7) ? indent : random.below(5), 0.05);
  }
}

function pairValue(lines: Lines, start: string, indent: number, depth: number): void {
  const { random, out } = lines;
  const kind = random.below(depth > 0 ? 10 : 6);
  if (kind < 4) {
    out.push(`${start} ${properties(random)}${flowScalar(random)}${lineComment(lines)}`);
  } else if (kind === 4) {
    blockScalar(lines, start, indent);
  } else if (kind === 5) {
    out.push(`${start} ${flowCollection(random, 2)}${lineComment(lines)}`);
  } else if (kind < 8) {
    const step = random.pick([2, 2, 2, 4, 1, 3]);
    out.push(start + (random.chance(0.05) ? " &a" : "") + lineComment(lines));
    comment(lines, indent + step, 0.1);
    mapping(lines, indent + step, depth - 1);
  } else {
    out.push(start + lineComment(lines));
    comment(lines, indent, 0.1);
    sequence(lines, indent + random.pick([0, 0, 2, 4]), depth - 1);
  }
}

function sequence(lines: Lines, indent: number, depth: number): void {
  const { random, out } = lines;
  const size = 1 + random.below(3);
  for (let index = 0; index < size; index++) {
    if (index > 0) comment(lines, indent, 0.1);
    const start = `${" ".repeat(indent)}-`;
    const kind = random.below(depth > 0 ? 8 : 5);
    if (kind < 4) out.push(`${start} ${properties(random)}${flowScalar(random)}${lineComment(lines)}`);
    else if (kind === 4) blockScalar(lines, start, indent);
    else if (kind < 7) mapping(lines, indent + 2, depth - 1, `${start} `);
    else {
      out.push(start + lineComment(lines));
      comment(lines, indent + 2, 0.2);
      mapping(lines, indent + 2, depth - 1);
    }
  }
}

function flowScalar(random: Random): string {
  const text = random.pick(SCALARS);
  const style = random.below(4);
  if (style === 0) return JSON.stringify(text).replaceAll("\u0085", "\\N").replaceAll("\ufeff", "");
  if (style === 1 && !hasControl(text)) return `'${text.replaceAll("'", "''")}'`;
  if (
    /^[a-zA-Z0-9./_-][a-zA-Z0-9./_:+-]*$/.test(text) &&
    !text.endsWith(":") &&
    text !== "---" &&
    text !== "..." &&
    text !== "-"
  )
    return text;
  return random.pick([
    "plain",
    "two words",
    "1",
    "1.5",
    "true",
    "no",
    "~",
    "2001-01-01",
    "*a",
    "multi\n      line",
    '"multi\n      line"',
    "'x\n\n      y'",
  ]);
}

function hasControl(text: string): boolean {
  return ["\n", "\r", "\u0007", "\u001b"].some((char) => text.includes(char));
}

function flowCollection(random: Random, depth: number): string {
  const size = random.below(4);
  const parts: string[] = [];
  const isMap = random.chance(0.5);
  for (let index = 0; index < size; index++) {
    const value =
      depth > 0 && random.chance(0.3)
        ? flowCollection(random, depth - 1)
        : random.pick(["a", "1", "'q'", '"d"', "x y", "~", "yes"]);
    parts.push(
      isMap ? `${random.pick(["a", "b", "'c'", "1"])}${index}: ${value}` : random.chance(0.1) ? `k: ${value}` : value,
    );
  }
  const space = random.pick(["", "", " "]);
  return isMap ? `{${space}${parts.join(", ")}${space}}` : `[${space}${parts.join(", ")}${space}]`;
}

function blockScalar(lines: Lines, start: string, indent: number): void {
  const { random, out } = lines;
  const header = random.pick(["|", "|-", "|+", ">", ">-", ">+", "|2", ">2-"]);
  out.push(`${start} ${header}${lineComment(lines)}`);
  const hasHint = header.includes("2");
  const pad = " ".repeat(indent + (hasHint ? 2 : random.pick([2, 2, 4])));
  const count = random.below(5);
  for (let index = 0; index < count; index++) {
    const text = random.pick([
      "text",
      "more text here",
      "",
      "  deeper",
      "# not a comment",
      "key: value",
      "trailing  ",
      "- item",
      "\ttab",
    ]);
    out.push(index === 0 && !hasHint ? `${pad}first` : text === "" ? "" : pad + text);
  }
}

/** The same text with a few characters changed: most become faults, and the fault's words are what is compared. */
export function mutate(random: Random, text: string): string {
  let changed = text;
  const count = 1 + random.below(3);
  for (let index = 0; index < count; index++) {
    const at = random.below(changed.length + 1);
    const kind = random.below(4);
    if (kind === 0) changed = changed.slice(0, at) + changed.slice(at + 1 + random.below(3));
    else if (kind === 1) changed = changed.slice(0, at) + random.pick(PIECES) + changed.slice(at);
    else if (kind === 2) changed = `${changed.slice(0, at)}\n${" ".repeat(random.below(5))}${changed.slice(at)}`;
    else
      changed =
        changed.slice(0, at) +
        random.pick(["\t", ": ", "- ", " #", "? ", "&x ", "*x", "!t ", "|\n", "---\n", "%A\n", "<<: "]) +
        changed.slice(at);
  }
  return changed.toWellFormed();
}
