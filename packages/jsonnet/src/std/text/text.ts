import { JsonnetArray, type Lazy, type Machine, type Value, typeName } from "../../runtime/machine.ts";
import { formatFloat } from "@fairlead/gotemplate";
import { quoteJson } from "../../manifest/string.ts";
import { toText } from "../../manifest/json.ts";
import { characterAt, charactersOf, cut, lengthOf } from "../../runtime/characters.ts";
import { equals } from "../../runtime/operators.ts";
import type { Trace } from "../../runtime/trace.ts";
import { length } from "../arrays/length.ts";
import { isMember } from "../arrays/member.ts";
import { arrayOf, strict } from "../define.ts";
import { format } from "../format/format.ts";
import { wholeNumber } from "../math/math.ts";
import { characterOf } from "./char.ts";

function substr(machine: Machine, site: Trace, str: Value, from: Value, len: Value): Value {
  const wrong = (which: string, what: string): Error =>
    machine.fail(`substr ${which} parameter should be ${what}`, site);
  if (typeof str !== "string") throw wrong("first", `a string, got ${typeName(str)}`);
  if (typeof from !== "number") throw wrong("second", `a number, got ${typeName(from)}`);
  if (from % 1 !== 0) throw wrong("second", `an integer, got ${formatFloat(from, "f", 6)}`);
  if (from < 0) throw wrong("second", `greater than zero, got ${formatFloat(from, "f", 6)}`);
  if (typeof len !== "number") throw wrong("third", `a number, got ${typeName(len)}`);
  if ((len | 0) !== len) throw wrong("third", `an integer, got ${formatFloat(len, "f", 6)}`);
  if (len < 0) throw wrong("third", `greater than zero, got ${len}`);
  return cut(str, from, from + len);
}

/** Whether the one is at the start (or end) of the other; both have a length, and the longer one is a string. */
function touches(machine: Machine, site: Trace, a: Value, b: Value, isEnd: boolean): boolean {
  const [long, short] = [length(machine, site, a), length(machine, site, b)];
  if (long < short) return false;
  const part = substr(machine, site, a, isEnd ? long - short : 0, short);
  return equals(machine, part, b, site);
}

function strip(machine: Machine, site: Trace, str: Value, chars: Value, isLeft: boolean, isRight: boolean): Value {
  if (typeof str !== "string") throw machine.fail(`Unexpected type ${typeName(str)}, expected string`, site);
  let [from, to] = [0, lengthOf(str)];
  const isStripped = (at: number): boolean => isMember(machine, site, chars, characterAt(str, at) as string);
  while (isLeft && from < to && isStripped(from)) from++;
  while (isRight && from < to && isStripped(to - 1)) to--;
  return cut(str, from, to);
}

function splitParts(
  machine: Machine,
  site: Trace,
  name: string,
  str: Value,
  c: Value,
  limit: Value,
): [string, string, number] {
  const text = machine.string(str, site);
  const separator = machine.string(c, site);
  const max = wholeNumber(machine, limit, site);
  if (max < -1) throw machine.fail(`std.${name} third parameter should be -1 or non-negative, got ${max}`, site);
  if (separator === "") throw machine.fail(`std.${name} second parameter should have length 1 or greater, got 0`, site);
  return [text, separator, max];
}

function splitLimit(machine: Machine, site: Trace, str: Value, c: Value, limit: Value): Value {
  const [text, separator, max] = splitParts(machine, site, "splitLimit", str, c, limit);
  const parts = text.split(separator);
  machine.checkElements(parts.length, site);
  if (max < 0 || parts.length <= max + 1) return arrayOf(parts);
  return arrayOf([...parts.slice(0, max), parts.slice(max).join(separator)]);
}

function splitLimitR(machine: Machine, site: Trace, str: Value, c: Value, limit: Value): Value {
  const [text, separator, max] = splitParts(machine, site, "splitLimitR", str, c, limit);
  const parts: string[] = [];
  const found = text.split(separator).length - 1;
  machine.checkElements(found, site);
  let rest = text;
  for (let left = max < 0 ? found : Math.min(found, max); left > 0; left--) {
    const at = rest.lastIndexOf(separator);
    parts.unshift(rest.slice(at + separator.length));
    rest = rest.slice(0, at);
  }
  return arrayOf([rest, ...parts]);
}

function split(machine: Machine, site: Trace, str: Value, c: Value): Value {
  const wrong = (which: string, what: string): Error => machine.fail(`std.split ${which} parameter must ${what}`, site);
  if (typeof str !== "string") throw wrong("first", `be a String, got ${typeName(str)}`);
  if (typeof c !== "string") throw wrong("second", `be a String, got ${typeName(c)}`);
  if (c === "") throw wrong("second", "have length 1 or greater, got 0");
  return splitLimit(machine, site, str, c, -1);
}

/** Digits to a number, whatever base they are in. */
function parseNatural(machine: Machine, site: Trace, text: string, base: number): number {
  let sum = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    const digit = code >= 97 ? code - 87 : code >= 65 ? code - 55 : code - 48;
    if (digit < 0 || digit >= base) throw machine.fail(`${text} is not a base ${base} integer`, site);
    sum = base * sum + digit;
  }
  return sum;
}

function parseIn(base: number, empty: string): (machine: Machine, site: Trace, str: Value) => Value {
  return (machine, site, str) => {
    if (typeof str !== "string") throw machine.fail(`Expected string, got ${typeName(str)}`, site);
    if (str === "") throw machine.fail(empty, site);
    return parseNatural(machine, site, str, base);
  };
}

function parseInt(machine: Machine, site: Trace, str: Value): Value {
  const text = machine.string(str, site);
  const isInteger = /^[+-]?[0-9]+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
  if (!isInteger) throw machine.fail(`${text} is not a base 10 integer`, site);
  return Number(BigInt(text));
}

/** Letters of ASCII changed, in a string or an array of characters. */
function eachLetter(pattern: RegExp, change: (letter: string) => string) {
  return (machine: Machine, site: Trace, str: Value): Value =>
    charactersIn(machine, site, str)
      .map((item) => machine.string(machine.force(item, site), site))
      .join("")
      .replace(pattern, change);
}

function charactersIn(machine: Machine, site: Trace, value: Value): readonly Lazy[] {
  if (value instanceof JsonnetArray) return value.items;
  const characters = charactersOf(machine.string(value, site));
  machine.checkElements(characters.length, site);
  return characters;
}

function replaceAll(machine: Machine, site: Trace, str: Value, from: Value, to: Value): Value {
  const [text, old, by] = [str, from, to].map((value) => machine.string(value, site)) as [string, string, string];
  if (old === "") throw machine.fail("'from' string must not be zero length.", site);
  machine.checkLength(text.length + (text.split(old).length - 1) * (by.length - old.length), site);
  return text.replaceAll(old, () => by);
}

const SPACE = "[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
const TRIMMED = new RegExp(`^${SPACE}|${SPACE}$`, "g");

/** Characters are the same that have the same small or the same capital letter. */
function equalsIgnoringCase(left: string, right: string): boolean {
  const [a, b] = [Array.from(left), Array.from(right)];
  if (a.length !== b.length) return false;
  return a.every((char, at) => {
    const other = b[at] as string;
    return char.toLowerCase() === other.toLowerCase() || char.toUpperCase() === other.toUpperCase();
  });
}

function findSubstr(machine: Machine, site: Trace, pat: Value, str: Value): Value {
  if (typeof pat !== "string")
    throw machine.fail(`findSubstr first parameter should be a string, got ${typeName(pat)}`, site);
  if (typeof str !== "string")
    throw machine.fail(`findSubstr second parameter should be a string, got ${typeName(str)}`, site);
  if (pat === "") return arrayOf([]);
  const found: number[] = [];
  for (let at = str.indexOf(pat); at >= 0; at = str.indexOf(pat, at + 1)) found.push(lengthOf(str.slice(0, at)));
  return arrayOf(found);
}

const XML: ReadonlyMap<string, string> = new Map([
  ["<", "&lt;"],
  [">", "&gt;"],
  ["&", "&amp;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

export const TEXT: Readonly<Record<string, Value>> = {
  toString: strict("a", (machine, site, a) => toText(machine, a, site)),
  substr: strict("str from len", substr),
  startsWith: strict("a b", (machine, site, a, b) => touches(machine, site, a, b, false)),
  endsWith: strict("a b", (machine, site, a, b) => touches(machine, site, a, b, true)),
  lstripChars: strict("str chars", (machine, site, str, chars) => strip(machine, site, str, chars, true, false)),
  rstripChars: strict("str chars", (machine, site, str, chars) => strip(machine, site, str, chars, false, true)),
  stripChars: strict("str chars", (machine, site, str, chars) => strip(machine, site, str, chars, true, true)),
  stringChars: strict("str", (machine, site, str) => arrayOf(charactersIn(machine, site, str))),
  split: strict("str c", split),
  splitLimit: strict("str c maxsplits", splitLimit),
  splitLimitR: strict("str c maxsplits", splitLimitR),
  strReplace: strict("str from to", replaceAll),
  isEmpty: strict("str", (machine, site, str) => machine.string(str, site) === ""),
  equalsIgnoreCase: strict("str1 str2", (machine, site, a, b) =>
    equalsIgnoringCase(machine.string(a, site), machine.string(b, site)),
  ),
  trim: strict("str", (machine, site, str) => machine.string(str, site).replace(TRIMMED, "")),
  asciiUpper: strict(
    "str",
    eachLetter(/[a-z]+/g, (letters) => letters.toUpperCase()),
  ),
  asciiLower: strict(
    "str",
    eachLetter(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  ),
  char: strict("n", (machine, site, n) => characterOf(machine, site, machine.number(n, site))),
  codepoint: strict("str", (machine, site, str) => {
    const text = machine.string(str, site);
    if (lengthOf(text) === 1) return text.codePointAt(0) as number;
    throw machine.fail(`codepoint takes a string of length 1, got length ${lengthOf(text)}`, site);
  }),
  findSubstr: strict("pat str", findSubstr),
  parseInt: strict("str", parseInt),
  parseOctal: strict("str", parseIn(8, 'Not an octal number: ""')),
  parseHex: strict("str", parseIn(16, 'Not hexadecimal: ""')),
  format: strict("str vals", (machine, site, str, vals) => {
    if (typeof str !== "string") length(machine, site, str);
    return format(machine, site, machine.string(str, site), vals);
  }),
  escapeStringJson: strict("str_", (machine, site, str) => quoteJson(toText(machine, str, site))),
  escapeStringPython: strict("str", (machine, site, str) => quoteJson(toText(machine, str, site))),
  escapeStringBash: strict("str_", (machine, site, str) => {
    return `'${toText(machine, str, site).replaceAll("'", `'"'"'`)}'`;
  }),
  escapeStringDollars: strict("str_", (machine, site, str) => toText(machine, str, site).replaceAll("$", () => "$$")),
  escapeStringXML: strict("str_", (machine, site, str) =>
    toText(machine, str, site).replace(/[<>&"']/g, (char) => XML.get(char) ?? char),
  ),
  resolvePath: strict("f r", (machine, site, f, r) => {
    const parts = split(machine, site, f, "/") as JsonnetArray;
    return [...parts.items.slice(0, -1), machine.string(r, site)].join("/");
  }),
};
