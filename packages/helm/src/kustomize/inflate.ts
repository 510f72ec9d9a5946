import type { FileTree, Json, JsonObject } from "@fairlead/base";
import { parseTemplate, sprigFunctions, trimSpace } from "@fairlead/gotemplate";
import { loadChart } from "../chart/load.ts";
import { renderChart } from "../render-chart.ts";
import { overlay } from "../values/overlay.ts";
import { isTable } from "../values/value.ts";

/** A chart as a kustomization asks for it (`helmCharts`); see @fairlead/kustomize. */
export interface KustomizeChart {
  readonly tree: FileTree;
  readonly chartPath: string;
  readonly releaseName: string;
  readonly nameTemplate: string;
  readonly namespace: string;
  /** In order, later ones win. */
  readonly values: readonly Json[];
  readonly includeCrds: boolean;
  readonly skipHooks: boolean;
  readonly skipTests: boolean;
  readonly kubeVersion: string;
  readonly apiVersions: readonly string[];
}

/** What `helm template` prints for it. @throws ProblemError as renderChart */
export function renderKustomizeChart(chart: KustomizeChart): string {
  const values = chart.values.reduce<JsonObject>((merged, top) => (isTable(top) ? overlay(merged, top) : merged), {});
  const rendered = renderChart(loadChart(chart.tree, chart.chartPath), {
    compat: "v4",
    release: { name: releaseName(chart), namespace: chart.namespace || "default" },
    values,
    // As `helm template --kube-version` writes it.
    kubeVersion: chart.kubeVersion === "" ? undefined : `v${chart.kubeVersion.replace(/^v/, "")}`,
    apiVersions: chart.apiVersions,
  });
  const document = ({ path, text }: { path: string; text: string }): string => `---\n# Source: ${path}\n${text}\n`;
  const hooks = chart.skipHooks
    ? []
    : rendered.hooks.filter((hook) => !chart.skipTests || !hook.events.includes("test"));
  const head = trimSpace([...(chart.includeCrds ? rendered.crds : []), ...rendered.manifests].map(document).join(""));
  return `${head}\n${hooks.map(document).join("")}`;
}

function releaseName({ releaseName: name, nameTemplate }: KustomizeChart): string {
  if (nameTemplate === "") return name === "" ? "release-name" : name;
  return parseTemplate("name-template", nameTemplate, { functions: sprigFunctions }).execute("name-template", {});
}
