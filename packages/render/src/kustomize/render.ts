import { joinPath, problemError, type FileTree, type Problem } from "@fairlead/base";
import { renderKustomizeChart } from "@fairlead/helm";
import {
  buildKustomization,
  createParseCache,
  withArgoOverrides,
  MissingRemote,
  type ArgoKustomizeOverrides,
  type HelmOptions,
  type RemoteSource,
} from "@fairlead/kustomize";
import { closedTree } from "../encrypted/opened-tree.ts";
import type { RenderedObject, RenderEnvironment, SourceSpec } from "../types.ts";
import { parseBuildOptions } from "./build-options.ts";

/** Parsed files by their content id, for the life of the process: twenty overlays over one base parse the base once. */
const parsedFiles = createParseCache();

interface Aids {
  readonly remote: RemoteSource | undefined;
  /** A tree as it reads with the keys at hand. */
  readonly opened: (tree: FileTree) => FileTree;
}

/** @throws ProblemError with every fault of the kustomization */
export function renderKustomize(
  tree: FileTree,
  spec: SourceSpec,
  environment: RenderEnvironment,
  { remote, opened }: Aids,
): { objects: RenderedObject[]; warnings: readonly Problem[] } {
  // kubeVersion and apiVersions concern charts inside, version chooses a tool; they are no overrides.
  const { kubeVersion, apiVersions, version: _version, ...overrides } = spec.kustomize ?? {};
  const variables = { ARGOCD_APP_NAME: environment.appName, ARGOCD_APP_NAMESPACE: environment.namespace };
  const laidOver = withArgoOverrides(tree, spec.path, overrides as ArgoKustomizeOverrides, variables);
  const { helm, ...asked } = parseBuildOptions(environment.kustomizeBuildOptions ?? "");
  const charts = helm && {
    inflate,
    kubeVersion: helm.kubeVersion || textOf(kubeVersion) || environment.kubeVersion,
    apiVersions: [...helm.apiVersions, ...(textsOf(apiVersions) ?? environment.apiVersions ?? [])],
  };
  const options = { ...asked, helm: charts, cache: parsedFiles, remote: remote && openedRemotes(remote, opened) };
  try {
    const built = buildKustomization(opened(laidOver), spec.path, options);
    return { objects: [...built.objects], warnings: built.warnings };
  } catch (error) {
    if (!(error instanceof MissingRemote)) throw error;
    const named = error.repository?.raw ?? error.chart?.name ?? error.url ?? "";
    const message = `remote base ${JSON.stringify(named)} is not fetched here`;
    throw problemError("UnsupportedSource", message, { file: spec.path });
  }
}

/** A chart's own files are read whether they are used or not, so they are left as they are; its values were read before. */
const inflate: HelmOptions["inflate"] = (chart) =>
  renderKustomizeChart({ ...chart, tree: closedTree(chart.tree), chartPath: joinPath(chart.chartPath) });

function openedRemotes(remote: RemoteSource, opened: (tree: FileTree) => FileTree): RemoteSource {
  return {
    ...remote,
    repository(spec) {
      const tree = remote.repository(spec);
      return tree && opened(tree);
    },
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}
