import { isJsonObject, setOwn, type Json, type JsonObject } from "@fairlead/base";
import type { Row } from "../application-set/types.ts";
import type { Dialect } from "./dialect.ts";
import { isText, kindOfField, kindOfItem, readText } from "./field-check.ts";
import type { FieldKind } from "./field-kinds.ts";

/** Gives the value for one row. @throws ProblemError SetTemplateFailed */
type Filler = (row: Row) => Json | undefined;

/**
 * A template worked out once for all its rows: what no row can change is shared by all of them, so callers must not change what
 * they get. @throws ProblemError SetTemplateFailed for a text that cannot be read
 */
export function compileTemplate(template: JsonObject, dialect: Dialect, kind: FieldKind): (row: Row) => JsonObject {
  const filler = compileValue(template, dialect, kind);
  return filler === undefined ? () => template : (row) => filler(row) as JsonObject;
}

/** Undefined for a value that is the same for every row. */
function compileValue(value: Json | undefined, dialect: Dialect, kind: FieldKind | undefined): Filler | undefined {
  if (typeof value === "string") return compileString(value, dialect, kind);
  if (Array.isArray(value)) return compileList(value, dialect, kindOfItem(kind));
  return isJsonObject(value) ? compileObject(value, dialect, kind) : undefined;
}

function compileString(text: string, dialect: Dialect, kind: FieldKind | undefined): Filler | undefined {
  const fill = dialect.compile(text);
  if (fill === undefined || isText(kind)) return fill;
  return (row) => readText(fill(row), kind);
}

function compileList(list: readonly Json[], dialect: Dialect, kind: FieldKind | undefined): Filler | undefined {
  const items = list.map((item) => compileValue(item, dialect, kind));
  if (items.every((item) => item === undefined)) return undefined;
  return (row) =>
    list.flatMap((item, index) => {
      const fill = items[index];
      const filled = fill === undefined ? item : fill(row);
      return filled === undefined ? [] : [filled];
    });
}

interface Property {
  readonly key: string;
  readonly fillKey: ((row: Row) => string) | undefined;
  readonly value: Json;
  readonly fill: Filler | undefined;
}

function compileObject(object: JsonObject, dialect: Dialect, kind: FieldKind | undefined): Filler | undefined {
  const properties = Object.entries(object).flatMap(([key, value]): Property[] => {
    if (value === undefined) return [];
    const fill = compileValue(value, dialect, kindOfField(kind, key));
    return [{ key, fillKey: dialect.compile(key), value, fill }];
  });
  if (properties.every((property) => property.fill === undefined && property.fillKey === undefined)) return undefined;
  return (row) => {
    const filled: Record<string, Json> = {};
    for (const { key, fillKey, value, fill } of properties) {
      const item = fill === undefined ? value : fill(row);
      if (item !== undefined) setOwn(filled, fillKey === undefined ? key : fillKey(row), item);
    }
    return filled;
  };
}
