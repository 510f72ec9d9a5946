import type { FileTree, Problem } from "@fairlead/base";
import {
  buildKustomization,
  createParseCache,
  withArgoOverrides,
  type ArgoKustomizeOverrides,
} from "@fairlead/kustomize";
import type { RenderedObject, RenderEnvironment, SourceSpec } from "../types.ts";

/** Parsed files by their content id, for the life of the process: twenty overlays over one base parse the base once. */
const parsedFiles = createParseCache();

/** @throws ProblemError with every fault of the kustomization */
export function renderKustomize(
  tree: FileTree,
  spec: SourceSpec,
  environment: RenderEnvironment,
): { objects: RenderedObject[]; warnings: readonly Problem[] } {
  // kubeVersion, apiVersions and version choose a tool or concern charts inside; they are no overrides.
  const {
    kubeVersion: _kubeVersion,
    apiVersions: _apiVersions,
    version: _version,
    ...overrides
  } = spec.kustomize ?? {};
  const variables = { ARGOCD_APP_NAME: environment.appName, ARGOCD_APP_NAMESPACE: environment.namespace };
  const laidOver = withArgoOverrides(tree, spec.path, overrides as ArgoKustomizeOverrides, variables);
  const built = buildKustomization(laidOver, spec.path, { cache: parsedFiles });
  return { objects: [...built.objects], warnings: built.warnings };
}
