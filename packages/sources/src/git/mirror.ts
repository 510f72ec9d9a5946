import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ProblemError, type Clock } from "@fairlead/base";
import type { RepositoryAccess } from "../credentials/types.ts";
import { SOURCE_LIMITS } from "../limits.ts";
import { withGitAccess, type GitEnvironment } from "./access.ts";
import { startPolling, type Polling } from "../polling.ts";
import { hashBytesOf } from "./local.ts";
import type { GitOrigin } from "./repository.ts";
import { maskCredentials, runGit } from "./run.ts";

export interface MirrorOptions {
  /** Where mirrors live. */
  readonly directory: string;
  readonly clock: Clock;
  /** The net below webhooks; asked anew at each turn. */
  readonly polling: Polling;
  readonly random: () => number;
  /** Asked at each fetch: credentials rotate. */
  readonly access: () => Promise<RepositoryAccess>;
  /** Whose credentials alone open it; such a mirror is not shared. */
  readonly project: string;
  /** A transfer below 1 KB/s for so long is given up. Default gitStalledSecondsMax. */
  readonly stalledSecondsMax?: number | undefined;
}

const REFSPECS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
/** Larger files would be refused when they are read; hosts that know no filters send them all the same. */
const FILTER = `--filter=blob:limit=${SOURCE_LIMITS.gitObjectBytesMax + 1}`;
const COMMIT_ID = /^[0-9a-f]{40}([0-9a-f]{24})?$/;

/** One bare mirror a remote repository, whatever the number of applications. @throws ProblemError GitFailed, GitMissing, Source* */
export async function mirrorOrigin(url: string, options: MirrorOptions): Promise<GitOrigin> {
  const key = options.project === "" ? url : `${url}\n${options.project}`;
  const gitDirectory = join(options.directory, `${createHash("sha256").update(key).digest("hex").slice(0, 24)}.git`);
  /** Refs beyond branches and tags that were asked for, `refs/pull/7/head` and the like; they are followed too. */
  const followed = new Set<string>();
  let running = 0;
  const run = async (refspecs: readonly string[], env: GitEnvironment, depth: number | undefined): Promise<void> => {
    const shallow = depth ? [`--depth=${depth}`] : [];
    const flags = ["--prune", "--no-auto-gc", "--no-recurse-submodules", "--quiet", FILTER, ...shallow];
    // Under a name of ours: git writes down where filtered objects come from, and an address may hold a password.
    const settings = [`remote.${REMOTE}.url=${url}`, ...stalledSetting(options.stalledSecondsMax)];
    const given = ["--git-dir", gitDirectory, ...settings.flatMap((setting) => ["-c", setting])];
    running++;
    try {
      await runGit([...given, "fetch", ...flags, REMOTE, ...refspecs], {
        env,
        timeoutMs: SOURCE_LIMITS.gitFetchTimeoutMs,
      });
    } catch (error) {
      if (running === 1) await removeRemains(gitDirectory);
      throw error;
    } finally {
      running--;
    }
  };
  const fetch = async (): Promise<void> => {
    const access = await options.access();
    await withGitAccess(url, access, async (env) => {
      await run(REFSPECS, env, access.depth);
      for (const ref of followed) {
        await run([`+${ref}:${ref}`], env, access.depth).catch((error: unknown) => ignoreMissing(error, followed, ref));
      }
      await followHead(url, gitDirectory, env);
    });
  };
  if (!existsSync(gitDirectory)) {
    // Built aside, so that a start cut short leaves nothing that looks whole.
    const partial = `${gitDirectory}.${process.pid}`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(options.directory, { recursive: true });
    await runGit(["init", "--quiet", "--bare", partial]);
    await rename(partial, gitDirectory);
  }
  await fetch();
  return {
    url: maskCredentials(url),
    gitDirectory,
    hashBytes: hashBytesOf(gitDirectory),
    isPartial: true,
    fetch,
    async fetchOne(revision) {
      const isRef = revision.startsWith("refs/");
      if (!isRef && !COMMIT_ID.test(revision)) return false;
      const access = await options.access();
      const wanted = isRef ? `+${revision}:${revision}` : revision;
      try {
        await withGitAccess(url, access, (env) => run([wanted], env, access.depth));
      } catch (error) {
        // Hosts say no in many words; that there is no such thing is what the caller already knows.
        if (error instanceof ProblemError && error.code === "GitFailed") return false;
        throw error;
      }
      if (isRef) followed.add(revision);
      return true;
    },
    watch: (onHint) => startPolling(options, onHint),
  };
}

const REMOTE = "origin";

function stalledSetting(seconds: number | undefined): string[] {
  return seconds === undefined ? [] : [`http.lowSpeedTime=${seconds}`];
}

/** What came of a pack before a transfer broke is of no use to the next one: gigabytes at each attempt, where a host stalls. */
async function removeRemains(gitDirectory: string): Promise<void> {
  const folder = join(gitDirectory, "objects", "pack");
  const names = await readdir(folder).catch(() => []);
  await Promise.all(
    names.filter((name) => name.startsWith("tmp_")).map((name) => rm(join(folder, name), { force: true })),
  );
}

/** A ref that is gone is followed no longer. */
function ignoreMissing(error: unknown, followed: Set<string>, ref: string): void {
  if (!(error instanceof ProblemError) || error.code !== "GitFailed") throw error;
  followed.delete(ref);
}

/** `fetch` does not bring the remote's default branch. */
async function followHead(url: string, gitDirectory: string, env: GitEnvironment): Promise<void> {
  const listed = await runGit(["ls-remote", "--symref", "--", url, "HEAD"], { env });
  const ref = /^ref: (\S+)\tHEAD$/m.exec(listed)?.[1];
  if (ref !== undefined) await runGit(["--git-dir", gitDirectory, "symbolic-ref", "HEAD", ref]);
}
