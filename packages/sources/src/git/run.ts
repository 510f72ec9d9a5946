import { spawn } from "node:child_process";
import { problemError } from "@fairlead/base";
import { SOURCE_LIMITS } from "../limits.ts";

/**
 * Settings laid over every git command: nothing that a repository brings may run, ask or redirect. Hooks, file-system monitors and
 * the `ext::` transport are ways to run a command by configuration; prompts would hang a server.
 */
const SAFE_CONFIG = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "protocol.ext.allow=never",
  "gc.auto=0",
  // A transfer that stands still is given up, however large the repository.
  "http.lowSpeedLimit=1000",
  `http.lowSpeedTime=${SOURCE_LIMITS.gitStalledSecondsMax}`,
];
const SAFE_ENVIRONMENT = { GIT_TERMINAL_PROMPT: "0", GIT_NO_LAZY_FETCH: "1", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };

export interface GitOptions {
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** Default gitCommandTimeoutMs. */
  readonly timeoutMs?: number;
}

/**
 * Runs git and gives its standard output.
 * @throws ProblemError GitMissing when there is no git; GitFailed with git's own last lines, credentials in addresses masked
 */
export function runGit(args: readonly string[], options: GitOptions = {}): Promise<string> {
  const full = SAFE_CONFIG.flatMap((setting) => ["-c", setting]).concat(args);
  return new Promise((resolve, reject) => {
    const child = spawn("git", full, {
      cwd: options.directory,
      env: { ...process.env, ...SAFE_ENVIRONMENT, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      timeout: options.timeoutMs ?? SOURCE_LIMITS.gitCommandTimeoutMs,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const out: Buffer[] = [];
    let outBytes = 0;
    let errors = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      outBytes += chunk.length;
      if (outBytes > SOURCE_LIMITS.gitOutputBytesMax) child.kill();
      else out.push(chunk);
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      errors = (errors + chunk.toString("utf8")).slice(-4096);
    });
    child.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ENOENT" ? gitMissing() : error));
    child.on("close", (code) =>
      code === 0 ? resolve(Buffer.concat(out).toString("utf8")) : reject(failed(args, errors)),
    );
    if (options.input !== undefined) child.stdin?.end(options.input);
  });
}

function failed(args: readonly string[], errors: string): Error {
  const said = maskCredentials(errors.trim()) || "no message (timed out or was ended)";
  const command = args.find((arg) => /^[a-z-]+$/.test(arg) && !arg.startsWith("-")) ?? "";
  const { code, hint } = KNOWN_FAILURES.find(({ pattern }) => pattern.test(said)) ?? {
    code: "GitFailed",
    hint: undefined,
  };
  return problemError(code, `git ${command}: ${said}`, hint === undefined ? {} : { hint });
}

/** What git's words mean, most telling first. */
const KNOWN_FAILURES: ReadonlyArray<{
  readonly pattern: RegExp;
  readonly code: string;
  readonly hint: string | undefined;
}> = [
  {
    pattern: /host key verification failed/i,
    code: "SourceRefused",
    hint: "add the host's key to argocd-ssh-known-hosts-cm",
  },
  {
    pattern: /authentication failed|could not read (?:username|password)|permission denied|returned error: 40[13]/i,
    code: "SourceRefused",
    hint: "give credentials for it in a Secret labelled argocd.argoproj.io/secret-type: repository or repo-creds",
  },
  {
    pattern: /repository .*not found|does not appear to be a git repository|returned error: 404/i,
    code: "RepositoryNotFound",
    hint: undefined,
  },
  {
    pattern:
      /could not resolve host|unable to access|connection (?:refused|reset|timed out)|timed out|early eof|hung up/i,
    code: "SourceUnreachable",
    hint: undefined,
  },
];

/** `https://user:token@host` → `https://…@host`. */
export function maskCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^/\s@]+@/g, "$1…@");
}

function gitMissing(): Error {
  return problemError("GitMissing", "the git program was not found", {
    hint: "install git and make sure it is on the PATH",
  });
}
