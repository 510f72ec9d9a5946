import type { FileTree, Problem } from "@fairlead/base";
import { renderArgoHelm, type ArgoHelmOptions } from "@fairlead/helm";
import type { RenderedObject, RenderEnvironment, SourceSpec } from "../types.ts";

/** @throws ProblemError with every fault of the chart */
export function renderHelm(
  tree: FileTree,
  spec: SourceSpec,
  environment: RenderEnvironment,
  opened: (tree: FileTree) => FileTree,
): { objects: RenderedObject[]; warnings: readonly Problem[] } {
  // A chart's own files are read whether they are used or not; only files of values are opened.
  const seen = { ...environment, values: opened(tree) };
  return renderArgoHelm(tree, spec.path, (spec.helm ?? {}) as ArgoHelmOptions, seen);
}
