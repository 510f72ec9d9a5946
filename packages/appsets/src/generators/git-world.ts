import { normalizeGitUrl, type GitRepository, type Repositories } from "@fairlead/sources";
import type { AnswerOf, GitBranch } from "./facts.ts";

const REMOTE = "refs/remotes/origin/";
const LOCAL = "refs/heads/";

export interface GitWorldOptions {
  readonly repositories: Repositories;
  /** Clones that stand for an address. */
  readonly clones?: ReadonlyMap<string, string>;
}

/** Git as generators see it: revisions and branches, of clones on this machine or of mirrors. */
export class GitWorld {
  readonly #repositories: Repositories;
  readonly #clones: ReadonlyMap<string, string>;

  constructor({ repositories, clones = new Map() }: GitWorldOptions) {
    this.#repositories = repositories;
    this.#clones = new Map([...clones].map(([url, directory]) => [normalizeGitUrl(url), directory]));
  }

  /** @throws ProblemError RepositoryNotFound, RevisionNotFound, GitFailed */
  async git(repoURL: string, revision: string): Promise<AnswerOf["git"]> {
    const repository = await this.#open(repoURL);
    // In a clone, a branch that was never checked out exists only as the remote's.
    const known = repository.lookUp(revision) ?? repository.lookUp(`${REMOTE}${revision}`);
    const { commit } = known ?? (await repository.resolve(revision));
    return { commit, tree: repository.tree(commit) };
  }

  /** Sorted by name; in a clone the remote's branches too. */
  async branches(repoURL: string): Promise<GitBranch[]> {
    const repository = await this.#open(repoURL);
    await repository.refresh();
    const found = new Map<string, string>();
    for (const prefix of [REMOTE, LOCAL]) {
      for (const [ref, commit] of repository.refs.refs) {
        if (ref.startsWith(prefix) && ref !== `${REMOTE}HEAD`) found.set(ref.slice(prefix.length), commit);
      }
    }
    return [...found].map(([name, commit]) => ({ name, commit })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Calls back after refs of the repository moved; the returned function ends it. */
  watch(repoURL: string, onMoved: () => void): () => void {
    let stop: (() => void) | undefined;
    let isOver = false;
    this.#open(repoURL).then(
      (repository) => {
        if (!isOver) stop = repository.onChange(onMoved);
      },
      // Told where it is asked for a revision.
      () => undefined,
    );
    return () => {
      isOver = true;
      stop?.();
    };
  }

  /** Looks at a repository again now, because a webhook or a person said so. */
  async refresh(repoURL: string): Promise<void> {
    const repository = await this.#open(repoURL);
    await repository.refresh();
  }

  #open(repoURL: string): Promise<GitRepository> {
    return this.#repositories.open(this.#clones.get(normalizeGitUrl(repoURL)) ?? repoURL);
  }
}
