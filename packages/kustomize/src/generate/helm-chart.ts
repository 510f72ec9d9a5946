import {
  type FileTree,
  isJsonObject,
  joinPath,
  type Json,
  type JsonObject,
  problemError,
  setOwn,
} from "@fairlead/base";
import { decodeYaml, encodeYaml } from "@fairlead/yaml";
import type { HelmChartSpec, HelmGlobalsSpec } from "../kustomization/types.ts";
import type { Loader } from "../load/loader.ts";
import { textOfFile } from "../load/text.ts";
import { builtinSchemas } from "../merge/schema.ts";
import { mergeStrategic } from "../merge/strategic.ts";
import { parseFile } from "../node/load.ts";
import { mapping } from "../node/ops.ts";
import { toJson } from "../node/value.ts";
import type { MappingNode } from "../node/types.ts";
import { resourcesOf } from "../resource/factory.ts";
import type { Resource } from "../resource/resource.ts";
import { within } from "../transform/fault.ts";
import type { SchemaStore } from "../merge/schema.ts";
import type { HelmOptions } from "./helm-types.ts";

/** What a chart needs of the build around it. */
export interface ChartContext {
  readonly loader: Loader;
  readonly helm: HelmOptions | undefined;
  readonly schemas: SchemaStore;
}

/**
 * Checks a chart's configuration; the returned function inflates it.
 * @throws ProblemError KustomizeGenerator when Helm is not enabled, or the configuration is not valid
 */
export function configureChart(
  context: ChartContext,
  chart: HelmChartSpec,
  globals: HelmGlobalsSpec,
  file: string,
): () => Resource[] {
  const { helm, loader } = context;
  if (!helm) {
    throw problemError("KustomizeGenerator", "must specify --enable-helm", {
      hint: "charts are inflated only when that is allowed",
    });
  }
  const { name = "", releaseName = "", valuesMerge = "" } = chart;
  if (name === "") throw problemError("KustomizeGenerator", "chart name cannot be empty");
  if (releaseName.startsWith("-")) {
    throw problemError("KustomizeGenerator", `releaseName must not start with '-', got ${JSON.stringify(releaseName)}`);
  }
  if (name.startsWith("-")) {
    throw problemError("KustomizeGenerator", `chart name must not start with '-', got ${JSON.stringify(name)}`);
  }
  const additional = (chart.additionalValuesFiles ?? []).map((path) =>
    within({}, "could not load additionalValuesFile: ", () => valuesIn(loader, path)),
  );
  if (!["", "merge", "override", "replace"].includes(valuesMerge)) {
    throw problemError("KustomizeGenerator", "valuesMerge must be one of [merge override replace]");
  }
  return () => inflate(context, helm, { chart, globals, file, additional });
}

interface Configured {
  readonly chart: HelmChartSpec;
  readonly globals: HelmGlobalsSpec;
  readonly file: string;
  readonly additional: readonly Json[];
}

function inflate(
  context: ChartContext,
  helm: HelmOptions,
  { chart, globals, file, additional }: Configured,
): Resource[] {
  const { loader } = context;
  const { name = "", version = "", repo = "" } = chart;
  const home = chartHome(globals.chartHome || "charts", name, version, repo);
  const place = findChart(loader, `${home}/${name}`, chart);
  const text = helm.inflate({
    tree: place.tree,
    chartPath: place.path,
    releaseName: chart.releaseName ?? "",
    nameTemplate: chart.nameTemplate ?? "",
    namespace: chart.namespace ?? "",
    values: [chartValues(loader, chart, place, `${home}/${name}/values.yaml`), ...additional],
    includeCrds: chart.includeCRDs ?? false,
    skipHooks: chart.skipHooks ?? false,
    skipTests: chart.skipTests ?? false,
    kubeVersion: helm.kubeVersion || chart.kubeVersion || "",
    apiVersions: helm.apiVersions?.length ? helm.apiVersions : (chart.apiVersions ?? []),
  });
  const resources = resourcesOf(parseFile(text, `${home}/${name}`), context.schemas);
  for (const resource of resources) {
    resource.isHelmGenerated = true;
    resource.provenance.overlays.push(file);
  }
  return resources;
}

/** A pulled chart has a directory of its own for each version. */
function chartHome(home: string, name: string, version: string, repo: string): string {
  return version !== "" && repo !== "" ? `${home}/${name}-${version}` : home;
}

function findChart(
  loader: Loader,
  path: string,
  { name = "", version = "", repo = "", devel = false }: HelmChartSpec,
): { tree: FileTree; path: string; isPulled: boolean } {
  const full = joinPath(loader.root, path);
  const found = loader.tree.stat(full);
  if (found?.kind === "directory") return { tree: loader.tree, path: found.path, isPulled: false };
  if (repo === "") throw problemError("KustomizeGenerator", "no repo specified for pull, no chart found at ''");
  return { tree: loader.chart({ repo, name, version, devel }, full), path: "", isPulled: true };
}

/** The chart's own values file or the one that is named, with the inline values over it, under it, or in its place. */
function chartValues(
  loader: Loader,
  chart: HelmChartSpec,
  place: { tree: FileTree; path: string; isPulled: boolean },
  ownPath: string,
): Json {
  const inline: JsonObject = {};
  for (const [key, value] of chart.valuesInline ?? []) setOwn(inline, key, value);
  const hasInline = Object.keys(inline).length > 0;
  if (hasInline && chart.valuesMerge === "replace") return inline;
  const text =
    !chart.valuesFile && place.isPulled
      ? textOfFile({ bytes: place.tree.read(joinPath(place.path, "values.yaml")), file: ownPath })
      : textOfFile(loader.load(chart.valuesFile || ownPath));
  if (!hasInline) return decodeYaml(text);
  const [file, own] = [asMapping(text, ownPath), asMapping(encodeYaml(inline), ownPath)];
  const merged =
    chart.valuesMerge === "merge"
      ? mergeStrategic(own, file, builtinSchemas, "append")
      : mergeStrategic(file, own, builtinSchemas, "append");
  const values = merged ? toJson(merged) : {};
  return isJsonObject(values) ? values : {};
}

function valuesIn(loader: Loader, path: string): Json {
  const loaded = loader.load(path);
  return decodeYaml(textOfFile(loaded), { file: loaded.file });
}

function asMapping(text: string, file: string): MappingNode {
  const node = parseFile(text, file).documents[0]?.node;
  return node?.kind === "mapping" ? node : mapping();
}
