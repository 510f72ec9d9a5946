import { problemError } from "@fairlead/base";
import { SIMPLE_KEY_CHARS_MAX } from "../limits.ts";

/**
 * sigs.k8s.io/yaml takes a value to JSON text and reads that as YAML before it writes it. For a few strings the way changes them or
 * fails: characters YAML forbids that JSON leaves raw, and NEL, which YAML takes for a line break inside quotes and folds.
 */
export function throughJson(value: string): string {
  const text = value.toWellFormed();
  // oxlint-disable-next-line no-control-regex -- control characters are the subject here
  if (/[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/.test(text)) {
    throw problemError("YamlEncode", "yaml: control characters are not allowed");
  }
  return text.includes("\u0085") ? text.replaceAll(/ *\u0085[ \u0085]*/g, foldedBreaks) : text;
}

function foldedBreaks(run: string): string {
  const breaks = run.replaceAll(" ", "").length;
  return breaks === 1 ? " " : "\n".repeat(breaks - 1);
}

/** A key that is longer than YAML lets an implicit key be, or that YAML takes to span lines, is refused on that way. */
export function checkJsonKey(key: string): void {
  if (key.includes("\u0085")) throw problemError("YamlEncode", "yaml: line 1: did not find expected ',' or '}'");
  if (key.length * 6 + 2 <= SIMPLE_KEY_CHARS_MAX) return;
  // Go's JSON escapes <, > and & as well, to six characters each.
  const escaped = JSON.stringify(key).replaceAll(/[<>&\u2028\u2029]/g, "\\u0000");
  if (Array.from(escaped).length > SIMPLE_KEY_CHARS_MAX) {
    throw problemError("YamlEncode", "yaml: did not find expected ',' or '}'");
  }
}
