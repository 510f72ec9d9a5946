const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);
// eslint-disable-next-line no-control-regex
const SPECIAL = /["\\\x00-\x1f\x7f-\x9f]/;
// eslint-disable-next-line no-control-regex
const ALL_SPECIAL = /["\\\x00-\x1f\x7f-\x9f]/g;
// eslint-disable-next-line no-control-regex
const ALL_SPECIAL_TO_GO = /["\\\x00-\x1f\u2028\u2029]/g;

function escaped(char: string): string {
  return ESCAPES.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A string in quotes, as results and error texts have them. */
export function quoteJson(text: string): string {
  return SPECIAL.test(text) ? `"${text.replace(ALL_SPECIAL, escaped)}"` : `"${text}"`;
}

/** As Go's encoding/json has them (HTML left alone), which `std.manifestJsonEx` stands on. */
export function quoteGoJson(text: string): string {
  return `"${text.replace(ALL_SPECIAL_TO_GO, escaped)}"`;
}
