import { isJsonObject, setOwn, type Json } from "@fairlead/base";
import type { Row } from "../application-set/types.ts";

/** A text that is filled with a row. @throws ProblemError SetTemplateFailed */
export type TextFiller = (row: Row) => string;

/** One of the two languages of templates. Everything else about a set is the same in both. */
export interface Dialect {
  readonly isGo: boolean;
  /** Undefined for a text that is the same whatever the row. @throws ProblemError SetTemplateFailed for a text that cannot be read */
  compile(text: string): TextFiller | undefined;
}

/** Strings in a value, keys included, filled with a row; everything else as it stands. @throws ProblemError SetTemplateFailed */
export function fillStrings(value: Json | undefined, dialect: Dialect, row: Row): Json {
  if (typeof value === "string") return dialect.compile(value)?.(row) ?? value;
  if (Array.isArray(value)) return value.map((item) => fillStrings(item, dialect, row));
  if (!isJsonObject(value)) return value ?? null;
  const filled: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    setOwn(filled, dialect.compile(key)?.(row) ?? key, fillStrings(item, dialect, row));
  }
  return filled;
}

/** Whether any string of a value, keys included, could depend on a row. */
export function isTemplated(value: Json | undefined): boolean {
  if (typeof value === "string") return value.includes("{{");
  if (Array.isArray(value)) return value.some(isTemplated);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, item]) => key.includes("{{") || isTemplated(item));
}
