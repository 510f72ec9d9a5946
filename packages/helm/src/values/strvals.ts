import { problemError, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { GoInt, int64 } from "@fairlead/gotemplate";
import { HELM_LIMITS } from "../limits.ts";
import { isTable } from "./value.ts";

/**
 * How the text behind `=` becomes a value. `typed`: true, false, null and integers are what they look like (`--set`). `string`: always
 * a string (`--set-string`). `file`: the content of the file so named (`--set-file`).
 */
export type SetStyle =
  | { readonly kind: "typed" }
  | { readonly kind: "string" }
  | { readonly kind: "file"; readonly read: (path: string) => string }
  /** JSON up to a comma outside of it (`--set-json`); nothing is null. */
  | { readonly kind: "json"; readonly parse: (text: string) => Json };

/**
 * Lays `a.b=c,list[0].x={1,2}` over values, which are changed. Rules: facts/render.md §3 (`--set` grammar); messages are Helm's.
 * @param flag named in the message, e.g. `--set`
 * @throws ProblemError ChartValuesInvalid
 */
export function applySet(
  values: JsonObject,
  text: string,
  style: SetStyle,
  flag = "--set",
  compat: "v3" | "v4" = "v4",
): void {
  run(flag, () => {
    const reader = new Reader(text, style, compat);
    while (!reader.isAtEnd) readKey(reader, values, 0);
  });
}

function run(flag: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (error instanceof SetEnd) return;
    if (!(error instanceof SetFault)) throw error;
    throw problemError("ChartValuesInvalid", `failed parsing ${flag} data: ${error.message}`);
  }
}

/** Lays `key=REST` over values; the rest is taken as it is, commas and all (`--set-literal`). @throws ProblemError */
export function applySetLiteral(values: JsonObject, text: string): void {
  const at = text.indexOf("=");
  if (at < 0)
    throw problemError("ChartValuesInvalid", `failed parsing --set-literal data: key ${quote(text)} has no value`);
  run("--set-literal", () => {
    const reader = new Reader(text.slice(0, at + 1), { kind: "string" }, "v4");
    reader.literal = text.slice(at + 1);
    readKey(reader, values, 0);
  });
}

class SetFault extends Error {}

const TYPED_INTEGER = /^[+-]?\d+$/;
const INT64_MAX = 2n ** 63n - 1n;

class Reader {
  readonly text: string;
  readonly style: SetStyle;
  at = 0;
  literal: string | undefined;

  readonly compat: "v3" | "v4";

  constructor(text: string, style: SetStyle, compat: "v3" | "v4") {
    this.text = text;
    this.style = style;
    this.compat = compat;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Up to the first of the stops that is not escaped; the stop is taken and given back, undefined at the end. */
  until(stops: string): { read: string; stop: string | undefined } {
    let read = "";
    while (this.at < this.text.length) {
      const character = this.text[this.at++] ?? "";
      if (character === "\\") read += this.text[this.at++] ?? "";
      else if (stops.includes(character)) return { read, stop: character };
      else read += character;
    }
    return { read, stop: undefined };
  }

  value(text: string): Json {
    if (this.style.kind === "string") return text;
    if (this.style.kind === "file") return this.style.read(text);
    return typed(text);
  }

  /** The JSON that begins here, and the comma behind it taken too. */
  json(): Json {
    const end = jsonEnd(this.text, this.at);
    const read = this.text.slice(this.at, end);
    this.at = end + 1;
    return read.trim() === "" || this.style.kind !== "json" ? null : this.style.parse(read);
  }
}

/** A number with a leading zero stays a string: an account number or a mode is meant. */
function typed(text: string): Json {
  const lower = text.toLowerCase();
  if (lower === "true") return true;
  if (lower === "false") return false;
  if (lower === "null") return null;
  if (text === "0") return int64(0) as unknown as Json;
  if (!TYPED_INTEGER.test(text) || text.startsWith("0")) return text;
  const integer = BigInt(text);
  if (integer > INT64_MAX || integer < -INT64_MAX - 1n) return text;
  return int64(integer) as unknown as Json;
}

/** Go's end of file: whatever was set so far stands, and nothing is said. */
class SetEnd extends Error {}

/** A key that is empty sets nothing. */
function put(data: JsonObject, key: string, value: Json): void {
  if (key !== "") setOwn(data, key, value);
}

function mismatch(value: Json, wanted: string): SetFault {
  return new SetFault(`unable to parse key: interface conversion: interface {} is ${goType(value)}, not ${wanted}`);
}

function readKey(reader: Reader, data: JsonObject, depth: number): void {
  const { read: key, stop } = reader.until("=[,.");
  if (stop === undefined) {
    if (key === "") throw new SetEnd();
    throw new SetFault(`key ${quote(key)} has no value`);
  }
  if (stop === "[") return readIndexed(reader, data, key, depth);
  if (stop === "=") return readValue(reader, (value) => put(data, key, value));
  if (stop === ",") {
    put(data, key, "");
    throw new SetFault(`key ${quote(key)} has no value (cannot end with ,)`);
  }
  if (depth + 1 > HELM_LIMITS.setNestingMax) {
    throw new SetFault(
      `value name nested level is greater than maximum supported nested level of ${HELM_LIMITS.setNestingMax}`,
    );
  }
  const inner = Object.hasOwn(data, key) ? (data[key] as Json) : {};
  if (!isTable(inner)) throw mismatch(inner, "map[string]interface {}");
  try {
    readKey(reader, inner, depth + 1);
    if (Object.keys(inner).length === 0) throw new SetFault(`key map ${quote(key)} has no value`);
  } finally {
    if (Object.keys(inner).length > 0) put(data, key, inner);
  }
}

function readIndexed(reader: Reader, data: JsonObject, key: string, depth: number): void {
  const index = readIndex(reader);
  const known = Object.hasOwn(data, key) ? (data[key] as Json) : [];
  if (!Array.isArray(known)) throw mismatch(known, "[]interface {}");
  try {
    readItem(reader, known, index, depth);
  } finally {
    put(data, key, known);
  }
}

function readIndex(reader: Reader): number {
  const { read, stop } = reader.until("]");
  if (stop === undefined) throw reader.compat === "v3" ? new SetFault("error parsing index: EOF") : new SetEnd();
  if (!/^[+-]?\d+$/.test(read))
    throw new SetFault(`error parsing index: strconv.Atoi: parsing ${quote(read)}: invalid syntax`);
  return Number(read);
}

/** Holes in the list are null. */
function putAt(list: Json[], index: number, value: Json): void {
  if (index > HELM_LIMITS.setIndexMax)
    throw new SetFault(`index of ${index} is greater than maximum supported index of ${HELM_LIMITS.setIndexMax}`);
  while (list.length <= index) list.push(null);
  list[index] = value;
}

/** What stands behind `key[N]`. */
function readItem(reader: Reader, list: Json[], index: number, depth: number): void {
  if (index < 0) throw new SetFault(`negative ${index} index not allowed`);
  if (depth > HELM_LIMITS.setIndexDepthMax) throw new SetFault("lists are nested too deep");
  const { read, stop } = reader.until("[.=");
  if (read !== "") {
    const runes = Array.from(read, (rune) => `'${rune === "'" || rune === "\\" ? `\\${rune}` : rune}'`);
    throw new SetFault(`unexpected data at end of array index: [${runes.join(" ")}]`);
  }
  if (stop === undefined) throw new SetEnd();
  const known = list[index];
  if (stop === "=") readValue(reader, (value) => putAt(list, index, value));
  else if (stop === "[") {
    const next = readIndex(reader);
    if (known !== undefined && known !== null && !Array.isArray(known)) throw mismatch(known, "[]interface {}");
    const inner = Array.isArray(known) ? known : [];
    readItem(reader, inner, next, depth + 1);
    putAt(list, index, inner);
  } else {
    const inner = isTable(known) ? known : {};
    readKey(reader, inner, depth);
    putAt(list, index, inner);
  }
}

function readValue(reader: Reader, put: (value: Json) => void): void {
  if (reader.literal !== undefined) return put(reader.literal);
  if (reader.style.kind === "json") return put(reader.json());
  if (reader.text[reader.at] === "{") {
    reader.at++;
    return put(readList(reader));
  }
  put(reader.value(reader.until(",").read));
}

function readList(reader: Reader): Json[] {
  const items: Json[] = [];
  for (;;) {
    const { read, stop } = reader.until(",}");
    if (stop === undefined) throw new SetFault("list must terminate with '}'");
    items.push(reader.value(read));
    if (stop === "}") return endOfList(reader, items);
  }
}

function endOfList(reader: Reader, items: Json[]): Json[] {
  if (reader.text[reader.at] === ",") reader.at++;
  return items;
}

export function goType(value: Json): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (value === null) return "nil";
  if (isTable(value)) return "map[string]interface {}";
  if ((value as unknown) instanceof GoInt) return "int64";
  return typeof value === "string" ? "string" : typeof value === "boolean" ? "bool" : "float64";
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** Where the JSON value that starts here ends: at a comma outside of strings and brackets. */
function jsonEnd(text: string, start: number): number {
  let depth = 0;
  let isString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (isString) {
      if (character === "\\") at++;
      else if (character === '"') isString = false;
    } else if (character === '"') isString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === "," && depth === 0) return at;
  }
  return text.length;
}
