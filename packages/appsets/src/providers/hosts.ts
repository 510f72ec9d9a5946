import type { Clock } from "@fairlead/base";
import type { PullRequest, ScmRepository } from "../generators/facts.ts";
import { compileMatch } from "../generators/matches.ts";
import { azureDevOpsHost } from "./azure-devops.ts";
import { bitbucketHost } from "./bitbucket.ts";
import { bitbucketServerHost } from "./bitbucket-server.ts";
import { giteaHost } from "./gitea.ts";
import { githubHost } from "./github.ts";
import { gitlabHost } from "./gitlab.ts";
import type { Host } from "./host.ts";
import { HostClient, type Transport } from "./http.ts";
import type { HostAccess, PullRequestProvider, ScmFilter, ScmProvider } from "./types.ts";

/** Repositories whose branches and paths are asked for at the same time. */
const PARALLEL = 8;

/** Every code host, behind one door: what was learned of one (entity tags, limits, tokens of Apps) serves all sets of a process. */
export class CodeHosts {
  readonly client: HostClient;
  readonly #clock: Clock;
  readonly #appTokens = new Map<string, { readonly token: string; readonly expiresAtMs: number }>();

  constructor(options: { readonly clock: Clock; readonly transport?: Transport }) {
    this.client = new HostClient(options);
    this.#clock = options.clock;
  }

  /** @throws ProblemError GeneratorHostFailed, HostRepositoryNotFound */
  pullRequests(provider: PullRequestProvider): Promise<PullRequest[]> {
    return this.#host(provider).pullRequests(provider);
  }

  /** Whether a pull request that is no longer listed was closed. @throws ProblemError GeneratorHostFailed */
  isClosed(provider: PullRequestProvider, number: number): Promise<boolean> {
    return this.#host(provider).isClosed(provider, number);
  }

  comment(provider: PullRequestProvider, number: number, mark: string, text: string): Promise<void> {
    return this.#host(provider).comment(provider, number, mark, text);
  }

  /**
   * Repositories at their branches, filtered as Argo CD does: items that only look at the repository pick repositories; items that
   * also look at branches or paths pick branches of those. Of each sort one item must hold, and all conditions of an item.
   * @throws ProblemError GeneratorHostFailed, HostRepositoryNotFound
   */
  async repositories(provider: ScmProvider, filters: readonly ScmFilter[]): Promise<ScmRepository[]> {
    const host = this.#host(provider);
    const ofRepositories = filters.filter(
      (filter) => !looksAtBranches(filter) && (filter.repositoryMatch ?? filter.labelMatch) !== undefined,
    );
    const ofBranches = filters.filter(looksAtBranches);
    const listed = await host.repositories(provider);
    const picked = listed.filter(
      (one) => ofRepositories.length === 0 || ofRepositories.some((filter) => matchesRepository(filter, one)),
    );
    const found = await inParallel(picked, async (repository) => {
      const branches = await host.branches(provider, repository);
      if (ofBranches.length === 0) return branches;
      const kept = await inParallel(branches, async (branch) => {
        for (const filter of ofBranches) if (await matchesBranch(host, provider, filter, branch)) return [branch];
        return [];
      });
      return kept.flat();
    });
    return found.flat();
  }

  #host(access: HostAccess): Host {
    switch (access.kind) {
      case "github":
        return githubHost(this.client, access, this.#clock, this.#appTokens);
      case "gitlab":
        return gitlabHost(this.client, access);
      case "gitea":
        return giteaHost(this.client, access);
      case "bitbucketServer":
        return bitbucketServerHost(this.client, access);
      case "bitbucket":
        return bitbucketHost(this.client, access);
      case "azureDevOps":
        return azureDevOpsHost(this.client, access);
    }
  }
}

function looksAtBranches(filter: ScmFilter): boolean {
  return filter.branchMatch !== undefined || filter.pathsExist.length > 0 || filter.pathsDoNotExist.length > 0;
}

function matchesRepository(
  filter: ScmFilter,
  one: { readonly repository: string; readonly labels: readonly string[] },
): boolean {
  const { repositoryMatch, labelMatch } = filter;
  if (repositoryMatch !== undefined && !compileMatch(repositoryMatch)(one.repository)) return false;
  return labelMatch === undefined || one.labels.some(compileMatch(labelMatch));
}

async function matchesBranch(
  host: Host,
  provider: ScmProvider,
  filter: ScmFilter,
  one: ScmRepository,
): Promise<boolean> {
  if (!matchesRepository(filter, one)) return false;
  if (filter.branchMatch !== undefined && !compileMatch(filter.branchMatch)(one.branch)) return false;
  for (const path of filter.pathsExist)
    if (!(await host.hasPath(provider, one, path.replace(/\/+$/, "")))) return false;
  for (const path of filter.pathsDoNotExist)
    if (await host.hasPath(provider, one, path.replace(/\/+$/, ""))) return false;
  return true;
}

/** Results in the order of the items. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
  return results;
}
