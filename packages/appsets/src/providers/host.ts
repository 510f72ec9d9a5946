import type { PullRequest, ScmRepository } from "../generators/facts.ts";
import type { PullRequestProvider, ScmProvider } from "./types.ts";

/** A repository as a host lists it: its default branch, without a commit. */
export interface ListedRepository extends Omit<ScmRepository, "sha"> {
  readonly sha?: string;
}

/** What we ask of every host. All throw ProblemError GeneratorHostFailed or HostRepositoryNotFound. */
export interface Host {
  pullRequests(provider: PullRequestProvider): Promise<PullRequest[]>;
  repositories(provider: ScmProvider): Promise<ListedRepository[]>;
  /** The repository at its default branch, or at each of its branches; none for one without a commit. */
  branches(provider: ScmProvider, repository: ListedRepository): Promise<ScmRepository[]>;
  hasPath(provider: ScmProvider, repository: ScmRepository, path: string): Promise<boolean>;
  /** Whether a pull request that is no longer listed was closed or merged; false when the host does not say so. */
  isClosed(provider: PullRequestProvider, number: number): Promise<boolean>;
  /** Writes a comment on a pull request, or changes the one that has the mark in it. */
  comment(provider: PullRequestProvider, number: number, mark: string, text: string): Promise<void>;
}

/** A branch of a repository. */
export function atBranch(repository: ListedRepository, branch: string, sha: string): ScmRepository {
  return { ...repository, branch, sha };
}
