import type { KubeObject } from "@fairlead/apimachinery";
import { encodeYaml } from "@fairlead/yaml";

export type OutputFormat =
  | "text"
  | "wide"
  | "name"
  | "id"
  | "url"
  | "server"
  | "tree"
  | "tree=detailed"
  | "json"
  | "yaml";

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

/** Any value for machines. */
export function valueText(value: unknown, format: "json" | "yaml"): string {
  return format === "json" ? `${JSON.stringify(value, null, 2)}\n` : encodeYaml(value);
}

/** One object for machines. */
export function objectText(object: KubeObject, format: "json" | "yaml"): string {
  return valueText(withoutManagedFields(object), format);
}

/** Several objects for machines as the argocd command lists them: an array. */
export function arrayText(objects: readonly KubeObject[], format: "json" | "yaml"): string {
  return valueText(objects.map(withoutManagedFields), format);
}

/** Several objects as kubectl takes them. */
export function listText(objects: readonly KubeObject[], format: "json" | "yaml"): string {
  return valueText({ apiVersion: "v1", kind: "List", items: objects.map(withoutManagedFields) }, format);
}

function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
