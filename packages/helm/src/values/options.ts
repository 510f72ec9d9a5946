import { problemError, type Json, type JsonObject, type ProblemError } from "@fairlead/base";
import { decodeValues, type Compat } from "../chart/metadata.ts";
import { overlay } from "./overlay.ts";
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
  /** Helm 4 reads several documents of one file; its rules where nothing is said. */
  readonly compat?: Compat | undefined;
  /** Reads what `--set-file` names. */
  readonly readFile?: ((path: string) => string) | undefined;
}

/** All sources laid over each other. @throws ProblemError ChartValuesInvalid, ChartInvalid */
export function collectValues(sources: ValueSources): JsonObject {
  const { compat = "v4" } = sources;
  let values: JsonObject = {};
  // The text is asked for here: a file that is not there is told after faults of those before it.
  for (const file of sources.files ?? [])
    values = overlay(values, decodeValues(file.text, file.name, `failed to parse ${file.name}`, compat));
  for (const text of sources.setJson ?? []) values = applySetJson(values, text, compat);
  for (const text of sources.set ?? []) applySet(values, text, { kind: "typed" }, "--set");
  for (const text of sources.setString ?? []) applySet(values, text, { kind: "string" }, "--set-string");
  const read = sources.readFile ?? unreadable;
  for (const text of sources.setFile ?? []) applySet(values, text, { kind: "file", read }, "--set-file");
  for (const text of sources.setLiteral ?? []) applySetLiteral(values, text);
  return values;
}

/** A whole object, or `key=JSON,key=JSON`. */
function applySetJson(values: JsonObject, text: string, compat: Compat): JsonObject {
  if (compat === "v4" && text.trimStart().startsWith("{")) {
    const given = parseJson(text, `JSON: ${text}`);
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
  // Helm tells only that it failed.
  return problemError("ChartValuesInvalid", `failed parsing --set-json data ${text}`, { hint: why });
}

function unreadable(path: string): string {
  throw problemError("ChartValuesInvalid", `cannot read ${path}: no file can be read here`);
}
