import { ProblemError, readText, type FileTree, type JsonObject } from "@fairlead/base";
import { loadChart } from "../chart/load.ts";
import { decodeMap, parseMetadata } from "../chart/metadata.ts";
import { copyChart, type Chart } from "../chart/types.ts";
import { DEFAULT_CAPABILITIES } from "../engine/capabilities.ts";
import { renderTemplates } from "../engine/render.ts";
import { layOut } from "../render-chart.ts";
import { ownViolations, validateValues } from "../schema/validate.ts";
import { mergeTables } from "../values/coalesce.ts";
import { cloneValues } from "../values/value.ts";
import { lintChartFile } from "./chart-file.ts";
import { lintManifests } from "./manifests.ts";
import type { Finding, Report } from "./types.ts";

export interface LintOptions {
  readonly values: JsonObject;
  readonly compat: "v3" | "v4";
  readonly namespace: string;
  /** How the person named the chart. */
  readonly path: string;
  readonly kubeVersion?: string | undefined;
  readonly skipSchemaValidation?: boolean | undefined;
}

const TEMPLATES = "templates/";

/** Helm's rules about a chart: Chart.yaml, values, templates and what they give, dependencies. All findings, in Helm's order. */
export function lintChart(tree: FileTree, options: LintOptions): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (severity, path, text) => void findings.push({ severity, path, text });
  const attempt = <T>(path: string, prefix: string, step: () => T): T | undefined => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      report("ERROR", path, prefix + error.problems.map(({ message }) => message).join("\n"));
      return undefined;
    }
  };
  attempt("Chart.yaml", "unable to parse YAML\n\t", () => {
    const text = readText(tree, "Chart.yaml");
    lintChartFile(parseMetadata(text, "Chart.yaml"), decodeMap(text, "Chart.yaml", "cannot load Chart.yaml"), report);
  });
  if (tree.stat("values.yaml") === undefined) report("INFO", "values.yaml", "file does not exist");
  const hasTemplates = options.compat === "v3" || tree.stat("templates")?.kind === "directory";
  const chart = attempt("", "unable to load chart\n\t", () => loadChart(tree));
  if (!chart) return findings;
  if (!options.skipSchemaValidation && tree.stat("values.yaml"))
    attempt("values.yaml", "", () => lintValues(chart, options, report));
  if (!hasTemplates) report("WARNING", TEMPLATES, "directory does not exist");
  else attempt(TEMPLATES, "", () => lintTemplates(chart, options, report));
  lintDependencies(chart, options.path, report);
  return findings;
}

/** The chart's own schema alone; values of subcharts are looked at by the templates' rule. */
function lintValues(chart: Chart, { values, compat }: LintOptions, report: Report): void {
  const merge = { keepsNulls: false, compat, path: "", warn: () => {} };
  const lines = ownViolations(chart, mergeTables(cloneValues(values), cloneValues(chart.values), merge));
  if (lines.length > 0) report("ERROR", "values.yaml", `${lines.join("\n")}\n`);
}

function lintTemplates(loaded: Chart, options: LintOptions, report: Report): void {
  const { compat, namespace } = options;
  const chart = copyChart(loaded);
  const values = layOut(chart, options.values, { compat, warn: () => {} });
  if (!options.skipSchemaValidation) validateValues(chart, values);
  const capabilities = DEFAULT_CAPABILITIES[compat];
  const rendered = renderTemplates({
    chart,
    values,
    compat,
    capabilities: options.kubeVersion ? { ...capabilities, kubeVersion: options.kubeVersion } : capabilities,
    release: { name: "test-release", namespace, isUpgrade: false, isInstall: false, revision: 0 },
    context: {},
    isLint: true,
    strict: false,
    execute: {},
  });
  lintManifests(chart, rendered, report);
}

function lintDependencies(chart: Chart, path: string, report: Report): void {
  const declared = new Set((chart.metadata.dependencies ?? []).map(({ name }) => name));
  const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name));
  const undeclared = [...present].filter((name) => !declared.has(name));
  const missing = [...declared].filter((name) => !present.has(name));
  if (undeclared.length > 0)
    report("ERROR", path, `chart metadata is missing these dependencies: ${undeclared.join(",")}`);
  if (missing.length > 0)
    report("WARNING", path, `chart directory is missing these dependencies: ${missing.join(",")}`);
}
