import type { Json } from "@fairlead/base";

/** JSON as Go's encoding/json writes it: keys sorted by bytes, `<`, `>`, `&` and line separators escaped. */
export function goJson(value: Json | undefined): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return goJsonString(value);
  if (typeof value === "number") return goJsonNumber(value);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  keys.sort(compareUtf8);
  return `{${keys.map((key) => `${goJsonString(key)}:${goJson(value[key])}`).join(",")}}`;
}

/** Byte order of UTF-8, which differs from JavaScript's where surrogates meet U+E000 and beyond. */
function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  return /[\ud800-\udfff]/.test(a + b) ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : 1;
}

function goJsonString(text: string): string {
  const json = JSON.stringify(text);
  return json
    .replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/\\u(?:d[89ab]|d[c-f])[0-9a-f]{2}/g, "\\ufffd");
}

function goJsonNumber(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-6 || magnitude >= 1e21)) {
    return value.toExponential();
  }
  return String(value);
}
