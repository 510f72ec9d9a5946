import { isJsonObject, type JsonObject, type Problem, ProblemError, problemsOf, RecentMap } from "@fairlead/base";
import { goQuote, isPrint, parseVersion } from "@fairlead/gotemplate";
import { decodeDocuments, decodeYaml } from "@fairlead/yaml";
import { HELM_LIMITS } from "../limits.ts";
import { overlay } from "../values/overlay.ts";
import { ANYTHING, decodeTyped, FLAG, TEXT, TEXT_MAP, TEXTS, type Shape } from "./typed.ts";
import type { ChartDependency, ChartMetadata, Maintainer } from "./types.ts";

export type Compat = "v3" | "v4";

const METADATA: Readonly<Record<Compat, Shape>> = { v3: metadataIn("chart"), v4: metadataIn("v2") };

function metadataIn(prefix: string): Shape {
  const struct = (name: string, fields: Readonly<Record<string, Shape>>): Shape => ({
    kind: "struct",
    name,
    type: `${prefix}.${name}`,
    fields,
  });
  const listOf = (of: Shape, name: string): Shape => ({ kind: "list", of, type: `[]*${prefix}.${name}` });
  const maintainer = struct("Maintainer", { name: TEXT, email: TEXT, url: TEXT });
  const dependency = struct("Dependency", {
    name: TEXT,
    version: TEXT,
    repository: TEXT,
    condition: TEXT,
    tags: TEXTS,
    enabled: FLAG,
    "import-values": { kind: "list", of: ANYTHING, type: "[]interface {}" },
    alias: TEXT,
  });
  const texts = ["name", "home", "version", "description", "icon", "apiVersion", "condition", "tags", "appVersion"];
  return struct("Metadata", {
    ...Object.fromEntries(texts.map((name) => [name, TEXT])),
    sources: TEXTS,
    keywords: TEXTS,
    maintainers: listOf(maintainer, "Maintainer"),
    deprecated: FLAG,
    annotations: TEXT_MAP,
    kubeVersion: TEXT,
    dependencies: listOf(dependency, "Dependency"),
    type: TEXT,
  });
}

const VERSION_ALONE: Shape = { kind: "struct", name: "chartBase", type: "loader.chartBase", fields: {} };

/** Fields as they were given, dependencies with their names in Chart.yaml. */
export type GivenMetadata = Omit<Partial<ChartMetadata>, "dependencies" | "maintainers"> & {
  readonly maintainers?: readonly (Readonly<Record<string, string>> | null)[];
  readonly dependencies?: readonly (JsonObject | null)[];
};

/**
 * Chart.yaml, and requirements.yaml laid over it: that file is read into the same fields.
 * @throws ProblemError with every fault of syntax
 */
export function parseMetadata(
  text: string,
  file: string,
  options: { compat: Compat; requirements?: { text: string; file: string } | undefined; isWhole?: boolean },
): ChartMetadata {
  const { compat, requirements, isWhole } = options;
  const own = decodeFields(text, file, "cannot load Chart.yaml: ", compat, isWhole);
  const given = requirements
    ? { ...own, ...decodeFields(requirements.text, requirements.file, "cannot load requirements.yaml: ", compat) }
    : own;
  const clean = (value: string | undefined): string | undefined => value && sanitize(value);
  return {
    ...given,
    name: sanitize(given.name ?? ""),
    home: clean(given.home),
    sources: given.sources?.map((each) => sanitize(each ?? "")),
    version: given.version ?? "",
    description: clean(given.description),
    keywords: given.keywords?.map((each) => sanitize(each ?? "")),
    icon: clean(given.icon),
    // Charts from before Chart.yaml had an apiVersion are v1.
    apiVersion: given.apiVersion || "v1",
    condition: clean(given.condition),
    tags: clean(given.tags),
    appVersion: clean(given.appVersion),
    kubeVersion: clean(given.kubeVersion),
    // An empty entry stays: it is a fault to be told.
    maintainers: given.maintainers as readonly Maintainer[] | undefined,
    dependencies: given.dependencies?.map((each) => each && dependencyOf(each)) as ChartDependency[] | undefined,
  };
}

/** Chart.yaml as it is, nothing filled in. @throws ProblemError */
export function decodeFields(text: string, file: string, what: string, compat: Compat, isWhole = false): GivenMetadata {
  const value = decodeWhole(text, file, what, "go");
  // Of a chart that a person names Helm 4 reads the version alone first.
  const isRefused = compat === "v4" && isWhole && value !== null && !isJsonObject(value);
  const { value: fields, fault } = decodeTyped(value, isRefused ? VERSION_ALONE : METADATA[compat]);
  if (fault === undefined) return (fields ?? {}) as GivenMetadata;
  throw new ProblemError({ code: "ChartInvalid", message: `${what}${UNMARSHALLING}${fault}`, file });
}

function dependencyOf(entry: JsonObject): ChartDependency {
  const text = (key: string): string | undefined => entry[key] as string | undefined;
  return {
    name: sanitize(text("name") ?? ""),
    version: text("version") && sanitize(text("version") ?? ""),
    repository: text("repository") && sanitize(text("repository") ?? ""),
    condition: text("condition") && sanitize(text("condition") ?? ""),
    tags: entry["tags"] as readonly string[] | undefined,
    importValues: parseImportValues(entry["import-values"]),
    alias: text("alias"),
  };
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

export const UNMARSHALLING = "error unmarshaling JSON: while decoding JSON: ";

/** A chart is loaded again for every render, and its files seldom change: what they hold is shared, and nobody changes it. */
const decoded = new RecentMap<string, { readonly value: unknown }>(HELM_LIMITS.decodedCharsKept);

function decodeWhole(text: string, file: string, what: string, numbers: "go" | "float64"): unknown {
  const key = `${numbers}\0${text}`;
  const known = decoded.get(key);
  if (known) return known.value;
  try {
    const value = decodeYaml(text, { file, numbers });
    decoded.set(key, { value }, text.length);
    return value;
  } catch (error) {
    throw retold(error, file, what);
  }
}

function retold(error: unknown, file: string, what: string): ProblemError {
  const wrap = (problem: Problem): Problem => ({
    ...problem,
    code: "ChartInvalid",
    message: what + problem.message,
  });
  return new ProblemError(problemsOf(error, { file }).map(wrap), { cause: error });
}

/** A YAML file that must hold a map; an empty one is an empty map. Only the first document counts. @throws ProblemError */
export function decodeMap(text: string, file: string, what: string, type = ANY_MAP): JsonObject {
  return mapFrom(decodeWhole(text, file, `${what}: `, "float64"), file, what, type);
}

/**
 * Values: a map, or in Helm 4 several documents laid over each other.
 * @throws ProblemError ChartInvalid
 */
export function decodeValues(text: string, file: string, what: string, compat: Compat): JsonObject {
  if (compat === "v3") return decodeMap(text, file, what);
  const inner = `${what}: cannot unmarshal yaml document`;
  if (!/^---/m.test(text)) return decodeMap(text, file, inner);
  const { documents, problems } = decodeDocuments(text, { file, numbers: "float64" });
  if (problems.length > 0) {
    const prefix = `${inner}: error converting YAML to JSON: `;
    throw new ProblemError(
      problems.map((each) => ({
        ...each,
        code: "ChartInvalid",
        message: prefix + each.message.replace(/^error converting YAML to JSON: /, ""),
      })),
    );
  }
  return documents.reduce<JsonObject>((merged, { value }) => overlay(merged, mapFrom(value, file, inner)), {});
}

const ANY_MAP = "map[string]interface {}";

function mapFrom(value: unknown, file: string, what: string, type = ANY_MAP): JsonObject {
  if (value === null) return {};
  if (isJsonObject(value)) return value;
  const { fault = "" } = decodeTyped(value, { kind: "map", of: ANYTHING, type });
  throw new ProblemError({ code: "ChartInvalid", message: `${what}: ${UNMARSHALLING}${fault}`, file });
}

/** What Helm refuses about a chart, in its words and its order: Helm tells the first of them. */
export function validateMetadata(metadata: ChartMetadata, file: string, compat: Compat): Problem[] {
  const { name, version, type = "", maintainers = [], dependencies = [] } = metadata;
  const faults: string[] = [];
  if (name === "") faults.push("chart.metadata.name is required");
  else if (name === "." || name === "..")
    faults.push(`chart.metadata.name ${goQuote(name)} is ${compat === "v3" ? "invalid" : "not allowed"}`);
  else if (name.includes("/")) faults.push(`chart.metadata.name ${goQuote(name)} is invalid`);
  if (version === "") faults.push("chart.metadata.version is required");
  else if (!isVersion(version)) faults.push(`chart.metadata.version ${goQuote(version)} is invalid`);
  if (!["", "application", "library"].includes(type)) faults.push("chart.metadata.type must be application or library");
  if (maintainers.some((each: Maintainer | null) => !each))
    faults.push("maintainers must not contain empty or null nodes");
  const seen = new Set<string>();
  for (const dependency of dependencies as readonly (ChartDependency | null)[]) {
    if (!dependency) {
      faults.push("dependencies must not contain empty or null nodes");
      continue;
    }
    const key = dependency.alias || dependency.name;
    if (dependency.alias && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias))
      faults.push(`dependency ${goQuote(dependency.name)} has disallowed characters in the alias`);
    if (seen.has(key)) faults.push(`more than one dependency with name or alias ${goQuote(key)}`);
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

/** White space becomes a blank, what cannot be printed goes, as in Helm. */
function sanitize(text: string): string {
  // eslint-disable-next-line no-control-regex -- what most names are made of
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return Array.from(text, (character) =>
    /\s|\u0085/u.test(character) ? " " : isPrint(character.codePointAt(0) ?? 0) ? character : "",
  ).join("");
}
