import { ProblemError, readText, type FileTree, type JsonObject } from "@fairlead/base";
import { loadChart } from "../chart/load.ts";
import { decodeMap } from "../chart/metadata.ts";
import { copyChart, type Chart } from "../chart/types.ts";
import { DEFAULT_CAPABILITIES } from "../engine/capabilities.ts";
import { renderTemplates } from "../engine/render.ts";
import { layOut } from "../render-chart.ts";
import { schemaFindings, validateValues } from "../schema/validate.ts";
import { coalesceValues, mergeTables } from "../values/coalesce.ts";
import { cloneValues } from "../values/value.ts";
import { lintChartFile } from "./chart-file.ts";
import { lintCrds } from "./crds.ts";
import { lintManifests } from "./manifests.ts";
import type { Finding, Report } from "./types.ts";

export interface LintOptions {
  readonly values: JsonObject;
  readonly compat: "v3" | "v4";
  readonly namespace: string;
  /** Where the chart is, absolute: findings about its dependencies have no other address. */
  readonly place: string;
  readonly kubeVersion?: string | undefined;
  readonly skipSchemaValidation?: boolean | undefined;
}

const TEMPLATES = "templates/";
const VALUES_TYPE = { v3: "chartutil.Values", v4: "common.Values" } as const;

/** Helm's rules about a chart: Chart.yaml, values, templates and what they give, dependencies, CRDs. All findings, in Helm's order. */
export function lintChart(tree: FileTree, options: LintOptions): Finding[] {
  const { compat } = options;
  const findings: Finding[] = [];
  const report: Report = (severity, path, text) => void findings.push({ severity, path, text });
  let loaded: Chart | ProblemError | undefined;
  /** Each rule that needs the chart tells anew why it cannot be loaded. */
  const load = (path: string, prefix = ""): Chart | undefined => {
    loaded ??= loadOrFail(tree, compat);
    if (!(loaded instanceof ProblemError)) return loaded;
    report("ERROR", path, `${prefix}${loaded.problems[0]?.message}`);
    return undefined;
  };
  lintChartFile(tree, compat, report);
  lintValues(tree, options, report);
  const templates = tree.stat("templates");
  if (!templates && compat === "v4") report("WARNING", TEMPLATES, "directory does not exist");
  else if (templates && templates.kind !== "directory")
    report(compat === "v4" ? "ERROR" : "WARNING", TEMPLATES, "not a directory");
  else {
    const chart = load(TEMPLATES);
    if (chart) lintTemplates(chart, options, report);
  }
  const chart = load("", "unable to load chart\n\t");
  if (chart) lintDependencies(chart, options.place, report);
  if (compat === "v4") lintCrds(tree, () => load("crds/"), report);
  return findings;
}

function loadOrFail(tree: FileTree, compat: "v3" | "v4"): Chart | ProblemError {
  try {
    return loadChart(tree, "", { compat, isLint: true });
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

/** The chart's own schema alone; values of subcharts are looked at by the templates' rule. */
function lintValues(tree: FileTree, options: LintOptions, report: Report): void {
  const { compat, skipSchemaValidation } = options;
  const file = "values.yaml";
  if (tree.stat(file) === undefined) return report("INFO", file, "file does not exist");
  try {
    const own = decodeMap(readText(tree, file), file, "unable to parse YAML", VALUES_TYPE[compat]);
    if ((skipSchemaValidation && compat === "v4") || tree.stat("values.schema.json") === undefined) return;
    const merge = { keepsNulls: false, compat, path: "", warn: () => {} };
    const values = mergeTables(mergeTables({}, cloneValues(options.values), merge), own, merge);
    const schema = tree.read("values.schema.json");
    if (schema.length === 0) return;
    const found = schemaFindings(schema, values);
    if ("fault" in found) report("ERROR", file, found.fault);
    else if (found.lines.length > 0) report("ERROR", file, `${found.lines.join("\n")}\n`);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    report("ERROR", file, error.problems[0]?.message ?? "");
  }
}

function lintTemplates(loaded: Chart, options: LintOptions, report: Report): void {
  const { compat, namespace, kubeVersion } = options;
  const chart = copyChart(loaded);
  let values: JsonObject;
  try {
    const quiet = { compat, warn: () => {} };
    // Twice, as Helm's linter does: what is null after the first time is gone after the second.
    values = coalesceValues(chart, layOut(chart, options.values, quiet), { ...quiet, mode: "coalesce" });
  } catch {
    // Helm's linter says nothing of it, and goes on to the next rule.
    return;
  }
  try {
    if (!options.skipSchemaValidation) validateValues(chart, values);
    const capabilities = DEFAULT_CAPABILITIES[compat];
    const rendered = renderTemplates({
      chart,
      values,
      compat,
      capabilities: kubeVersion ? { ...capabilities, kubeVersion } : capabilities,
      release: { name: "test-release", namespace, isUpgrade: false, isInstall: false, revision: 0 },
      context: {},
      isLint: true,
      strict: false,
      execute: {},
    });
    lintManifests(chart, rendered, { compat, kubeVersion }, report);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const [{ code, message } = { code: "", message: "" }] = error.problems;
    // What a schema's library tells ends its line; other faults do not.
    const isTold =
      code === "ChartSchemaViolated" &&
      !message.includes(" is not valid against metaschema: ") &&
      /\n *- at '[^\n]*$/.test(message);
    report("ERROR", TEMPLATES, isTold ? `${message}\n` : message);
  }
}

function lintDependencies(chart: Chart, place: string, report: Report): void {
  // One that is declared under several aliases is told as often.
  const declared = (chart.metadata.dependencies ?? []).map(({ name }) => name);
  const present = chart.dependencies.map(({ metadata }) => metadata.name);
  const undeclared = present.filter((name) => !declared.includes(name));
  const missing = declared.filter((name) => !present.includes(name));
  if (undeclared.length > 0)
    report("ERROR", place, `chart metadata is missing these dependencies: ${undeclared.join(",")}`);
  if (missing.length > 0)
    report("WARNING", place, `chart directory is missing these dependencies: ${missing.join(",")}`);
}
