// Charts
export { loadChart, loadChartArchive, type LoadOptions } from "./chart/load.ts";
export { unpackChart } from "./chart/archive.ts";
export type { Chart, ChartDependency, ChartFile, ChartMetadata } from "./chart/types.ts";

// Values
export { collectValues, type ValueSources } from "./values/options.ts";
export { overlay } from "./values/overlay.ts";

// Rendering
export { renderChart, type ChartRenderOptions, type RenderedChart } from "./render-chart.ts";
export type { Hook, Manifest } from "./output/sort.ts";

export { HELM_CODES } from "./codes.ts";
export { HELM_LIMITS } from "./limits.ts";

// What Argo CD makes of a chart
export { renderArgoHelm, type ArgoHelmEnvironment, type ArgoHelmOptions } from "./argo/render.ts";
export { stableSources, type StableOptions } from "./stable.ts";

// The command line
export { helmTemplate } from "./command/template.ts";
export { helmLint } from "./command/lint.ts";
export { fileTemplate } from "./command/file-template.ts";
export { helmDependency, type DependencyIo, type DependencyOrder } from "./command/dependency.ts";
export { packChart } from "./command/dependency-pack.ts";
export type { ChartReference, CommandIo } from "./command/io.ts";

// What a kustomization makes of a chart
export { renderKustomizeChart, type KustomizeChart } from "./kustomize/inflate.ts";
