import { ProblemError } from "@fairlead/base";
import { GLOBAL_FLAGS } from "./common-flags.ts";
import { listDependencies } from "./dependency-list.ts";
import { FlagFault, helpText, parseFlags, type FlagSpec, type ParsedFlags } from "./flags.ts";
import type { CommandIo } from "./io.ts";

/** What `build` and `update` are asked to do. The one who fetches also writes below `charts/`, and the lock. */
export interface DependencyOrder {
  readonly mode: "build" | "update";
  readonly path: string;
  readonly skipRefresh: boolean;
  readonly access: {
    readonly username?: string | undefined;
    readonly password?: string | undefined;
    readonly caFile?: string | undefined;
    readonly certFile?: string | undefined;
    readonly keyFile?: string | undefined;
    readonly insecureSkipTlsVerify: boolean;
    readonly plainHttp: boolean;
  };
  readonly repositoryConfig?: string | undefined;
  readonly registryConfig?: string | undefined;
  /** Progress, a line at a time. */
  say(line: string): void;
}

export interface DependencyIo extends CommandIo {
  /** @throws Error, ProblemError in Helm's words */
  fetchDependencies(order: DependencyOrder): Promise<void>;
}

const FETCH_FLAGS: readonly FlagSpec[] = [
  { name: "skip-refresh", kind: "bool", help: "do not ask the repositories for what is new" },
  { name: "username", kind: "text", help: "user of the registry" },
  { name: "password", kind: "text", help: "password of the registry" },
  { name: "ca-file", kind: "text", help: "certificates that the registry's must come from" },
  { name: "cert-file", kind: "text", help: "certificate to show to the registry" },
  { name: "key-file", kind: "text", help: "key of that certificate" },
  { name: "insecure-skip-tls-verify", kind: "bool", help: "do not check the registry's certificate" },
  { name: "plain-http", kind: "bool", help: "without TLS" },
  { name: "verify", kind: "bool", help: "refused: signatures of charts are not checked here" },
  { name: "keyring", kind: "text", help: "taken for helm's sake, without effect" },
  ...GLOBAL_FLAGS,
];
const LIST_FLAGS: readonly FlagSpec[] = [
  { name: "max-col-width", kind: "text", help: "characters of a column at most (80)" },
  ...GLOBAL_FLAGS,
];

const HELP = `Brings the charts that a chart depends on into its charts/ directory.

Usage:
  fairlead helm dependency build [CHART]    what Chart.lock says, or as update where there is none
  fairlead helm dependency update [CHART]   the newest within Chart.yaml's ranges, and a new Chart.lock
  fairlead helm dependency list [CHART]     what is declared, and what of it is there`;

/** `fairlead helm dependency build|update|list [CHART]`, a drop-in for helm's. @returns the exit code */
export async function helmDependency(args: readonly string[], io: DependencyIo): Promise<number> {
  const [name = "", ...rest] = args;
  try {
    if (name === "list" || name === "ls") return list(parseFlags(LIST_FLAGS, rest), io);
    if (name === "build") return await fetch("build", parseFlags(FETCH_FLAGS, rest), io);
    if (name === "update" || name === "up") return await fetch("update", parseFlags(FETCH_FLAGS, rest), io);
    io.stdout.write(helpText(HELP, FETCH_FLAGS));
    if (name === "" || name === "-h" || name === "--help") return 0;
    throw new FlagFault(`unknown command ${JSON.stringify(name)} for "helm dependency"`);
  } catch (error) {
    const message = error instanceof ProblemError ? error.problems[0]?.message : (error as Error).message;
    io.stderr.write(`Error: ${message}\n`);
    return 1;
  }
}

function list(flags: ParsedFlags, io: DependencyIo): number {
  const path = chartPath(flags, "list");
  if (flags.isHelp) io.stdout.write(helpText(HELP, LIST_FLAGS));
  else io.stdout.write(listDependencies(path, Number(flags.text("max-col-width") ?? 80), io));
  return 0;
}

async function fetch(mode: "build" | "update", flags: ParsedFlags, io: DependencyIo): Promise<number> {
  const path = chartPath(flags, mode);
  if (flags.isHelp) {
    io.stdout.write(helpText(HELP, FETCH_FLAGS));
    return 0;
  }
  if (flags.isOn("verify")) throw new FlagFault("--verify is refused: signatures of charts are not checked here");
  const content = io.openChart(path);
  if (content === undefined) throw new FlagFault(`could not find ${path}: stat ${path}: no such file or directory`);
  if (content instanceof Uint8Array) throw new FlagFault("only unpacked charts can be updated");
  await io.fetchDependencies({
    mode,
    path,
    skipRefresh: flags.isOn("skip-refresh"),
    access: {
      username: flags.text("username"),
      password: flags.text("password"),
      caFile: flags.text("ca-file"),
      certFile: flags.text("cert-file"),
      keyFile: flags.text("key-file"),
      insecureSkipTlsVerify: flags.isOn("insecure-skip-tls-verify"),
      plainHttp: flags.isOn("plain-http"),
    },
    repositoryConfig: flags.text("repository-config"),
    registryConfig: flags.text("registry-config"),
    say: (line) => io.stdout.write(`${line}\n`),
  });
  return 0;
}

/** Cleaned as Go's filepath.Clean does, because messages tell it. */
function chartPath({ args }: ParsedFlags, command: string): string {
  if (args.length > 1) {
    throw new FlagFault(
      `"helm dependency ${command}" accepts at most 1 argument\n\nUsage:  helm dependency ${command} CHART [flags]`,
    );
  }
  const given = args[0] ?? ".";
  const parts: string[] = [];
  for (const part of given.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !given.startsWith("/")) parts.push(part);
  }
  return (given.startsWith("/") ? "/" : "") + parts.join("/") || ".";
}
