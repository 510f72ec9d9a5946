import type { JsonObject } from "@fairlead/base";
import { parseConstraint, parseVersion, satisfies } from "@fairlead/gotemplate";
import { copyChart, type Chart, type ChartDependency } from "../chart/types.ts";
import { coalesceValues, mergeTables, type CoalesceOptions } from "../values/coalesce.ts";
import { tableAtPath, valueAtPath } from "../values/paths.ts";
import { cloneValues } from "../values/value.ts";

type Options = Pick<CoalesceOptions, "compat" | "warn">;

/**
 * Makes of a chart what its values want: aliases, conditions and tags decide which dependencies there are, import-values lift values
 * into their parents. Changes the chart it is given (a copy of the loaded one).
 * @throws Error when the values for a subchart are not a map
 */
export function processDependencies(chart: Chart, values: JsonObject, options: Options): void {
  selectDependencies(chart, values, "", options);
  importValues(chart, options);
}

function selectDependencies(chart: Chart, values: JsonObject, path: string, options: Options): void {
  const declared = chart.metadata.dependencies;
  if (!declared) return;
  const isDeclared = (existing: Chart): boolean =>
    declared.some(
      ({ name, version }) => existing.metadata.name === name && isCompatible(version, existing.metadata.version),
    );
  const undeclared = chart.dependencies.filter((existing) => !isDeclared(existing));
  const chosen = declared.flatMap((dependency) => instantiate(chart.dependencies, dependency, options.compat) ?? []);
  for (const dependency of declared) {
    if (dependency.alias) dependency.name = dependency.alias;
    dependency.enabled = true;
  }
  chart.dependencies = [...undeclared, ...chosen];

  const seen = coalesceValues(chart, values, { ...options, mode: "coalesce" });
  applyTags(declared, seen, options);
  applyConditions(declared, seen, path, options);
  const disabled = new Set(declared.filter(({ enabled }) => !enabled).map(({ name }) => name));
  chart.dependencies = chart.dependencies.filter((sub) => !disabled.has(sub.metadata.name));
  chart.metadata.dependencies = declared.filter(({ name }) => !disabled.has(name));
  for (const sub of chart.dependencies) selectDependencies(sub, seen, `${path}${sub.metadata.name}.`, options);
}

/** The chart that a declaration means, as a copy of its own: one chart may stand under several aliases. */
function instantiate(
  charts: readonly Chart[],
  { name, version, alias }: ChartDependency,
  compat: "v3" | "v4",
): Chart | undefined {
  const found = charts.find((chart) => chart.metadata.name === name && isCompatible(version, chart.metadata.version));
  if (!found) return undefined;
  const copy = copyChart(found);
  if (alias && compat === "v3") copy.pathName = name;
  if (alias) copy.metadata.name = alias;
  return copy;
}

function isCompatible(range: string | undefined, version: string): boolean {
  const parsed = parseVersion(version);
  try {
    return parsed !== undefined && satisfies(parsed, parseConstraint(range ?? ""));
  } catch {
    return false;
  }
}

/** Any tag that is true wins over those that are false; no tag mentioned leaves the dependency in. */
function applyTags(declared: readonly ChartDependency[], values: JsonObject, { warn }: Options): void {
  const tags = tableAtPath(values, "tags");
  if (!tags) return;
  for (const dependency of declared) {
    const answers = (dependency.tags ?? []).filter((tag) => Object.hasOwn(tags, tag)).map((tag) => tags[tag]);
    for (const answer of answers) {
      if (typeof answer !== "boolean") warn(`returned non-bool value for a tag of chart ${dependency.name}`);
    }
    dependency.enabled = answers.includes(true) || !answers.includes(false);
  }
}

/** The first path of the condition that holds a boolean decides, over whatever tags said. */
function applyConditions(
  declared: readonly ChartDependency[],
  values: JsonObject,
  path: string,
  { warn }: Options,
): void {
  for (const dependency of declared) {
    for (const condition of (dependency.condition ?? "").trim().split(",")) {
      if (condition === "") continue;
      const answer = valueAtPath(values, path + condition);
      if (answer === undefined) continue;
      if (typeof answer === "boolean") {
        dependency.enabled = answer;
        break;
      }
      warn(`returned non-bool value for condition ${condition} of chart ${dependency.name}`);
    }
  }
}

/** Deepest first, so that a value can travel up several levels. */
function importValues(chart: Chart, options: Options): void {
  for (const sub of chart.dependencies) importValues(sub, options);
  const declared = chart.metadata.dependencies;
  if (!declared) return;
  const seen = coalesceValues(chart, {}, { ...options, mode: "merge" });
  const merge = { keepsNulls: true, compat: options.compat, path: "", warn: options.warn };
  // Tables are handed on as they are: what a later one adds to an earlier one shows where that came from, too, as in Helm.
  const imported: JsonObject = {};
  for (const { name, importValues: entries = [] } of declared) {
    for (const entry of entries) {
      const [child, parent] = typeof entry === "string" ? [`exports.${entry}`, "."] : [entry.child, entry.parent];
      const table = tableAtPath(seen, `${name}.${child}`);
      if (table) mergeTables(imported, nest(parent, table), merge);
      else options.warn(`ImportValues missing table from chart ${name}`);
    }
  }
  // Only what was imported is still held elsewhere.
  chart.values = Object.keys(imported).length === 0 ? seen : mergeTables(cloneValues(seen), imported, merge);
}

function nest(path: string, table: JsonObject): JsonObject {
  if (path === ".") return table;
  return path.split(".").reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), table);
}

/** Dependencies that Chart.yaml names and charts/ lacks, in the words of `helm template`. */
export function missingDependencies(chart: Chart): string[] {
  const present = new Set(chart.dependencies.map((sub) => sub.metadata.name));
  return (chart.metadata.dependencies ?? []).map(({ name }) => name).filter((name) => !present.has(name));
}
