import { join } from "node:path";
import { systemClock, type Clock, type FileTree } from "@fairlead/base";
import { ContentCache } from "../cache/content.ts";
import { ANONYMOUS, type AccessFor, type RepositoryAccess } from "../credentials/types.ts";
import { Backoff } from "../http/backoff.ts";
import { HttpClient, type HttpClientOptions } from "../http/client.ts";
import { DEFAULT_POLLING, type Polling } from "../polling.ts";
import { GithubTokens } from "./github-app.ts";
import { withLfs } from "./lfs.ts";
import { localDirectory, localOrigin } from "./local.ts";
import { mirrorOrigin } from "./mirror.ts";
import { GitRepository } from "./repository.ts";
import { withSubmodules } from "./submodules.ts";

export interface RepositoriesOptions extends HttpClientOptions {
  /** Where mirrors of remote repositories are kept. */
  readonly directory: string;
  readonly clock?: Clock | undefined;
  readonly random?: () => number;
  /** Read at each turn, so it may change. */
  readonly polling?: Polling | undefined;
  readonly accessFor?: AccessFor | undefined;
  /** A transfer below 1 KB/s for so long is given up; 30 s unless said otherwise. */
  readonly stalledSecondsMax?: number | undefined;
  /** Whether the files of submodules are there; on unless said otherwise, as in Argo CD. */
  readonly submodules?: boolean | undefined;
}

/** Every repository of a process, each opened once whatever the number of applications that name it. */
export class Repositories {
  readonly #options: RepositoriesOptions;
  readonly #clock: Clock;
  readonly #open = new Map<string, Promise<GitRepository>>();
  readonly #backoff: Backoff;
  readonly #http: HttpClient;
  readonly #github: GithubTokens;

  constructor(options: RepositoriesOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(this.#clock);
    this.#http = new HttpClient(options);
    this.#github = new GithubTokens(this.#http, this.#clock);
  }

  /**
   * The repository at an address: `https://…`, `ssh://…`, `git@host:path`, `file:///…` or an absolute path. A failure is told to everybody
   * for a short while, and then the next call tries again.
   * @param project whose own credentials may be used besides everybody's
   * @throws ProblemError RepositoryNotFound, SourceRefused, SourceUnreachable, GitFailed, GitMissing
   */
  open(url: string, project?: string): Promise<GitRepository> {
    const key = this.#keyOf(url, project);
    const known = this.#open.get(key);
    if (known) return known;
    const opening = this.#openWithPause(key, url, project).catch((error: unknown) => {
      this.#open.delete(key);
      throw error;
    });
    this.#open.set(key, opening);
    return opening;
  }

  /** Looks at one repository again now, because a webhook or a person said so; nothing happens for one that nobody uses. */
  async poke(url: string, project?: string): Promise<boolean> {
    const key = this.#keyOf(url, project);
    this.#backoff.forget(key);
    const known = await this.#open.get(key);
    return known ? known.refresh() : false;
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#open.values());
    for (const result of all) if (result.status === "fulfilled") result.value.close();
    this.#open.clear();
    await this.#http.close();
  }

  #keyOf(url: string, project: string | undefined): string {
    const scope = this.#accessFor(url, project).project ?? "";
    return scope === "" ? normalizeGitUrl(url) : `${normalizeGitUrl(url)}\n${scope}`;
  }

  async #openWithPause(key: string, url: string, project: string | undefined): Promise<GitRepository> {
    this.#backoff.check(key);
    return this.#backoff.run(key, () => this.#openNow(url, project));
  }

  async #openNow(url: string, project: string | undefined): Promise<GitRepository> {
    const options = { clock: this.#clock, complete: this.#complete(url, project) };
    const directory = localDirectory(url);
    if (directory !== undefined) return GitRepository.open(localOrigin(url, directory), options);
    const origin = await mirrorOrigin(url, {
      directory: this.#options.directory,
      clock: this.#clock,
      random: this.#options.random ?? Math.random,
      polling: this.#options.polling ?? DEFAULT_POLLING,
      access: () => this.#github.withToken(url, this.#accessFor(url, project)),
      project: this.#accessFor(url, project).project ?? "",
      stalledSecondsMax: this.#options.stalledSecondsMax,
    });
    return GitRepository.open(origin, options);
  }

  /** What a commit's tree says is elsewhere: submodules and files in LFS. */
  #complete(url: string, project: string | undefined): (tree: FileTree, depth: number) => Promise<FileTree> {
    return async (tree, depth) => {
      const access = this.#accessFor(url, project);
      const options = { http: this.#http, cache: new ContentCache(join(this.#options.directory, "downloads")) };
      const lfs = access.enableLfs
        ? await withLfs(tree, url, { ...options, access: await this.#github.withToken(url, access) })
        : tree;
      if (this.#options.submodules === false) return lfs;
      return withSubmodules(lfs, url, (other, commit, below) => this.#submodule(other, commit, below, project), depth);
    };
  }

  async #submodule(url: string, commit: string, depth: number, project: string | undefined): Promise<FileTree> {
    const repository = await this.open(url, project);
    await repository.resolve(commit);
    return repository.checkout(commit, depth);
  }

  #accessFor(url: string, project: string | undefined): RepositoryAccess {
    return this.#options.accessFor?.(url, project) ?? ANONYMOUS;
  }
}

/** Two spellings of one address: a trailing slash or `.git`, and the host's case, do not make another repository. */
export function normalizeGitUrl(url: string): string {
  const trimmed = url
    .trim()
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
  return trimmed.replace(
    /^([a-z+]+:\/\/)([^/]*)/i,
    (_, scheme: string, host: string) => scheme.toLowerCase() + host.toLowerCase(),
  );
}
