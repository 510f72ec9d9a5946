import { lazyModule } from "@fairlead/base";
import type { RE2JS } from "re2js";
import type * as re2Module from "./re2.lazy.ts";

const library = lazyModule<typeof re2Module>(new URL("./re2.lazy.ts", import.meta.url));

const compiled = new Map<string, RE2JS | string>();
const PATTERNS_KEPT_MAX = 2000;

/** A compiled RE2 expression, or why it isn't one. RE2 matches in linear time, whatever a CRD's author wrote. */
export function compilePattern(pattern: string): RE2JS | string {
  let found = compiled.get(pattern);
  if (found === undefined) {
    found = compile(pattern);
    if (compiled.size >= PATTERNS_KEPT_MAX) compiled.clear();
    compiled.set(pattern, found);
  }
  return found;
}

function compile(pattern: string): RE2JS | string {
  try {
    return library().RE2JS.compile(pattern);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
