import { problemError } from "@fairlead/base";
import { RE2JS } from "re2js";
import { KUSTOMIZE_LIMITS } from "./limits.ts";

/** A regular expression in Go's syntax, matched in time linear in the text. */
export interface Pattern {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
}

/** A pattern that must match the whole text. */
export function anchored(pattern: string): string {
  return `^(?:${pattern})$`;
}

/** Nothing in it that JavaScript reads otherwise than Go, and nothing that can take exponential time: at most three stars. */
const PLAIN_FORM = /^[\w\-/ :@,^$|.*+?~]*$/;

const compiled = new Map<string, Pattern>();
const COMPILED_KEPT_MAX = 1024;

/** @throws ProblemError KustomizeTransform with Go's message for an invalid pattern */
export function compilePattern(pattern: string): Pattern {
  const known = compiled.get(pattern);
  if (known) return known;
  if (pattern.length > KUSTOMIZE_LIMITS.patternCharsMax) {
    throw problemError(
      "LimitExceeded",
      `a regular expression is longer than ${KUSTOMIZE_LIMITS.patternCharsMax} characters`,
    );
  }
  const result = compile(pattern);
  if (compiled.size >= COMPILED_KEPT_MAX) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

function compile(pattern: string): Pattern {
  const inner = pattern.replace(/^\^\(\?:(.*)\)\$$/, "$1");
  if (PLAIN_FORM.test(inner) && !/[*+?]{2}|^[*+?]|\|[*+?]/.test(inner) && (inner.match(/[*+]/g)?.length ?? 0) <= 3) {
    return new RegExp(pattern);
  }
  try {
    const regexp = RE2JS.compile(pattern);
    return { test: (text) => regexp.matcher(text).find() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw problemError("KustomizeTransform", message, {
      hint: `${JSON.stringify(pattern)} is no regular expression in Go's syntax`,
    });
  }
}
