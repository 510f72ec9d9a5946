import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { Column, TablePrinter } from "../registry/types.ts";
import { age } from "./cells.ts";
import { compileJsonPath, type JsonPath } from "./json-path.ts";

interface CustomColumn {
  readonly column: Column;
  readonly read: JsonPath | undefined;
}

const AGE: JsonObject = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

/** Columns as a CRD's additionalPrinterColumns say; without any, NAME and AGE. */
export function customPrinter(additional: readonly JsonObject[] | undefined): TablePrinter {
  const columns = (additional === undefined || additional.length === 0 ? [AGE] : additional).map(customColumn);
  return {
    columns: [{ name: "Name", type: "string", format: "name" }, ...columns.map(({ column }) => column)],
    cells: (object, nowMs) => [object.metadata.name ?? "", ...columns.map((column) => cellOf(column, object, nowMs))],
  };
}

function customColumn(definition: JsonObject): CustomColumn {
  const { name, type, format, description, priority, jsonPath } = definition;
  return {
    column: {
      name: String(name),
      type: type as Column["type"],
      ...(typeof format === "string" ? { format } : {}),
      description:
        typeof description === "string"
          ? description
          : "Custom resource definition column (in JSONPath format): " + String(jsonPath),
      ...(typeof priority === "number" ? { priority } : {}),
    },
    read: compileJsonPath(String(jsonPath)),
  };
}

/** One cell by the column's type; null where the object has nothing, or something else, there. */
function cellOf({ column, read }: CustomColumn, object: KubeObject, nowMs: number): unknown {
  const value = read?.(object)[0];
  if (value === undefined) return null;
  switch (column.type) {
    case "string":
      return textOf(value);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      if (typeof value !== "string") return null;
      return Number.isNaN(Date.parse(value)) ? "<invalid>" : age(value, nowMs);
    default:
      return null;
  }
}

/** As kubectl's JSONPath prints a value: objects and lists as JSON. */
function textOf(value: Json): string {
  if (value === null) return "";
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}
