// Git repositories as file trees
export { normalizeGitUrl, Repositories, type RepositoriesOptions } from "./git/repositories.ts";
export { GitRepository } from "./git/repository.ts";
export { type GitCommit } from "./git/commit.ts";
export { type RefSnapshot, type ResolvedRevision } from "./git/refs.ts";
export { maskCredentials, runGit, type GitOptions } from "./git/run.ts";

export { SOURCE_CODES } from "./codes.ts";
