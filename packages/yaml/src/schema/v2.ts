import { exactInteger, integerKind, parseGoInteger } from "./integer.ts";

/** Short names of the tags that resolution deals in. "" is a custom tag. */
export type ScalarTag = "!!str" | "!!bool" | "!!int" | "!!float" | "!!null" | "!!timestamp" | "!!merge" | "!!binary";

export interface Resolved {
  readonly tag: ScalarTag;
  readonly value: string | number | bigint | boolean | null;
}

/**
 * Words that are not strings in YAML 1.1 as go-yaml v2 reads it: twelve spellings each of true and false, null, infinities and NaN.
 */
const WORDS: ReadonlyMap<string, Resolved> = new Map([
  ...words("!!bool", true, ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]),
  ...words("!!bool", false, ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]),
  ...words("!!null", null, ["", "~", "null", "Null", "NULL"]),
  ...words("!!float", Number.NaN, [".nan", ".NaN", ".NAN"]),
  ...words("!!float", Number.POSITIVE_INFINITY, [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"]),
  ...words("!!float", Number.NEGATIVE_INFINITY, ["-.inf", "-.Inf", "-.INF"]),
]);

function words(tag: ScalarTag, value: Resolved["value"], spellings: readonly string[]): [string, Resolved][] {
  return spellings.map((spelling) => [spelling, { tag, value }]);
}

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const DOT_FLOAT = /^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/;
const TIMESTAMP =
  /^[0-9]{4}-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})(?:(?:[Tt](?<clock>[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]+)?)(?<zone>Z|[-+][0-9]{2}:[0-9]{2}))| (?<local>[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]+)?))?$/;
const LONGEST_WORD = 5;

/** What the first character says a plain scalar may be: 0 a string, 1 a word of the table, 2 a number or time, 3 a float. */
const HINTS = hints();

function hints(): Uint8Array {
  const table = new Uint8Array(128);
  for (const char of "yYnNtTfFoO~") table[char.charCodeAt(0)] = 1;
  for (const char of "+-0123456789") table[char.charCodeAt(0)] = 2;
  table[".".charCodeAt(0)] = 3;
  return table;
}

const EMPTY: Resolved = { tag: "!!null", value: null };

/**
 * What a plain scalar without a tag means to go-yaml v2. Undefined stands for a string, which is the common answer and then costs
 * nothing.
 */
export function resolvePlainV2(text: string): Resolved | undefined {
  const first = text.charCodeAt(0);
  if (text.length === 0) return EMPTY;
  const hint = first < 128 ? (HINTS[first] as number) : 0;
  if (hint === 0) return undefined;
  if (text.length <= LONGEST_WORD) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
  }
  if (hint === 1) return undefined;
  if (hint === 3) return DOT_FLOAT.test(text) ? floatOf(text) : undefined;
  return resolveNumber(text);
}

function resolveNumber(text: string): Resolved | undefined {
  if (text.charCodeAt(4) === 45 && isTimestamp(text)) return { tag: "!!timestamp", value: text };
  const plain = text.includes("_") ? text.replaceAll("_", "") : text;
  const integer = parseGoInteger(plain);
  if (integer !== undefined) return { tag: "!!int", value: integer };
  if (FLOAT.test(plain)) return floatOf(plain);
  return oddBinary(plain);
}

/** `-0b…` is read by its digits alone, so a second sign behind the prefix gets through; go-yaml has it, so it is kept. */
function oddBinary(plain: string): Resolved | undefined {
  const match = /^(-?)0b([-+]?)([01]+)$/.exec(plain);
  if (match === null || (match[1] === "-" && match[2] !== "")) return undefined;
  const magnitude = BigInt(`0b${match[3]}`);
  const value = match[1] === "-" || match[2] === "-" ? -magnitude : magnitude;
  return integerKind(value) === "int" ? { tag: "!!int", value: exactInteger(value) } : undefined;
}

function floatOf(text: string): Resolved | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { tag: "!!float", value } : undefined;
}

/**
 * Whether Go's time.Parse accepts the text in one of go-yaml's four layouts: a date, a date and a local time after one space, or with
 * `T` and a zone. Days are checked against their month.
 */
function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  if (match === null) return false;
  const groups = match.groups as Record<string, string | undefined>;
  const month = Number(groups["month"]);
  const day = Number(groups["day"]);
  if (month < 1 || month > 12 || day < 1) return false;
  if (day > new Date(Date.UTC(Number(text.slice(0, 4)) || 2000, month, 0)).getUTCDate()) return false;
  const clock = groups["clock"] ?? groups["local"];
  if (clock === undefined) return true;
  const [hour = 0, minute = 0, second = 0] = clock.split(":").map((part) => Number.parseInt(part, 10));
  return hour < 24 && minute < 60 && second < 60 && isZone(groups["zone"]);
}

function isZone(zone: string | undefined): boolean {
  if (zone === undefined || zone === "Z") return true;
  return Number(zone.slice(1, 3)) <= 24 && Number(zone.slice(4, 6)) <= 60;
}
