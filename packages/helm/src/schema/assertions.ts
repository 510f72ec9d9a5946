import { compileRegex } from "@fairlead/gotemplate";
import { isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";

/** `whole` ends the check of a value at its first fault; `late` comes behind a value's properties. */
type Step = "whole" | "size" | "late";
type Assertion = (wanted: Json, value: Json, draft: number) => string | undefined;

const TYPES = ["null", "boolean", "number", "integer", "string", "array", "object"];
const ofNumber = (keyword: string, isMet: (value: number, wanted: number) => boolean): [string, Assertion] => [
  keyword,
  (wanted, value) =>
    typeof value !== "number" || typeof wanted !== "number" || isMet(value, wanted)
      ? undefined
      : got(keyword, value, wanted),
];
const ofSize = (
  keyword: string,
  size: (value: Json) => number | undefined,
  isMet: (size: number, wanted: number) => boolean,
): [string, Assertion] => [
  keyword,
  (wanted, value) => {
    const own = size(value);
    return own === undefined || typeof wanted !== "number" || isMet(own, wanted)
      ? undefined
      : got(keyword, own, wanted);
  },
];
const atLeast = (a: number, b: number): boolean => a >= b;
const atMost = (a: number, b: number): boolean => a <= b;
const properties = (value: Json): number | undefined => (isJsonObject(value) ? Object.keys(value).length : undefined);
const items = (value: Json): number | undefined => (Array.isArray(value) ? value.length : undefined);
const characters = (value: Json): number | undefined =>
  typeof value === "string" ? Array.from(value).length : undefined;

const ASSERTIONS: Readonly<Record<Step, ReadonlyMap<string, Assertion>>> = {
  whole: new Map<string, Assertion>([
    ["type", wordType],
    [
      "const",
      (wanted, value) =>
        jsonEqual(wanted, value) ? undefined : isPlain(wanted) ? `value must be ${show(wanted)}` : "'const' failed",
    ],
    ["enum", wordEnum],
  ]),
  size: new Map<string, Assertion>([
    ofSize("minProperties", properties, atLeast),
    ofSize("maxProperties", properties, atMost),
    ["required", (wanted, value) => wordRequired(wanted, value)],
    ["dependencies", wordDependent],
    ofSize("minItems", items, atLeast),
    ofSize("maxItems", items, atMost),
    ["uniqueItems", wordUnique],
    ofSize("minLength", characters, atLeast),
    ofSize("maxLength", characters, atMost),
    ["pattern", wordPattern],
    ofNumber("minimum", atLeast),
    ofNumber("maximum", atMost),
    ofNumber("exclusiveMinimum", (value, wanted) => value > wanted),
    ofNumber("exclusiveMaximum", (value, wanted) => value < wanted),
    ofNumber("multipleOf", (value, wanted) => Number.isInteger(Number((value / wanted).toPrecision(15)))),
  ]),
  late: new Map<string, Assertion>([["dependentRequired", wordDependent]]),
};

/** The faults that keywords of one step find in a value itself, in the order in which they are looked at. */
export function wordAssertion(schema: JsonObject, value: Json, step: Step, draft: number): string[] {
  const found: string[] = [];
  for (const [keyword, assertion] of ASSERTIONS[step]) {
    const wanted = schema[keyword];
    const text = wanted === undefined ? undefined : assertion(wanted, value, draft);
    if (text !== undefined) found.push(text);
  }
  return found;
}

function wordType(wanted: Json, value: Json): string | undefined {
  const types = [wanted].flat().map(String);
  const own = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  if (types.includes(own) || (types.includes("integer") && Number.isInteger(value))) return undefined;
  return `got ${own}, want ${types.sort((a, b) => TYPES.indexOf(a) - TYPES.indexOf(b)).join(" or ")}`;
}

function wordEnum(wanted: Json, value: Json): string | undefined {
  if (!Array.isArray(wanted) || wanted.some((item) => jsonEqual(item, value))) return undefined;
  if (!wanted.every(isPlain)) return "'enum' failed";
  return wanted.length === 1
    ? `value must be ${show(wanted[0] ?? null)}`
    : `value must be one of ${wanted.map(show).join(", ")}`;
}

function wordRequired(wanted: Json, value: Json): string | undefined {
  if (!Array.isArray(wanted) || !isJsonObject(value)) return undefined;
  const missing = wanted.map(String).filter((name) => !Object.hasOwn(value, name));
  if (missing.length === 0) return undefined;
  return `missing ${missing.length === 1 ? "property" : "properties"} ${missing.map(quoted).join(", ")}`;
}

function wordDependent(wanted: Json, value: Json): string | undefined {
  if (!isJsonObject(wanted) || !isJsonObject(value)) return undefined;
  for (const [name, needed] of Object.entries(wanted)) {
    if (!Array.isArray(needed) || !Object.hasOwn(value, name)) continue;
    const missing = needed.map(String).filter((one) => !Object.hasOwn(value, one));
    if (missing.length > 0) return `properties ${missing.map(quoted).join(", ")} required, if ${quoted(name)} exists`;
  }
  return undefined;
}

function wordUnique(wanted: Json, value: Json): string | undefined {
  if (wanted !== true || !Array.isArray(value)) return undefined;
  for (const [index, item] of value.entries()) {
    const other = value.findIndex((one, at) => at > index && jsonEqual(item, one));
    if (other >= 0) return `items at ${index} and ${other} are equal`;
  }
  return undefined;
}

function wordPattern(wanted: Json, value: Json): string | undefined {
  if (typeof wanted !== "string" || typeof value !== "string" || compileRegex(wanted)(value)) return undefined;
  return `${quoted(value)} does not match pattern ${quoted(wanted)}`;
}

/** Numbers as English writes them: with commas. */
function got(keyword: string, value: number, wanted: number): string {
  // Made here: it costs a short command more than its own work.
  const english = new Intl.NumberFormat("en", { maximumFractionDigits: 20 });
  return `${keyword}: got ${english.format(value)}, want ${english.format(wanted)}`;
}

function isPlain(value: Json): boolean {
  return typeof value !== "object" || value === null;
}

function show(value: Json): string {
  return typeof value === "string" ? quoted(value) : value === null ? "<nil>" : String(value);
}

export function quoted(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
