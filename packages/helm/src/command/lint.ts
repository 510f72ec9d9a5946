import { memoryTree, ProblemError } from "@fairlead/base";
import { Command, CommanderError, Option } from "commander";
import { unpackChart } from "../chart/archive.ts";
import { lintChart, type LintOptions } from "../lint/lint.ts";
import type { Finding } from "../lint/types.ts";
import { collectValues } from "../values/options.ts";
import type { CommandIo } from "./io.ts";

interface Flags {
  readonly namespace: string;
  readonly values: string[];
  readonly set: string[];
  readonly setString: string[];
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly skipSchemaValidation?: boolean;
  readonly kubeVersion?: string;
  readonly compat: "v3" | "v4";
}

/** `fairlead helm lint PATH…`: Helm's rules about charts, in its words. @returns the exit code */
export async function helmLint(args: readonly string[], io: CommandIo): Promise<number> {
  const program = describe(io);
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
  try {
    return lintAll(program.args.length > 0 ? program.args : ["."], program.opts<Flags>(), io);
  } catch (error) {
    const messages =
      error instanceof ProblemError ? error.problems.map(({ message }) => message) : [(error as Error).message];
    io.stderr.write(`Error: ${messages.join("\n")}\n`);
    return 1;
  }
}

function describe(io: CommandIo): Command {
  const many = (value: string, before: string[]): string[] => [...before, value];
  return new Command("fairlead helm lint")
    .description("Looks at charts by Helm's rules, without a cluster and without helm.")
    .argument("[paths...]")
    .option("-n, --namespace <name>", "namespace of the release", "default")
    .option("-f, --values <file>", "values in a YAML file; may be repeated, the last one wins", many, [])
    .option("--set <assignments>", "values as key=value,key=value", many, [])
    .option("--set-string <assignments>", "the same, never typed", many, [])
    .option("--strict", "fail on warnings too")
    .option("--quiet", "print only warnings and errors")
    .option("--skip-schema-validation", "do not check values against the chart's schema")
    .option("--kube-version <version>", "Kubernetes version for .Capabilities")
    .addOption(new Option("--compat <version>", "judge as Helm 3 or Helm 4 does").choices(["v3", "v4"]).default("v4"))
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
}

function lintAll(paths: readonly string[], flags: Flags, io: CommandIo): number {
  const text = (file: string): string => Buffer.from(io.readFile(file)).toString("utf8");
  const files = flags.values.map((name) => ({ name, text: text(name) }));
  const values = collectValues({ files, set: flags.set, setString: flags.setString });
  let failed = 0;
  let noteworthy = 0;
  for (const path of paths) {
    const { namespace, compat, kubeVersion, skipSchemaValidation } = flags;
    const findings = lintPath(path, { values, namespace, compat, kubeVersion, skipSchemaValidation, path }, io);
    const shown = flags.quiet ? findings.filter(({ severity }) => severity !== "INFO") : findings;
    const isBad = ({ severity }: Finding): boolean =>
      severity === "ERROR" || (flags.strict === true && severity === "WARNING");
    if (findings.some(isBad)) failed++;
    if (findings.some(({ severity }) => severity !== "INFO")) noteworthy++;
    else if (flags.quiet) continue;
    const lines = shown.map((finding) => `[${finding.severity}] ${finding.path}: ${finding.text}\n`);
    io.stdout.write(`==> Linting ${path}\n${lines.join("")}\n`);
  }
  const summary = `${paths.length} chart(s) linted, ${failed} chart(s) failed\n`;
  if (failed > 0) io.stderr.write(`Error: ${summary}`);
  else if (!flags.quiet || noteworthy > 0) io.stdout.write(summary);
  return failed > 0 ? 1 : 0;
}

function lintPath(path: string, options: LintOptions, io: CommandIo): Finding[] {
  const opened = io.openChart(path);
  if (!(opened instanceof Uint8Array)) return lintChart(opened, options);
  const files = unpackChart(opened, path).map(({ name, data }) => [name, data] as const);
  return lintChart(memoryTree(Object.fromEntries(files)), options);
}
