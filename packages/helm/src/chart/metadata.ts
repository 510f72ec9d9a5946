import { isJsonObject, type JsonObject, type Problem, ProblemError, problemsOf } from "@fairlead/base";
import { parseVersion } from "@fairlead/gotemplate";
import { decodeYaml } from "@fairlead/yaml";
import type { ChartDependency, ChartMetadata } from "./types.ts";

/** @throws ProblemError with every fault of the file, each with its address */
export function parseMetadata(text: string, file: string): ChartMetadata {
  const object = decodeMap(text, file, "cannot load Chart.yaml");
  return {
    name: string(object, "name") ?? "",
    home: string(object, "home"),
    sources: strings(object, "sources"),
    version: string(object, "version") ?? "",
    description: string(object, "description"),
    keywords: strings(object, "keywords"),
    maintainers: objects(object, "maintainers").map((entry) => ({
      name: string(entry, "name"),
      email: string(entry, "email"),
      url: string(entry, "url"),
    })),
    icon: string(object, "icon"),
    // Charts from before Chart.yaml had an apiVersion are v1.
    apiVersion: string(object, "apiVersion") ?? "v1",
    condition: string(object, "condition"),
    tags: string(object, "tags"),
    appVersion: string(object, "appVersion"),
    deprecated: object["deprecated"] === true,
    annotations: stringMap(object["annotations"]),
    kubeVersion: string(object, "kubeVersion"),
    dependencies: Array.isArray(object["dependencies"]) ? parseDependencies(object) : undefined,
    type: string(object, "type"),
  };
}

/** Chart.yaml and requirements.yaml list dependencies alike. */
export function parseDependencies(object: JsonObject): ChartDependency[] {
  return objects(object, "dependencies").map((entry) => ({
    name: string(entry, "name") ?? "",
    version: string(entry, "version"),
    repository: string(entry, "repository"),
    condition: string(entry, "condition"),
    tags: strings(entry, "tags"),
    importValues: parseImportValues(entry["import-values"]),
    alias: string(entry, "alias"),
  }));
}

function parseImportValues(value: unknown): ChartDependency["importValues"] {
  if (!Array.isArray(value)) return undefined;
  const imports: (string | { child: string; parent: string })[] = [];
  for (const entry of value as unknown[]) {
    if (typeof entry === "string") imports.push(entry);
    else if (isJsonObject(entry)) imports.push({ child: String(entry["child"]), parent: String(entry["parent"]) });
  }
  return imports;
}

/** A YAML file that must hold a map; an empty one is an empty map. @throws ProblemError */
export function decodeMap(text: string, file: string, what: string): JsonObject {
  try {
    const value = decodeYaml(text, { file, numbers: "float64" });
    if (value === null) return {};
    if (isJsonObject(value)) return value;
    const message = `${what}: json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`;
    throw new ProblemError({ code: "ChartInvalid", message, file });
  } catch (error) {
    const wrap = (problem: Problem): Problem => ({
      ...problem,
      code: "ChartInvalid",
      message: `${what}: ${problem.message}`,
    });
    const problems = problemsOf(error, { file });
    throw new ProblemError(problems[0]?.message.startsWith(what) ? problems : problems.map(wrap), { cause: error });
  }
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "string" ? "string" : typeof value === "boolean" ? "bool" : "number";
}

/** What Helm refuses about a chart, in its words. */
export function validateMetadata(metadata: ChartMetadata, file: string): Problem[] {
  const faults: string[] = [];
  if (metadata.name === "") faults.push("chart.metadata.name is required");
  else if (metadata.name.includes("/") || metadata.name === "." || metadata.name === "..") {
    faults.push(`chart.metadata.name ${JSON.stringify(metadata.name)} is invalid`);
  }
  if (metadata.version === "") faults.push("chart.metadata.version is required");
  else if (!isVersion(metadata.version)) {
    faults.push(`chart.metadata.version ${JSON.stringify(metadata.version)} is invalid`);
  }
  if (!["", "application", "library"].includes(metadata.type ?? "")) {
    faults.push("chart.metadata.type must be application or library");
  }
  const seen = new Set<string>();
  for (const { name, alias } of metadata.dependencies ?? []) {
    const key = alias || name;
    if (alias && !/^[a-zA-Z0-9_-]+$/.test(alias))
      faults.push(`dependency ${JSON.stringify(name)} has disallowed characters in the alias`);
    if (seen.has(key)) faults.push(`more than one dependency with name or alias ${JSON.stringify(key)}`);
    seen.add(key);
  }
  return faults.map((fault) => ({ code: "ChartInvalid", message: `validation: ${fault}`, file }));
}

function isVersion(text: string): boolean {
  try {
    parseVersion(text);
    return true;
  } catch {
    return false;
  }
}

function string(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  // A version written as a number (appVersion: 1.0) is refused by Helm 3's strict reader only; both read scalars as text.
  return typeof value === "string" ? value : String(value);
}

function strings(object: JsonObject, key: string): string[] | undefined {
  const value = object[key];
  return Array.isArray(value) ? value.map(String) : undefined;
}

function objects(object: JsonObject, key: string): JsonObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function stringMap(value: unknown): Record<string, string> | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}
