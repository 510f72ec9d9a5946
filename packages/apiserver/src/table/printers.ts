import type { KubeObject } from "@fairlead/apimachinery";
import type { TablePrinter } from "../registry/types.ts";
import { age } from "./cells.ts";

/** NAME and when it was created: kinds without columns of their own. */
export const PLAIN_PRINTER: TablePrinter = {
  columns: [
    { name: "Name", type: "string", format: "name" },
    { name: "Created At", type: "date" },
  ],
  cells: (object: KubeObject) => [object.metadata.name ?? "", object.metadata.creationTimestamp ?? ""],
};

const NAME_AND_AGE: TablePrinter = {
  columns: [
    { name: "Name", type: "string", format: "name" },
    { name: "Age", type: "string" },
  ],
  cells: (object, nowMs) => [object.metadata.name ?? "", age(object.metadata.creationTimestamp, nowMs)],
};

const PRINTERS: Readonly<Record<string, TablePrinter>> = { "/ServiceAccount": NAME_AND_AGE };

export function printerOf(group: string, kind: string): TablePrinter {
  return PRINTERS[`${group}/${kind}`] ?? PLAIN_PRINTER;
}
