import { existsSync, readFileSync, statSync, watch, type FSWatcher } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { problemError } from "@fairlead/base";
import type { GitOrigin } from "./repository.ts";

/** Git writes a ref by several file operations; they are taken as one. */
const SETTLE_MS = 3;

/** The directory behind `file:///srv/repo` or `/srv/repo`; undefined for an address that is not local. */
export function localDirectory(url: string): string | undefined {
  if (url.startsWith("file://")) return fileURLToPath(url);
  return isAbsolute(url) ? url : undefined;
}

/**
 * A repository on this machine, read in place: a commit is visible the moment git has written it.
 * @throws ProblemError RepositoryNotFound
 */
export function localOrigin(url: string, directory: string): GitOrigin {
  const gitDirectory = findGitDirectory(directory);
  if (gitDirectory === undefined) {
    throw problemError("RepositoryNotFound", `${url} is not a Git repository`, {
      hint: `no .git and no bare repository in ${directory}`,
    });
  }
  return {
    url,
    gitDirectory,
    hashBytes: hashBytesOf(gitDirectory),
    fetch: () => Promise.resolve(),
    watch: (onHint) => watchRefs(gitDirectory, onHint),
  };
}

function findGitDirectory(directory: string): string | undefined {
  const dotGit = join(directory, ".git");
  const found = statSync(dotGit, { throwIfNoEntry: false });
  if (found?.isDirectory()) return dotGit;
  if (found?.isFile()) {
    // A worktree or submodule names its git directory; refs and objects are in the common one.
    const named = resolve(
      directory,
      readFileSync(dotGit, "utf8")
        .replace(/^gitdir:/, "")
        .trim(),
    );
    const common = join(named, "commondir");
    return existsSync(common) ? resolve(named, readFileSync(common, "utf8").trim()) : named;
  }
  const isBare = existsSync(join(directory, "HEAD")) && existsSync(join(directory, "objects"));
  return isBare ? directory : undefined;
}

export function hashBytesOf(gitDirectory: string): 20 | 32 {
  const config = join(gitDirectory, "config");
  return existsSync(config) && /objectformat\s*=\s*sha256/i.test(readFileSync(config, "utf8")) ? 32 : 20;
}

function watchRefs(gitDirectory: string, onHint: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const hint = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      onHint();
    }, SETTLE_MS);
  };
  const top = (_event: string, name: string | null): void => {
    if (name === null || /^(HEAD|packed-refs|reftable)$/.test(name)) hint();
  };
  const watchers: FSWatcher[] = [watch(gitDirectory, top)];
  for (const folder of ["refs", "reftable"]) {
    const path = join(gitDirectory, folder);
    if (existsSync(path)) watchers.push(watch(path, { recursive: true }, hint));
  }
  // A repository that is removed ends its watch with an error; the poll of its owner then reports it.
  for (const watcher of watchers) watcher.on("error", () => watcher.close());
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
