import { problemError, setOwn, type Json, type JsonObject } from "@fairlead/base";
import { int64 } from "@fairlead/gotemplate";
import { HELM_LIMITS } from "../limits.ts";
import { isTable } from "./value.ts";

/**
 * How the text behind `=` becomes a value. `typed`: true, false, null and integers are what they look like (`--set`). `string`: always
 * a string (`--set-string`). `file`: the content of the file so named (`--set-file`).
 */
export type SetStyle =
  | { readonly kind: "typed" }
  | { readonly kind: "string" }
  | { readonly kind: "file"; readonly read: (path: string) => string };

/**
 * Lays `a.b=c,list[0].x={1,2}` over values, which are changed. Rules: facts/render.md §3 (`--set` grammar); messages are Helm's.
 * @param flag named in the message, e.g. `--set`
 * @throws ProblemError ChartValuesInvalid
 */
export function applySet(values: JsonObject, text: string, style: SetStyle, flag = "--set"): void {
  const reader = new Reader(text, style);
  try {
    while (!reader.isAtEnd) readKey(reader, values, 0);
  } catch (error) {
    if (!(error instanceof SetFault)) throw error;
    throw problemError("ChartValuesInvalid", `failed parsing ${flag} data: ${error.message}`);
  }
}

/** Lays `key=REST` over values; the rest is taken as it is, commas and all (`--set-literal`). @throws ProblemError */
export function applySetLiteral(values: JsonObject, text: string): void {
  const at = text.indexOf("=");
  if (at < 0)
    throw problemError("ChartValuesInvalid", `failed parsing --set-literal data: key ${quote(text)} has no value`);
  const reader = new Reader(text.slice(0, at + 1), { kind: "string" });
  reader.literal = text.slice(at + 1);
  try {
    readKey(reader, values, 0);
  } catch (error) {
    if (!(error instanceof SetFault)) throw error;
    throw problemError("ChartValuesInvalid", `failed parsing --set-literal data: ${error.message}`);
  }
}

class SetFault extends Error {}

const TYPED_INTEGER = /^[+-]?\d+$/;
const INT64_MAX = 2n ** 63n - 1n;

class Reader {
  readonly text: string;
  readonly style: SetStyle;
  at = 0;
  literal: string | undefined;

  constructor(text: string, style: SetStyle) {
    this.text = text;
    this.style = style;
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

function readKey(reader: Reader, data: JsonObject, depth: number): void {
  if (depth > HELM_LIMITS.setNestingMax) {
    throw new SetFault(
      `value name nested level is greater than maximum supported nested level of ${HELM_LIMITS.setNestingMax}`,
    );
  }
  const { read: key, stop } = reader.until("=[,.");
  if (stop === undefined) {
    if (key === "") return;
    throw new SetFault(`key ${quote(key)} has no value`);
  }
  if (stop === "[") return readIndexed(reader, data, key, depth);
  if (stop === "=") return readValue(reader, (value) => setOwn(data, key, value));
  if (stop === ",") {
    setOwn(data, key, "");
    throw new SetFault(`key ${quote(key)} has no value (cannot end with ,)`);
  }
  // A map may be laid over null or nothing, not over anything else.
  const known = Object.hasOwn(data, key) ? data[key] : undefined;
  const inner = known ?? {};
  if (!isTable(inner))
    throw new SetFault(`interface conversion: interface {} is ${goType(inner)}, not map[string]interface {}`);
  readKey(reader, inner, depth + 1);
  if (Object.keys(inner).length === 0) throw new SetFault(`key map ${quote(key)} has no value`);
  setOwn(data, key, inner);
}

function readIndexed(reader: Reader, data: JsonObject, key: string, depth: number): void {
  const index = readIndex(reader);
  const known = Object.hasOwn(data, key) ? data[key] : undefined;
  if (known !== undefined && known !== null && !Array.isArray(known)) {
    throw new SetFault(`interface conversion: interface {} is ${goType(known)}, not []interface {}`);
  }
  setOwn(data, key, readItem(reader, Array.isArray(known) ? known : [], index, depth));
}

function readIndex(reader: Reader): number {
  const { read, stop } = reader.until("]");
  if (stop === undefined) throw new SetFault("error parsing index: EOF");
  const index = Number(read);
  if (!/^[+-]?\d+$/.test(read))
    throw new SetFault(`error parsing index: strconv.Atoi: parsing ${quote(read)}: invalid syntax`);
  if (index < 0) throw new SetFault(`negative ${index} index not allowed`);
  if (index > HELM_LIMITS.setIndexMax)
    throw new SetFault(`index of ${index} is greater than maximum supported index of ${HELM_LIMITS.setIndexMax}`);
  return index;
}

/** What stands behind `key[N]`. Holes in the list are null. */
function readItem(reader: Reader, list: Json[], index: number, depth: number): Json[] {
  if (depth > HELM_LIMITS.setNestingMax) {
    throw new SetFault(
      `value name nested level is greater than maximum supported nested level of ${HELM_LIMITS.setNestingMax}`,
    );
  }
  while (list.length <= index) list.push(null);
  const { read, stop } = reader.until("[.=");
  if (read !== "") throw new SetFault(`unexpected data at end of array index: ${quote(read)}`);
  if (stop === "=") {
    readValue(reader, (value) => void (list[index] = value));
  } else if (stop === "[") {
    const inner = list[index];
    list[index] = readItem(reader, Array.isArray(inner) ? inner : [], readIndex(reader), depth + 1);
  } else if (stop === ".") {
    const inner = list[index] ?? {};
    if (!isTable(inner))
      throw new SetFault(`interface conversion: interface {} is ${goType(inner)}, not map[string]interface {}`);
    readKey(reader, inner, depth + 1);
    list[index] = inner;
  } else throw new SetFault(`key at index ${index} has no value`);
  return list;
}

function readValue(reader: Reader, put: (value: Json) => void): void {
  if (reader.literal !== undefined) return put(reader.literal);
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
  return typeof value === "string" ? "string" : typeof value === "boolean" ? "bool" : "float64";
}

function quote(text: string): string {
  return JSON.stringify(text);
}
