import { GoError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { sprintf } from "../fmt/printf.ts";
import { goQuote } from "../fmt/quote.ts";
import { fn, P, variadic } from "../functions/define.ts";
import { randomBelow } from "../random.ts";
import { byteLength, runes } from "../values/text.ts";
import { BOOL, STRING, STRING_MAP, STRING_SLICE, type FunctionSet } from "../values/types.ts";
import { toLower, toTitle, toUpper, trimSpace } from "../values/unicode.ts";
import { GoMap } from "../values/values.ts";
import { sliceText } from "./faults.ts";
import { strings, strslice, strval } from "./strval.ts";
import {
  abbreviate,
  deleteWhiteSpace,
  initials,
  pascalCase,
  separatedCase,
  swapCase,
  uncapitalize,
  wrap,
} from "./words.ts";

const camelcase = fn([P.string], STRING, (_, text) => pascalCase(text));
const trimAll = fn([P.string, P.string], STRING, (_, cutset, text) => trimChars(text, cutset));

/** Text functions of sprig. Positions and lengths are in bytes, as in Go. */
export const textFunctions: FunctionSet = {
  hello: fn([], STRING, () => "Hello!"),
  abbrev: fn([P.int, P.string], STRING, (_, width, text) => (width < 4 ? text : abbreviate(text, 0, width))),
  abbrevboth: fn([P.int, P.int, P.string], STRING, (_, left, right, text) => {
    return right < 4 || (left > 0 && right < 7) ? text : abbreviate(text, left, right);
  }),
  trunc: fn([P.int, P.string], STRING, (_, count, text) => trunc(count, text)),
  trim: fn([P.string], STRING, (_, text) => trimSpace(text)),
  upper: fn([P.string], STRING, (_, text) => toUpper(text)),
  lower: fn([P.string], STRING, (_, text) => toLower(text)),
  title: fn([P.string], STRING, (_, text) => toTitle(text)),
  untitle: fn([P.string], STRING, (_, text) => uncapitalize(text)),
  substr: fn([P.int, P.int, P.string], STRING, (_, start, end, text) => substring(start, end, text)),
  repeat: fn([P.int, P.string], STRING, (context, count, text) => repeated(context, text, count)),
  trimall: trimAll,
  trimAll,
  trimSuffix: fn([P.string, P.string], STRING, (_, suffix, text) => {
    return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
  }),
  trimPrefix: fn([P.string, P.string], STRING, (_, prefix, text) => {
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  }),
  nospace: fn([P.string], STRING, (_, text) => deleteWhiteSpace(text)),
  initials: fn([P.string], STRING, (_, text) => initials(text)),
  swapcase: fn([P.string], STRING, (_, text) => swapCase(text)),
  shuffle: fn([P.string], STRING, (context, text) => shuffled(context, text)),
  snakecase: fn([P.string], STRING, (_, text) => separatedCase(text, "_")),
  camelcase,
  kebabcase: fn([P.string], STRING, (_, text) => separatedCase(text, "-")),
  wrap: fn([P.int, P.string], STRING, (_, length, text) => wrap(text, length, "", false)),
  wrapWith: fn([P.int, P.string, P.string], STRING, (context, length, separator, text) => {
    context.reserve(text.length + Math.ceil(text.length / Math.max(length, 1)) * separator.length);
    return wrap(text, length, separator, true);
  }),
  contains: fn([P.string, P.string], BOOL, (_, part, text) => text.includes(part)),
  hasPrefix: fn([P.string, P.string], BOOL, (_, prefix, text) => text.startsWith(prefix)),
  hasSuffix: fn([P.string, P.string], BOOL, (_, suffix, text) => text.endsWith(suffix)),
  quote: variadic([], P.any, STRING, (context, values) => {
    return joined(values, (value) => goQuote(strval(value, context.spend)));
  }),
  squote: variadic([], P.any, STRING, (context, values) => {
    return joined(values, (value) => sprintf("'%v'", [value], context.spend));
  }),
  cat: variadic([], P.any, STRING, (context, values) =>
    joined(values, (value) => sprintf("%v", [value], context.spend)),
  ),
  indent: fn([P.int, P.string], STRING, (context, count, text) => indent(context, count, text)),
  nindent: fn([P.int, P.string], STRING, (context, count, text) => `\n${indent(context, count, text)}`),
  replace: fn([P.string, P.string, P.string], STRING, (context, from, to, text) => replaced(context, text, from, to)),
  plural: fn([P.string, P.string, P.int], STRING, (_, one, many, count) => (count === 1 ? one : many)),
  toString: fn([P.any], STRING, (context, value) => strval(value, context.spend)),
  toStrings: fn([P.any], STRING_SLICE, (context, value) => strings(strslice(value, context.spend))),
  join: fn([P.string, P.any], STRING, (context, separator, value) => {
    return joinText(context, strslice(value, context.spend), separator);
  }),
  split: fn([P.string, P.string], STRING_MAP, (_, separator, text) => numbered(splitText(text, separator, -1))),
  splitn: fn([P.string, P.int, P.string], STRING_MAP, (_, separator, count, text) => {
    return numbered(splitText(text, separator, count));
  }),
  splitList: fn([P.string, P.string], STRING_SLICE, (_, separator, text) => strings(splitText(text, separator, -1))),
};

function joined(values: readonly unknown[], show: (value: unknown) => string): string {
  return values
    .filter((value) => value != null)
    .map(show)
    .join(" ");
}

function joinText(context: CallContext, parts: readonly string[], separator: string): string {
  context.reserve(parts.reduce((sum, part) => sum + part.length + separator.length, 0));
  return parts.join(separator);
}

function trunc(count: number, text: string): string {
  const length = byteLength(text);
  if (count < 0 && length + count > 0) return sliceText(text, length + count);
  return count >= 0 && length > count ? sliceText(text, 0, count) : text;
}

function substring(start: number, end: number, text: string): string {
  if (start < 0) return sliceText(text, 0, end);
  if (end < 0 || end > byteLength(text)) return sliceText(text, start);
  return sliceText(text, start, end);
}

/** strings.Repeat. @throws GoError for a negative count */
function repeated(context: CallContext, text: string, count: number): string {
  if (count < 0) throw new GoError("strings: negative Repeat count");
  context.reserve(text.length * count);
  return text.repeat(count);
}

function indent(context: CallContext, count: number, text: string): string {
  const pad = repeated(context, " ", count);
  return pad + replaced(context, text, "\n", `\n${pad}`);
}

/** strings.Replace of every occurrence; an empty one is before every rune and at the end. */
function replaced(context: CallContext, text: string, from: string, to: string): string {
  if (from === to) return text;
  if (from === "")
    return (
      to +
      runes(text)
        .map((char) => char + to)
        .join("")
    );
  const parts = text.split(from);
  if (parts.length > 1) context.reserve(text.length + (parts.length - 1) * (to.length - from.length));
  return parts.join(to);
}

/** strings.SplitN; no limit below zero, nothing at zero; an empty separator splits into runes. */
function splitText(text: string, separator: string, count: number): string[] | null {
  if (count === 0) return null;
  const parts = separator === "" ? runes(text) : text.split(separator);
  if (count < 0 || parts.length <= count) return parts;
  const rest = parts.slice(count - 1).join(separator);
  return [...parts.slice(0, count - 1), rest];
}

function numbered(parts: string[] | null): GoMap {
  return new GoMap(STRING_MAP, Object.fromEntries((parts ?? []).map((part, index) => [`_${index}`, part])));
}

function trimChars(text: string, cutset: string): string {
  const cut = new Set(runes(cutset));
  const chars = runes(text);
  let start = 0;
  let end = chars.length;
  while (start < end && cut.has(chars[start] as string)) start++;
  while (end > start && cut.has(chars[end - 1] as string)) end--;
  return chars.slice(start, end).join("");
}

function shuffled(context: CallContext, text: string): string {
  const chars = runes(text);
  const random = context.random();
  for (let at = chars.length - 1; at > 0; at--) {
    const other = randomBelow(random, at + 1);
    [chars[at], chars[other]] = [chars[other] as string, chars[at] as string];
  }
  return chars.join("");
}
