import { exactInteger, integerKind } from "./integer.ts";
import { resolvePlainV2, type Resolved } from "./v2.ts";

/** Words that v3 no longer takes for booleans; it still quotes them, so that readers of YAML 1.1 get them right. */
const OLD_BOOLEANS = new Set([
  "y",
  "Y",
  "yes",
  "Yes",
  "YES",
  "on",
  "On",
  "ON",
  "n",
  "N",
  "no",
  "No",
  "NO",
  "off",
  "Off",
  "OFF",
]);

export function isOldBoolean(text: string): boolean {
  return text.length <= 3 && OLD_BOOLEANS.has(text);
}

/**
 * What a plain scalar without a tag means to go-yaml v3; undefined stands for a string. It is v2's reading but for yes and no, which are
 * strings, and a sign behind `0o`.
 */
export function resolvePlainV3(text: string): Resolved | undefined {
  const resolved = resolvePlainV2(text);
  if (resolved === undefined) return oddOctal(text);
  return resolved.tag === "!!bool" && isOldBoolean(text) ? undefined : resolved;
}

function oddOctal(text: string): Resolved | undefined {
  if (text.charCodeAt(0) !== 48 && text.charCodeAt(0) !== 45) return undefined;
  const match = /^(-?)0o([-+]?)([0-7]+)$/.exec(text.replaceAll("_", ""));
  if (match === null || (match[1] === "-" && match[2] !== "")) return undefined;
  const magnitude = BigInt(`0o${match[3]}`);
  const value = match[1] === "-" || match[2] === "-" ? -magnitude : magnitude;
  return integerKind(value) === "int" ? { tag: "!!int", value: exactInteger(value) } : undefined;
}
