import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";

/**
 * A step of a path, in the very text FieldsV1 uses as key: `f:name` a field, `k:{"port":80,"protocol":"TCP"}` an item of an
 * associative list (keys sorted), `v:"text"` an item of a set, `i:3` an index. Equal steps are equal strings.
 */
export type PathElement = string;

/** Steps of fields, one text each: a text that is known has its hash already, which is what sets spend their time on. */
const fieldElements = new Map<string, PathElement>();
const FIELD_ELEMENTS_MAX = 10_000;

export function fieldElement(name: string): PathElement {
  let element = fieldElements.get(name);
  if (element === undefined) {
    element = `f:${name}`;
    // Names come from schemas, which are few, and from maps of users, which need not be.
    if (fieldElements.size < FIELD_ELEMENTS_MAX) fieldElements.set(name, element);
  }
  return element;
}

/** `keys` need not be sorted. */
export function keyElement(keys: JsonObject): PathElement {
  return `k:${goJson(keys)}`;
}

export function valueElement(value: Json): PathElement {
  return `v:${goJson(value)}`;
}

/** Go's JSON: sorted keys, and <, > and & escaped inside strings, as encoding/json does it. */
function goJson(value: Json | undefined): string {
  if (typeof value === "string") return goString(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (isJsonObject(value)) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${goString(key)}:${goJson(value[key])}`).join(",")}}`;
  }
  if (typeof value === "bigint") return value.toString();
  return JSON.stringify(value ?? null);
}

function goString(text: string): string {
  const quoted = JSON.stringify(text);
  return /[<>&\u2028\u2029]/.test(quoted)
    ? quoted.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : quoted;
}

/** Whitespace or unsorted keys in what others wrote are put right here, so that equal steps become equal strings. */
export function normalizeElement(text: string): PathElement | undefined {
  const kind = text.slice(0, 2);
  if (kind === "f:") return text;
  if (kind === "i:") return /^i:-?\d+$/.test(text) ? text : undefined;
  if (kind !== "k:" && kind !== "v:") return undefined;
  try {
    const value = JSON.parse(text.slice(2)) as Json;
    if (kind === "k:") return isJsonObject(value) ? keyElement(value) : undefined;
    return valueElement(value);
  } catch {
    return undefined;
  }
}

const KIND_ORDER = "fkvi";

/** Go's order of path elements: fields, keys, values, indexes; within one kind by value. */
export function comparePathElements(a: PathElement, b: PathElement): number {
  const kind = a.charAt(0);
  if (kind !== b.charAt(0)) return KIND_ORDER.indexOf(kind) - KIND_ORDER.indexOf(b.charAt(0));
  if (a === b) return 0;
  if (kind === "f") return a < b ? -1 : 1;
  if (kind === "i") return Number(a.slice(2)) - Number(b.slice(2));
  const left = JSON.parse(a.slice(2)) as Json;
  const right = JSON.parse(b.slice(2)) as Json;
  return kind === "k" ? compareKeys(left as JsonObject, right as JsonObject) : compareValues(left, right);
}

function compareKeys(a: JsonObject, b: JsonObject): number {
  const left = Object.keys(a).sort();
  const right = Object.keys(b).sort();
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [leftKey = "", rightKey = ""] = [left[index], right[index]];
    if (leftKey !== rightKey) return leftKey < rightKey ? -1 : 1;
    const order = compareValues(a[leftKey] ?? null, b[rightKey] ?? null);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareValues(a: Json, b: Json): number {
  const rank = (value: Json): number =>
    ["number", "string", "boolean"].indexOf(typeof value) < 0
      ? 3
      : ["number", "string", "boolean"].indexOf(typeof value);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a === b || a === null || b === null) return 0;
  return a < b ? -1 : 1;
}

/** As error messages write a step: `.name`, `[port=80,protocol="TCP"]`, `[="text"]`, `[3]`. */
export function describePathElement(element: PathElement): string {
  const rest = element.slice(2);
  switch (element.charAt(0)) {
    case "f":
      return `.${rest}`;
    case "k": {
      const keys = JSON.parse(rest) as JsonObject;
      const parts = Object.keys(keys).map((key) => `${key}=${goValue(keys[key])}`);
      return `[${parts.join(",")}]`;
    }
    case "v":
      return `[=${goValue(JSON.parse(rest) as Json)}]`;
    default:
      return `[${rest}]`;
  }
}

function goValue(value: Json | undefined): string {
  return typeof value === "string" ? JSON.stringify(value) : goJson(value);
}

export function describePath(path: readonly PathElement[]): string {
  return path.map(describePathElement).join("");
}
