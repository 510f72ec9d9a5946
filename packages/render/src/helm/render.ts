import type { FileTree, Problem } from "@fairlead/base";
import { renderArgoHelm, type ArgoHelmOptions } from "@fairlead/helm";
import type { RenderedObject, RenderEnvironment, SourceSpec } from "../types.ts";

/** @throws ProblemError with every fault of the chart */
export function renderHelm(
  tree: FileTree,
  spec: SourceSpec,
  environment: RenderEnvironment,
): { objects: RenderedObject[]; warnings: readonly Problem[] } {
  return renderArgoHelm(tree, spec.path, (spec.helm ?? {}) as ArgoHelmOptions, environment);
}
