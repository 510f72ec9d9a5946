import { RE2JS } from "re2js";
import type { FieldReader } from "../application-set/faults.ts";

/** A regular expression in Go's syntax, found anywhere in a text, in linear time. */
export type TextMatch = (text: string) => boolean;

const compiled = new Map<string, TextMatch>();
const COMPILED_MAX = 1000;

/** @throws Error whose message says what is wrong with the pattern */
export function compileMatch(pattern: string): TextMatch {
  let found = compiled.get(pattern);
  if (found === undefined) {
    const expression = RE2JS.compile(pattern);
    found = (text) => expression.matcher(text).find();
    if (compiled.size >= COMPILED_MAX) compiled.clear();
    compiled.set(pattern, found);
  }
  return found;
}

/** The pattern in a field; one that cannot be read is a fault, and then nothing matches. */
export function readMatch(fields: FieldReader, name: string): string | undefined {
  const pattern = fields.text(name);
  if (pattern === undefined) return undefined;
  try {
    compileMatch(pattern);
  } catch (error) {
    fields.fault(
      name,
      `${JSON.stringify(pattern)} is no regular expression: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return pattern;
}
