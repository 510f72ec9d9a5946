import { problemError, type FileTree, type Problem } from "@fairlead/base";
import {
  buildKustomization,
  createParseCache,
  withArgoOverrides,
  MissingRemote,
  type ArgoKustomizeOverrides,
  type RemoteSource,
} from "@fairlead/kustomize";
import type { RenderedObject, RenderEnvironment, SourceSpec } from "../types.ts";

/** Parsed files by their content id, for the life of the process: twenty overlays over one base parse the base once. */
const parsedFiles = createParseCache();

/** @throws ProblemError with every fault of the kustomization */
export function renderKustomize(
  tree: FileTree,
  spec: SourceSpec,
  environment: RenderEnvironment,
  remote?: RemoteSource,
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
  try {
    const built = buildKustomization(laidOver, spec.path, { cache: parsedFiles, remote });
    return { objects: [...built.objects], warnings: built.warnings };
  } catch (error) {
    if (!(error instanceof MissingRemote)) throw error;
    const named = error.repository?.raw ?? error.url ?? "";
    const message = `remote base ${JSON.stringify(named)} is not fetched here`;
    throw problemError("UnsupportedSource", message, { file: spec.path });
  }
}
