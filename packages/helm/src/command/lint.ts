import { posix } from "node:path";
import { ProblemError, type FileTree } from "@fairlead/base";
import { lintChart, type LintOptions } from "../lint/lint.ts";
import type { Finding } from "../lint/types.ts";
import { CHART_FLAGS, compatOf, GLOBAL_FLAGS, kubeVersionOf, VALUE_FLAGS, valuesOf } from "./common-flags.ts";
import { FlagFault, helpText, parseFlags, type FlagSpec, type ParsedFlags } from "./flags.ts";
import type { CommandIo } from "./io.ts";
import { filesOf } from "./locate.ts";

const FLAGS: readonly FlagSpec[] = [
  ...VALUE_FLAGS,
  ...CHART_FLAGS,
  { name: "strict", kind: "bool", help: "fail on warnings too" },
  { name: "quiet", kind: "bool", help: "print only warnings and errors" },
  { name: "with-subcharts", kind: "bool", help: "look at the charts in charts/ on their own too" },
  ...GLOBAL_FLAGS,
];
const HELP =
  "Looks at charts by Helm's rules, without a cluster and without helm.\n\nUsage:\n  fairlead helm lint PATH... [flags]";
const ARCHIVE = /\.(tgz|tar\.gz)$/;

/** `fairlead helm lint PATH…`: Helm's rules about charts, in its words. @returns the exit code */
export async function helmLint(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const flags = parseFlags(FLAGS, args);
    if (flags.isHelp) io.stdout.write(helpText(HELP, FLAGS));
    else lintAll(flags, io);
    return 0;
  } catch (error) {
    const message = error instanceof ProblemError ? error.problems[0]?.message : (error as Error).message;
    io.stderr.write(`Error: ${message}\n`);
    return 1;
  }
}

/** @throws FlagFault that tells how many failed */
function lintAll(flags: ParsedFlags, io: CommandIo): void {
  const compat = compatOf(flags);
  if (flags.args.length === 0 && compat === "v4")
    throw new FlagFault('"helm lint" requires at least 1 argument\n\nUsage:  helm lint PATH [flags]');
  const given = flags.args.length > 0 ? flags.args : ["."];
  const kubeVersion = kubeVersionOf(flags, compat);
  const paths = flags.isOn("with-subcharts") ? [...given, ...given.flatMap((path) => subchartsOf(path, io))] : given;
  const values = valuesOf(flags, io, compat);
  const shared = {
    values,
    compat,
    kubeVersion,
    namespace: flags.text("namespace") || "default",
    skipSchemaValidation: flags.isOn("skip-schema-validation"),
  };
  let failed = 0;
  let noteworthy = 0;
  for (const path of paths) {
    const result = lintPath(path, { ...shared, place: io.absolute(path) }, io);
    const isBad = ({ severity }: Finding): boolean =>
      severity === "ERROR" || (flags.isOn("strict") && severity === "WARNING");
    const hasFailed = typeof result === "string" || result.some(isBad);
    const isNoteworthy = typeof result === "string" || result.some(({ severity }) => severity !== "INFO");
    if (hasFailed) failed++;
    if (isNoteworthy) noteworthy++;
    else if (flags.isOn("quiet")) continue;
    io.stdout.write(`==> Linting ${path}\n${linesOf(result, flags.isOn("quiet"))}\n`);
  }
  const summary = `${paths.length} chart(s) linted, ${failed} chart(s) failed`;
  if (failed > 0) throw new FlagFault(summary);
  if (!flags.isOn("quiet") || noteworthy > 0) io.stdout.write(`${summary}\n`);
}

function linesOf(result: readonly Finding[] | string, isQuiet: boolean): string {
  if (typeof result === "string") return `Error ${result}\n`;
  const shown = isQuiet ? result.filter(({ severity }) => severity !== "INFO") : result;
  return shown.map(({ severity, path, text }) => `[${severity}] ${path}: ${text}\n`).join("");
}

/** @returns findings, or why the path is no chart */
function lintPath(path: string, options: LintOptions, io: CommandIo): Finding[] | string {
  let tree: FileTree;
  try {
    tree = open(path, io);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return `unable to extract tarball: ${error.problems[0]?.message}`;
  }
  if (tree.stat("Chart.yaml") !== undefined) return lintChart(tree, options);
  const why =
    io.openChart(path) instanceof Uint8Array && !ARCHIVE.test(path) ? "not a directory" : "no such file or directory";
  return `unable to check Chart.yaml file in chart: stat ${posix.join(path, "Chart.yaml")}: ${why}`;
}

const NOTHING: FileTree = {
  stat: () => undefined,
  list: () => [],
  read: () => new Uint8Array(),
};

/** Nothing at all where there is no chart. @throws ProblemError for a bad archive */
function open(path: string, io: CommandIo): FileTree {
  const content = io.openChart(path);
  if (content === undefined || (content instanceof Uint8Array && !ARCHIVE.test(path))) return NOTHING;
  return filesOf({ path, content });
}

/** Charts below charts/, at any depth, in the order of a walk. */
function subchartsOf(path: string, io: CommandIo): string[] {
  const tree = io.openChart(path);
  if (tree === undefined || tree instanceof Uint8Array) return [];
  const found: string[] = [];
  const visit = (directory: string): void => {
    for (const { name, kind } of tree.list(directory)) {
      const file = `${directory}/${name}`;
      if (name === "Chart.yaml") found.push(`${path}/${directory}`);
      else if (ARCHIVE.test(name)) found.push(`${path}/${file}`);
      else if (kind === "directory") visit(file);
    }
  };
  if (tree.stat("charts")?.kind === "directory") visit("charts");
  return found;
}
