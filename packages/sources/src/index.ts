// Git repositories as file trees
export { normalizeGitUrl, Repositories, type RepositoriesOptions } from "./git/repositories.ts";
export { GitRepository } from "./git/repository.ts";
export { type GitCommit } from "./git/commit.ts";
export { type RefSnapshot, type ResolvedRevision } from "./git/refs.ts";
export { maskCredentials, runGit, type GitOptions } from "./git/run.ts";

// Charts and artifacts
export {
  ChartSources,
  type ChartArchive,
  type ChartRequest,
  type ChartSourcesOptions,
  type ResolvedArtifact,
} from "./charts.ts";
export { isOciUrl } from "./oci/reference.ts";

// Dependencies of charts
export { buildDependencies } from "./dependencies/build.ts";
export { withDependencies } from "./dependencies/on-demand.ts";
export type { DependencyRequest, DependencyResult, NamedRepository, PackChart } from "./dependencies/types.ts";

// Credentials
export { CredentialStore } from "./credentials/store.ts";
export { dockerAccess } from "./credentials/docker-config.ts";
export type { SecretLike } from "./credentials/secret.ts";
export type { AccessFor, GithubApp, RepositoryAccess } from "./credentials/types.ts";

// Trees
export { archiveTree } from "./archive/tree.ts";
export { overlayTree } from "./tree/overlay.ts";

export type { Polling } from "./polling.ts";
export { SOURCE_CODES } from "./codes.ts";
