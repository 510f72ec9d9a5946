import { BOOL, FLOAT, INT, NULL, STR, TIMESTAMP } from "./types.ts";

/** What go-yaml v3 makes of a plain scalar without a tag: YAML 1.2's core schema, with 1.1's octals, underscores and timestamps. */
export interface Resolved {
  readonly tag: string;
  readonly value: null | boolean | number | bigint | string;
}

const WORDS = new Map<string, Resolved>([
  ...["true", "True", "TRUE"].map((text) => [text, { tag: BOOL, value: true }] as const),
  ...["false", "False", "FALSE"].map((text) => [text, { tag: BOOL, value: false }] as const),
  ...["", "~", "null", "Null", "NULL"].map((text) => [text, { tag: NULL, value: null }] as const),
  ...[".nan", ".NaN", ".NAN"].map((text) => [text, { tag: FLOAT, value: Number.NaN }] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map(
    (text) => [text, { tag: FLOAT, value: Number.POSITIVE_INFINITY }] as const,
  ),
  ...["-.inf", "-.Inf", "-.INF"].map((text) => [text, { tag: FLOAT, value: Number.NEGATIVE_INFINITY }] as const),
  ["<<", { tag: "!!merge", value: "<<" }],
]);

/** A first character that can begin anything but a string. */
function mayBeTyped(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || // 0-9
    code === 0x2b || // +
    code === 0x2d || // -
    code === 0x2e || // .
    code === 0x7e || // ~
    code === 0x3c || // <
    code === 0x6e || // n N t T f F
    code === 0x4e ||
    code === 0x74 ||
    code === 0x54 ||
    code === 0x66 ||
    code === 0x46
  );
}

export function resolvePlain(text: string): Resolved {
  if (text === "") return { tag: NULL, value: null };
  const first = text.charCodeAt(0);
  if (!mayBeTyped(first)) return { tag: STR, value: text };
  const word = WORDS.get(text);
  if (word) return word;
  const isNumeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e;
  return (isNumeric ? resolveNumeric(text, first) : undefined) ?? { tag: STR, value: text };
}

const YAML_FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** Go's ParseFloat alone decides where the text begins with a dot, so underscores are not taken out. */
const DOT_FLOAT = /^\.[0-9]+([eE][-+]?[0-9]+)?$/;

function resolveNumeric(text: string, first: number): Resolved | undefined {
  if (first === 0x2e) return floatOf(DOT_FLOAT, text);
  const time = parseTimestamp(text);
  if (time !== undefined) return { tag: TIMESTAMP, value: time };
  const plain = text.includes("_") ? text.replaceAll("_", "") : text;
  const integer = parseGoInteger(plain);
  if (integer !== undefined) return { tag: INT, value: integer };
  return floatOf(YAML_FLOAT, plain);
}

/** Numbers too large for a float64 are strings, because Go refuses to parse them. */
function floatOf(form: RegExp, text: string): Resolved | undefined {
  const value = form.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? { tag: FLOAT, value } : undefined;
}

const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** Go's ParseInt and ParseUint with base 0 after underscores were taken out, and YAML's `0o`. Numbers beyond 2^53 are bigint. */
function parseGoInteger(text: string): number | bigint | undefined {
  const match = /^([-+]?)(?:(0[xX])([0-9a-fA-F]+)|(0[bB])([01]+)|(0[oO]?)([0-7]+)|(0|[1-9][0-9]*))$/.exec(text);
  if (!match) return undefined;
  const [, sign = "", hex, hexDigits, binary, binaryDigits, octal, octalDigits, decimal = ""] = match;
  const digits = hex ? `0x${hexDigits}` : binary ? `0b${binaryDigits}` : octal ? `0o${octalDigits}` : decimal;
  if (digits.length < 16 && digits.charCodeAt(1) < 0x3a) {
    const small = Number(digits);
    return sign === "-" ? -small : small;
  }
  const magnitude = BigInt(digits);
  const value = sign === "-" ? -magnitude : magnitude;
  if (value < INT64_MIN || value > UINT64_MAX || (sign === "+" && value > -INT64_MIN - 1n)) return undefined;
  return value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value;
}

const TIMESTAMP_FORM =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:([Tt])(\d{1,2}):(\d{1,2}):(\d{1,2})([.,]\d+)?(Z|[-+]\d{2}:\d{2})| (\d{1,2}):(\d{1,2}):(\d{1,2})([.,]\d+)?)?$/;

/**
 * A timestamp as Go's JSON writes the time it was read as: RFC 3339, fractions without trailing zeros. That is what becomes of an
 * unquoted date in a manifest. Undefined for anything else.
 */
function parseTimestamp(text: string): string | undefined {
  const match = TIMESTAMP_FORM.exec(text);
  if (!match) return undefined;
  const [, year = "", month = "", day = "", , h1, m1, s1, f1, zone, h2, m2, s2, f2] = match;
  const [hour, minute, second, fraction] = h1 !== undefined ? [h1, m1, s1, f1] : [h2 ?? "0", m2 ?? "0", s2 ?? "0", f2];
  const monthNumber = Number(month);
  if (monthNumber < 1 || monthNumber > 12 || Number(day) < 1 || Number(day) > daysOf(Number(year), monthNumber)) {
    return undefined;
  }
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const pad = (part: string | undefined): string => (part ?? "0").padStart(2, "0");
  const digits = (fraction ?? "").slice(1, 10).replace(/0+$/, "");
  const offset = zone === undefined || zone === "+00:00" || zone === "-00:00" ? "Z" : zone;
  return `${year}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}${digits ? `.${digits}` : ""}${offset}`;
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate();
}

const YAML_1_1_WORDS = new Set(
  ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"].concat(["n", "N", "no", "No", "NO", "off", "Off", "OFF"]),
);

/** Whether go-yaml v2 would read the plain text as anything but a string. */
export function isYaml11NonString(text: string): boolean {
  if (text === "" || text.includes("\n")) return false;
  return YAML_1_1_WORDS.has(text) || resolvePlain(text).tag !== STR;
}
