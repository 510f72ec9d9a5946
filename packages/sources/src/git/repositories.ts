import { systemClock, type Clock } from "@fairlead/base";
import { localDirectory, localOrigin } from "./local.ts";
import { mirrorOrigin } from "./mirror.ts";
import { GitRepository } from "./repository.ts";

const POLL_EVERY_MS = 120_000;

export interface RepositoriesOptions {
  /** Where mirrors of remote repositories are kept. */
  readonly directory: string;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly pollEveryMs?: number;
  readonly environmentFor?: (url: string) => Promise<Readonly<Record<string, string>>>;
}

/** Every repository of a process, each opened once whatever the number of applications that name it. */
export class Repositories {
  readonly #options: RepositoriesOptions;
  readonly #open = new Map<string, Promise<GitRepository>>();

  constructor(options: RepositoriesOptions) {
    this.#options = options;
  }

  /**
   * The repository at an address: `https://…`, `ssh://…`, `git@host:path`, `file:///…` or an absolute path.
   * A failure is not remembered: the next call tries again.
   * @throws ProblemError RepositoryNotFound, GitFailed, GitMissing
   */
  open(url: string, _project?: string): Promise<GitRepository> {
    const key = normalizeGitUrl(url);
    const known = this.#open.get(key);
    if (known) return known;
    const opening = this.#openNow(url).catch((error: unknown) => {
      this.#open.delete(key);
      throw error;
    });
    this.#open.set(key, opening);
    return opening;
  }

  /** Looks at one repository again now, because a webhook said so; nothing happens for one that nobody uses. */
  async poke(url: string, _project?: string): Promise<boolean> {
    const known = await this.#open.get(normalizeGitUrl(url));
    return known ? known.refresh() : false;
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#open.values());
    for (const result of all) if (result.status === "fulfilled") result.value.close();
    this.#open.clear();
  }

  async #openNow(url: string): Promise<GitRepository> {
    const directory = localDirectory(url);
    if (directory !== undefined) return GitRepository.open(localOrigin(url, directory));
    const { environmentFor } = this.#options;
    const origin = await mirrorOrigin(url, {
      directory: this.#options.directory,
      clock: this.#options.clock ?? systemClock,
      random: this.#options.random ?? Math.random,
      pollEveryMs: this.#options.pollEveryMs ?? POLL_EVERY_MS,
      ...(environmentFor ? { environment: () => environmentFor(url) } : {}),
    });
    return GitRepository.open(origin);
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
