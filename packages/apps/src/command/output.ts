import type { KubeObject } from "@fairlead/apimachinery";
import { encodeYaml } from "@fairlead/yaml";

export type OutputFormat = "text" | "wide" | "name" | "id" | "tree" | "json" | "yaml";

/** Columns as kubectl prints them: upper case, three spaces apart, no trailing space. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header.map((cell) => cell.toUpperCase()), ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("   ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Objects for machines: one object as it is, several as a List. */
export function machineText(objects: readonly KubeObject[], format: "json" | "yaml", isList: boolean): string {
  const shown = objects.map(withoutManagedFields);
  const value = isList ? { apiVersion: "v1", kind: "List", items: shown } : (shown[0] ?? {});
  return format === "json" ? `${JSON.stringify(value, null, 2)}\n` : encodeYaml(value);
}

function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
