import { explainProblem, type FileTree, parentPath, type Problem, ProblemError } from "@fairlead/base";
import { type BuildOptions, type BuiltKustomization } from "../build.ts";
import { buildWithRemotes, type RemoteFetcher } from "../build-with-remotes.ts";
import type { HelmOptions } from "../generate/helm-types.ts";
import { parseRepositoryUrl } from "../load/remote.ts";
import { type BuildFlags, CheckedFault, FlagFault, parseBuildFlags } from "./flags.ts";
import { BUILD_HELP } from "./help.ts";
import { individualFiles } from "./individual-files.ts";

/** What the command needs of the machine; nothing else is touched. */
export interface BuildIo {
  /** The whole file system, its root at `/`. */
  readonly tree: FileTree;
  /** Absolute, with `/` between its parts. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** @throws Error whose message says why, as `open /x: permission denied` */
  writeFile(path: string, text: string): void;
  readonly remotes: RemoteFetcher;
  /** Inflates charts, for `--enable-helm`; absent where there is no way to. */
  readonly helm?: Pick<HelmOptions, "inflate"> | undefined;
}

/**
 * `kustomize build` with the arguments behind `build`; standard output, warnings and the exit status are the real tool's. Behind its
 * message, an error has the place and what to do.
 */
export async function runBuild(args: readonly string[], io: BuildIo): Promise<number> {
  let flags: BuildFlags;
  try {
    flags = parseBuildFlags(args);
  } catch (error) {
    if (!(error instanceof FlagFault)) throw error;
    if (error instanceof CheckedFault) for (const note of error.notes) io.stderr(`${note}\n`);
    io.stderr(`Error: ${error.message}\n`);
    return 1;
  }
  if (flags.help) {
    io.stdout(BUILD_HELP);
    return 0;
  }
  for (const note of flags.notes) io.stderr(`${note}\n`);
  if (flags.wantsAlphaPlugins) {
    io.stderr("# Warning: plugins that are programs or containers are not run; only the built-in ones are.\n");
  }
  try {
    return write(await build(flags, io), flags, io);
  } catch (error) {
    return report(error, io);
  }
}

async function build(flags: BuildFlags, io: BuildIo): Promise<BuiltKustomization> {
  const options: BuildOptions = {
    loadRestrictor: flags.restrict ? "rootOnly" : "none",
    reorder: flags.reorder,
    managedByLabel: flags.managedByLabel || io.environment["KUSTOMIZE_ENABLE_MANAGEDBY_LABEL"] === "on",
    displayRoot: "/",
    helm:
      flags.enableHelm && io.helm
        ? { ...io.helm, kubeVersion: flags.helmKubeVersion, apiVersions: flags.helmApiVersions }
        : undefined,
    onWarning: ({ message }) => io.stderr(`${message}\n`),
  };
  const path = parseRepositoryUrl(flags.path) ? flags.path : inTree(flags.path, io.workingDirectory);
  return buildWithRemotes(io.tree, path, options, io.remotes);
}

/** A path of the machine as one of the tree. */
function inTree(path: string, workingDirectory: string): string {
  const full = path.startsWith("/") ? path : `${workingDirectory}/${path}`;
  const parts: string[] = [];
  for (const part of full.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function write(built: BuiltKustomization, { output }: BuildFlags, io: BuildIo): number {
  if (output === "") {
    io.stdout(built.yaml());
    return 0;
  }
  const path = inTree(output, io.workingDirectory);
  if (io.tree.stat(path)?.kind === "directory") {
    for (const { name, text } of individualFiles(built)) io.writeFile(`/${path}/${name}`, text);
  } else if (io.tree.stat(parentPath(path)) === undefined) {
    throw new Error(`open ${output}: no such file or directory`);
  } else {
    io.writeFile(`/${path}`, built.yaml());
  }
  return 0;
}

/** The first problem in the real tool's words, then every problem with its place. */
function report(error: unknown, io: BuildIo): number {
  if (!(error instanceof ProblemError)) {
    io.stderr(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  const [first, ...more] = error.problems;
  io.stderr(`Error: ${first?.message ?? "unknown"}\n`);
  if (first && hasPlace(first)) io.stderr(`  at ${placeOf(first)}\n`);
  if (first?.hint) io.stderr(`  hint: ${first.hint}\n`);
  for (const problem of more) io.stderr(`also: ${explainProblem(problem)}\n`);
  return 1;
}

function hasPlace({ file, object }: Problem): boolean {
  return Boolean(file) || Boolean(object);
}

function placeOf({ file, line, column, object }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined && part !== "").join(":");
  return [place, object].filter(Boolean).join(" ");
}
