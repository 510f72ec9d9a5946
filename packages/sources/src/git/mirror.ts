import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@fairlead/base";
import { hashBytesOf } from "./local.ts";
import type { GitOrigin } from "./repository.ts";
import { maskCredentials, runGit } from "./run.ts";

export interface MirrorOptions {
  /** Where mirrors live. */
  readonly directory: string;
  readonly clock: Clock;
  /** The net below webhooks, jittered by up to half of it. */
  readonly pollEveryMs: number;
  readonly random: () => number;
  /** What git needs to sign in, as environment (`GIT_ASKPASS`, `GIT_SSH_COMMAND` …). */
  readonly environment?: () => Promise<Readonly<Record<string, string>>>;
}

const REFSPECS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];

/** One bare mirror a remote repository, whatever the number of applications. @throws ProblemError GitFailed, GitMissing */
export async function mirrorOrigin(url: string, options: MirrorOptions): Promise<GitOrigin> {
  const gitDirectory = join(options.directory, `${createHash("sha256").update(url).digest("hex").slice(0, 24)}.git`);
  const environment = options.environment ?? (() => Promise.resolve({}));
  const fetch = async (): Promise<void> => {
    const env = await environment();
    await runGit(["--git-dir", gitDirectory, "fetch", "--prune", "--no-auto-gc", "--quiet", "--", url, ...REFSPECS], {
      env,
    });
    await followHead(url, gitDirectory, env);
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
    fetch,
    watch: (onHint) => poll(options, onHint),
  };
}

/** `fetch` does not bring the remote's default branch. */
async function followHead(url: string, gitDirectory: string, env: Readonly<Record<string, string>>): Promise<void> {
  const listed = await runGit(["ls-remote", "--symref", "--", url, "HEAD"], { env });
  const ref = /^ref: (\S+)\tHEAD$/m.exec(listed)?.[1];
  if (ref !== undefined) await runGit(["--git-dir", gitDirectory, "symbolic-ref", "HEAD", ref]);
}

function poll(options: MirrorOptions, onHint: () => void): () => void {
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = options.clock.after(options.pollEveryMs * (1 + options.random() / 2), () => {
      onHint();
      arm();
    });
  };
  arm();
  return () => cancel();
}
