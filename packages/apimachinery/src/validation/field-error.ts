import { isJsonObject, type Json } from "@fairlead/base";

/** A fault of one field, as the API server tells it. `type` is the reason of the cause in a Status. */
export interface FieldError {
  readonly type:
    | "FieldValueNotFound"
    | "FieldValueRequired"
    | "FieldValueDuplicate"
    | "FieldValueInvalid"
    | "FieldValueNotSupported"
    | "FieldValueForbidden"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueTypeInvalid"
    | "InternalError";
  /** `spec.containers[0].image`, keys of maps in brackets; `<nil>` for the object itself. */
  readonly field: string;
  /** Undefined when the message leaves it out. */
  readonly badValue: Json | undefined;
  readonly detail: string;
}

const TITLES: Record<FieldError["type"], string> = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueTypeInvalid: "Invalid value",
  InternalError: "Internal error",
};
const WITHOUT_VALUE = new Set<FieldError["type"]>([
  "FieldValueRequired",
  "FieldValueForbidden",
  "FieldValueTooLong",
  "InternalError",
]);

/** The path of the whole object, as Go prints a path that is nil. */
export const NO_PATH = "<nil>";

export function child(path: string, ...names: readonly string[]): string {
  // Paths are made for every field that is looked at, faults or not.
  if (names.length === 1 && names[0] !== "") {
    return path === NO_PATH || path === "" ? (names[0] as string) : `${path}.${names[0]}`;
  }
  return [path === NO_PATH ? "" : path, ...names].filter((part) => part !== "").join(".");
}

/** An item of a list. */
export function at(path: string, index: number): string {
  return `${path === NO_PATH ? "" : path}[${index}]`;
}

/** A key of a map. */
export function keyed(path: string, key: string): string {
  return `${path === NO_PATH ? "" : path}[${key}]`;
}

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, badValue: "", detail };
}

export function invalid(field: string, badValue: Json | undefined, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, badValue: badValue ?? null, detail };
}

export function typeInvalid(field: string, badValue: Json | undefined, detail: string): FieldError {
  return { type: "FieldValueTypeInvalid", field, badValue: badValue ?? null, detail };
}

export function duplicate(field: string, badValue: Json): FieldError {
  return { type: "FieldValueDuplicate", field, badValue, detail: "" };
}

export function notFound(field: string, badValue: Json): FieldError {
  return { type: "FieldValueNotFound", field, badValue, detail: "" };
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, badValue: "", detail };
}

/** `supported` in the order the message lists them. */
export function notSupported(field: string, badValue: Json | undefined, supported: readonly string[]): FieldError {
  const list = supported.map((value) => JSON.stringify(value)).join(", ");
  const detail = supported.length > 0 ? `supported values: ${list}` : "";
  return { type: "FieldValueNotSupported", field, badValue: badValue ?? null, detail };
}

export function tooLong(field: string, bytesMax: number): FieldError {
  const detail = `may not be more than ${bytesMax} ${bytesMax === 1 ? "byte" : "bytes"}`;
  return { type: "FieldValueTooLong", field, badValue: "<value omitted>", detail };
}

export function tooMany(field: string, count: number, countMax: number): FieldError {
  const detail = `must have at most ${countMax} ${countMax === 1 ? "item" : "items"}`;
  return { type: "FieldValueTooMany", field, badValue: count, detail };
}

/** `Invalid value: "x": must be …`: the message of the cause, and what follows the field in the message of the Status. */
export function fieldErrorBody(error: FieldError): string {
  const title = TITLES[error.type];
  // Values of enumerations have a type of their own, which the server prints as JSON.
  const print = error.type === "FieldValueNotSupported" ? goJson : printValue;
  const value = WITHOUT_VALUE.has(error.type) || error.badValue === undefined ? "" : `: ${print(error.badValue)}`;
  return `${title}${value}${error.detail === "" ? "" : `: ${error.detail}`}`;
}

/** `spec.replicas: Invalid value: -1: must be greater than or equal to 0`. */
export function describeFieldError(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

/**
 * All faults in one text, as the message of the Status has them: one alone, several in brackets, equal ones once.
 */
export function describeFieldErrors(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(describeFieldError))];
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}

function printValue(value: Json): string {
  if (typeof value === "string") return goQuote(value);
  if (typeof value === "object" && value !== null) return goJson(value);
  return String(value);
}

const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\u000b": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

/** Go's %q: what cannot be printed is escaped, by as many digits as it takes. */
function goQuote(text: string): string {
  return `"${text.replace(/["\\]|(?! )[\p{C}\p{Z}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    const hex = (digits: number): string => code.toString(16).padStart(digits, "0");
    return NAMED_ESCAPES[char] ?? (code < 0x80 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
  })}"`;
}

/** Fields of the two API structs that occur in messages, in the order Go declares them. */
const DECLARED = [
  "matchLabels",
  "matchExpressions",
  "apiVersion",
  "kind",
  "name",
  "uid",
  "controller",
  "blockOwnerDeletion",
];

/** Maps are written sorted, structs as declared: internal types (capitals) as they come, API structs by the table above. */
function inGoOrder(keys: readonly string[]): string[] {
  if (keys.length > 0 && keys.every((key) => /^[A-Z]/.test(key))) return [...keys];
  if (keys.every((key) => DECLARED.includes(key))) {
    return [...keys].sort((a, b) => DECLARED.indexOf(a) - DECLARED.indexOf(b));
  }
  return [...keys].sort();
}

/** encoding/json: keys of maps sorted, <, > and & escaped. */
function goJson(value: Json): string {
  const escape = (text: string): string =>
    text.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  if (Array.isArray(value)) return `[${value.map(goJson).join(",")}]`;
  if (!isJsonObject(value)) return typeof value === "bigint" ? value.toString() : escape(JSON.stringify(value));
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${inGoOrder(keys)
    .map((key) => `${escape(JSON.stringify(key))}:${goJson(value[key] ?? null)}`)
    .join(",")}}`;
}
