import { problemError, setOwn, type Json, type JsonObject, type ProblemError } from "@fairlead/base";
import { decodeMap } from "../chart/metadata.ts";
import { applySet, applySetLiteral } from "./strvals.ts";
import { isTable } from "./value.ts";

/** Where values come from, each kind in the order in which it was given. Later kinds win over earlier ones, as listed here. */
export interface ValueSources {
  /** `--values`: name for messages, and YAML text. */
  readonly files?: readonly { readonly name: string; readonly text: string }[] | undefined;
  readonly setJson?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
  readonly setString?: readonly string[] | undefined;
  readonly setFile?: readonly string[] | undefined;
  readonly setLiteral?: readonly string[] | undefined;
  /** Reads what `--set-file` names. */
  readonly readFile?: ((path: string) => string) | undefined;
}

/** All sources laid over each other. @throws ProblemError ChartValuesInvalid, ChartInvalid */
export function collectValues(sources: ValueSources): JsonObject {
  let values: JsonObject = {};
  for (const { name, text } of sources.files ?? [])
    values = overlay(values, decodeMap(text, name, `failed to parse ${name}`));
  for (const text of sources.setJson ?? []) values = applySetJson(values, text);
  for (const text of sources.set ?? []) applySet(values, text, { kind: "typed" }, "--set");
  for (const text of sources.setString ?? []) applySet(values, text, { kind: "string" }, "--set-string");
  const read = sources.readFile ?? unreadable;
  for (const text of sources.setFile ?? []) applySet(values, text, { kind: "file", read }, "--set-file");
  for (const text of sources.setLiteral ?? []) applySetLiteral(values, text);
  return values;
}

/** Maps are merged, everything else is replaced. Gives a new map; the inputs are not changed. */
export function overlay(base: JsonObject, top: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(top)) {
    const below = Object.hasOwn(merged, key) ? merged[key] : undefined;
    setOwn(merged, key, isTable(value) && isTable(below) ? overlay(below, value) : value);
  }
  return merged;
}

/** A whole object, or `key=JSON,key=JSON`. */
function applySetJson(values: JsonObject, text: string): JsonObject {
  if (text.trimStart().startsWith("{")) {
    const given = parseJson(text, text);
    if (isTable(given)) return overlay(values, given);
  }
  for (let rest = text; rest !== "";) {
    const equals = rest.indexOf("=");
    if (equals < 0) throw faultIn(text, `key ${JSON.stringify(rest)} has no value`);
    const end = jsonEnd(rest, equals + 1);
    const value = parseJson(rest.slice(equals + 1, end), text);
    const holder: JsonObject = {};
    applySet(holder, `${rest.slice(0, equals)}=`, { kind: "file", read: () => value as string }, "--set-json");
    values = overlay(values, holder);
    rest = rest.slice(end).replace(/^\s*,/, "");
  }
  return values;
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

function parseJson(text: string, whole: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw faultIn(whole, (error as Error).message);
  }
}

function faultIn(text: string, why: string): ProblemError {
  return problemError("ChartValuesInvalid", `failed parsing --set-json data ${text}: ${why}`);
}

function unreadable(path: string): string {
  throw problemError("ChartValuesInvalid", `cannot read ${path}: no file can be read here`);
}
