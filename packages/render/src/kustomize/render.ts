import type { FileTree, Problem } from "@fairlead/base";
import { buildKustomization } from "@fairlead/kustomize";
import type { RenderedObject, RenderEnvironment, SourceSpec } from "../types.ts";

/** @throws ProblemError with every fault of the kustomization */
export function renderKustomize(
  tree: FileTree,
  spec: SourceSpec,
  _environment: RenderEnvironment,
): { objects: RenderedObject[]; warnings: readonly Problem[] } {
  const built = buildKustomization(tree, spec.path);
  return { objects: [...built.objects], warnings: built.warnings };
}
