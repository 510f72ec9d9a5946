import { problemError, type Json } from "@fairlead/base";
import { encodeYaml } from "@fairlead/yaml";

/** @throws ProblemError SecretsUsage */
export function checkFormat(format: string): void {
  if (format === "json" || format === "yaml") return;
  throw problemError("SecretsUsage", `unsupported output format: ${format}`, { hint: "json or yaml" });
}

/**
 * An object as kubeseal prints it: JSON keeps the order of the type's fields, YAML sorts keys and leads every document with `---`.
 */
export function printObject(object: object, format: string): string {
  if (format === "yaml") return `---\n${encodeYaml(object)}`;
  return `${JSON.stringify(goOrder(object as Json), undefined, 2)}\n`;
}

/** Go's types name kind before apiVersion, and a template before the data it is for. */
const ORDER = ["kind", "apiVersion", "metadata", "spec", "template"];

function goOrder(value: Json): Json {
  if (value === null || typeof value !== "object" || Array.isArray(value) || !("kind" in value)) return value;
  const keys = Object.keys(value).sort((a, b) => rank(a) - rank(b));
  return Object.fromEntries(keys.map((key) => [key, value[key] as Json]));
}

function rank(key: string): number {
  const index = ORDER.indexOf(key);
  return index < 0 ? ORDER.length : index;
}
