// Build
export { buildKustomization, KUSTOMIZE_VERSION, type BuildOptions, type BuiltKustomization } from "./build.ts";
export { buildWithRemotes, type RemoteFetcher } from "./build-with-remotes.ts";
export { createParseCache, type ParseCache } from "./load/cache.ts";

// What is fetched by others: remote bases and files, charts
export { MissingRemote } from "./load/loader.ts";
export { parseRepositoryUrl, type ChartSpec, type RemoteSource, type RepositorySpec } from "./load/remote.ts";
export type { HelmInflation, HelmOptions } from "./generate/helm-types.ts";

// What Argo CD and Flux lay over a kustomization
export { withArgoOverrides, type ArgoKustomizeOverrides } from "./overrides/argo.ts";
export {
  FLUX_BUILD_OPTIONS,
  withCommonMetadata,
  withFluxOverrides,
  type FluxKustomizeOverrides,
} from "./overrides/flux.ts";

// The command: `fairlead kustomize build`
export { runBuild, type BuildIo } from "./command/run-build.ts";
export { FlagFault, parseBuildFlags, type BuildFlags } from "./command/flags.ts";

export { KUSTOMIZE_CODES } from "./codes.ts";
export { KUSTOMIZE_LIMITS } from "./limits.ts";
