import { problemError, ProblemError, problemsOf, type Json, type JsonObject } from "@fairlead/base";
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
  for (const text of sources.set ?? []) applySet(values, text, { kind: "typed" }, "--set", compat);
  for (const text of sources.setString ?? []) applySet(values, text, { kind: "string" }, "--set-string", compat);
  const read = reporting(sources.readFile ?? unreadable);
  for (const text of sources.setFile ?? []) applySet(values, text, { kind: "file", read }, "--set-file", compat);
  for (const text of sources.setLiteral ?? []) applySetLiteral(values, text);
  return values;
}

/** A whole object, or `key=JSON,key=JSON`. */
function applySetJson(values: JsonObject, text: string, compat: Compat): JsonObject {
  if (compat === "v4" && text.trimStart().startsWith("{")) {
    const given = parseJson(text, `JSON: ${text}`);
    if (isTable(given)) return overlay(values, given);
  }
  try {
    applySet(values, text, { kind: "json", parse: (part) => parseJson(part, text) }, "--set-json", compat);
  } catch (error) {
    // Helm tells only that it failed.
    throw faultIn(text, problemsOf(error)[0]?.message ?? "");
  }
  return values;
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

function reporting(read: (path: string) => string): (path: string) => string {
  return (path) => {
    try {
      return read(path);
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      throw problemError(
        "ChartValuesInvalid",
        `failed parsing --set-file data: ${(error as Error).message}`,
        {},
        error,
      );
    }
  };
}

function unreadable(path: string): string {
  throw problemError("ChartValuesInvalid", `cannot read ${path}: no file can be read here`);
}
