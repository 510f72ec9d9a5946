import { ProblemError, problemError, type Clock, type JsonObject, type Problem } from "@fairlead/base";
import { parseConstraint, parseVersion, satisfies, type ExecLimits, type RandomSource } from "@fairlead/gotemplate";
import { copyChart, type Chart, type ChartFile } from "./chart/types.ts";
import { missingDependencies, processDependencies } from "./dependencies/process.ts";
import { DEFAULT_CAPABILITIES, plainVersion } from "./engine/capabilities.ts";
import type { Release } from "./engine/release.ts";
import { renderTemplates } from "./engine/render.ts";
import { sortOutput, type Hook, type Manifest } from "./output/sort.ts";
import { validateValues } from "./schema/validate.ts";
import { coalesceValues } from "./values/coalesce.ts";

export interface ChartRenderOptions {
  readonly release: Pick<Release, "name" | "namespace"> & Partial<Release>;
  /** What the user wants, already laid over each other (`collectValues`). */
  readonly values?: JsonObject | undefined;
  readonly compat: "v3" | "v4";
  /** `v1.33.0`; what the real Helm says without a cluster when absent. */
  readonly kubeVersion?: string | undefined;
  /** Beside the default ones. */
  readonly apiVersions?: readonly string[] | undefined;
  readonly skipSchemaValidation?: boolean | undefined;
  readonly isLint?: boolean | undefined;
  readonly strict?: boolean | undefined;
  /** NOTES.txt of subcharts count too. */
  readonly subNotes?: boolean | undefined;
  readonly lookup?:
    | ((apiVersion: string, kind: string, namespace: string, name: string) => Record<string, unknown>)
    | undefined;
  readonly limits?: Partial<ExecLimits> | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: RandomSource | undefined;
  /** Told what each template gave, by its path, before anything is made of it: to look at output that is not YAML. */
  readonly onOutput?: ((files: ReadonlyMap<string, string>) => void) | undefined;
}

export interface RenderedChart {
  /** In install order, hooks apart. */
  readonly manifests: readonly Manifest[];
  readonly hooks: readonly Hook[];
  /** Never templated: `path` is the file in the chart. */
  readonly crds: readonly { readonly path: string; readonly text: string }[];
  readonly notes: string;
  readonly warnings: readonly Problem[];
}

const NOTES = "NOTES.txt";

/**
 * Renders a chart as `helm template` does: dependencies chosen by the values, values laid over each other and checked, templates
 * executed, output taken apart and sorted. Pure: the same chart, values and options give the same answer, but for functions of time and
 * chance, whose sources are parameters.
 * @throws ProblemError ChartIncompatible, ChartDependencyMissing, ChartValuesInvalid, ChartSchemaViolated, ChartTemplateFailed, ChartManifestInvalid
 */
export function renderChart(loaded: Chart, options: ChartRenderOptions): RenderedChart {
  const warnings: Problem[] = [];
  const warn = (message: string): void =>
    void warnings.push({ code: "ChartValuesInvalid", message, severity: "warning" });
  const { compat, values: given = {} } = options;
  const chart = copyChart(loaded);
  refuseLibrary(chart);
  refuseMissing(chart, compat);
  if (compat === "v4" && chart.metadata.apiVersion === "v3")
    throw problemError("ChartInvalid", "invalid chart apiVersion", { file: `${chart.root}/Chart.yaml` });
  if (chart.metadata.deprecated) warn("this chart is deprecated");
  const dependencyFault = compat === "v4" ? "chart dependencies processing failed: " : "";
  const values = layOut(chart, given, { compat, warn, dependencyFault });
  if (!options.skipSchemaValidation) validateValues(chart, values);
  const capabilities = {
    ...DEFAULT_CAPABILITIES[compat],
    ...(options.kubeVersion === undefined ? {} : { kubeVersion: options.kubeVersion }),
    apiVersions: [...DEFAULT_CAPABILITIES[compat].apiVersions, ...(options.apiVersions ?? [])],
  };
  refuseIncompatible(chart, capabilities.kubeVersion);
  const rendered = renderTemplates({
    chart,
    values,
    compat,
    capabilities,
    release: { isUpgrade: false, isInstall: options.release.isUpgrade !== true, revision: 1, ...options.release },
    context: {
      lookup: options.lookup,
      onLint: (message) => void warnings.push({ code: "ChartTemplateFailed", message, severity: "warning" }),
    },
    isLint: options.isLint ?? false,
    strict: options.strict ?? false,
    execute: pick(options),
  });
  const notes = takeNotes(rendered, chart.metadata.name, options.subNotes ?? false);
  options.onOutput?.(rendered);
  return { ...sortOutput(rendered, compat), crds: collectCrds(chart), notes, warnings };
}

function pick({ limits, clock, random }: ChartRenderOptions): {
  limits?: Partial<ExecLimits>;
  clock?: Clock;
  random?: RandomSource;
} {
  return { ...(limits ? { limits } : {}), ...(clock ? { clock } : {}), ...(random ? { random } : {}) };
}

/**
 * Dependencies chosen, all values laid over each other. The chart is changed.
 * @param options dependencyFault comes before what is wrong with values for a dependency
 * @throws ProblemError
 */
export function layOut(
  chart: Chart,
  given: JsonObject,
  options: { compat: "v3" | "v4"; warn: (message: string) => void; dependencyFault?: string },
): JsonObject {
  let prefix = options.dependencyFault ?? "";
  try {
    processDependencies(chart, given, options);
    prefix = "";
    return coalesceValues(chart, given, { ...options, mode: "coalesce" });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw problemError("ChartValuesInvalid", `${prefix}${(error as Error).message}`, { file: chart.root }, error);
  }
}

function refuseLibrary(chart: Chart): void {
  if (chart.metadata.type !== "library") return;
  throw problemError("ChartInvalid", "library charts are not installable", { file: `${chart.root}/Chart.yaml` });
}

function refuseMissing(chart: Chart, compat: "v3" | "v4"): void {
  const missing = missingDependencies(chart);
  if (missing.length === 0) return;
  const quote = compat === "v3" ? "`" : "'";
  throw problemError(
    "ChartDependencyMissing",
    `${compat === "v3" ? "An" : "an"} error occurred while checking for chart dependencies. You may need to run ${quote}helm dependency build${quote} to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(", ")}`,
    { file: `${chart.root}/Chart.yaml` },
  );
}

function refuseIncompatible(chart: Chart, kubeVersion: string): void {
  const { kubeVersion: range } = chart.metadata;
  if (!range) return;
  let isSatisfied = false;
  try {
    isSatisfied = satisfies(parseVersion(plainVersion(kubeVersion)), parseConstraint(range));
  } catch {
    // A range that cannot be read fits nothing, as in Helm.
  }
  if (isSatisfied) return;
  const message = `chart requires kubeVersion: ${range} which is incompatible with Kubernetes ${kubeVersion}`;
  throw problemError("ChartIncompatible", message, { file: `${chart.root}/Chart.yaml` });
}

function takeNotes(rendered: Map<string, string>, name: string, subNotes: boolean): string {
  let notes = "";
  for (const [path, text] of rendered) {
    if (!path.endsWith(NOTES)) continue;
    rendered.delete(path);
    if (!subNotes && path !== `${name}/templates/${NOTES}`) continue;
    notes += notes === "" ? text : `\n${text}`;
  }
  return notes;
}

/** Of the chart and its dependencies, files in name order. */
function collectCrds(chart: Chart, prefix = chart.metadata.name): { path: string; text: string }[] {
  const own = chart.crds
    .filter(({ name }) => /\.(ya?ml|json)$/i.test(name))
    .map(({ name, data }: ChartFile) => ({ path: `${prefix}/${name}`, text: Buffer.from(data).toString("utf8") }));
  return [...own, ...chart.dependencies.flatMap((sub) => collectCrds(sub, `${prefix}/charts/${sub.metadata.name}`))];
}
