import { ProblemError } from "@fairlead/base";
import {
  applicationSetFunctions,
  goFunctions,
  parseTemplate,
  sprigFunctions,
  type FunctionSet,
  type MissingKey,
} from "@fairlead/gotemplate";
import { decodeMap } from "../chart/metadata.ts";
import { CODECS, functionsFor } from "../engine/functions.ts";
import { overlay } from "../values/overlay.ts";
import { readText } from "./common-flags.ts";
import { FlagFault, helpText, parseFlags, type FlagSpec, type ParsedFlags } from "./flags.ts";
import type { CommandIo } from "./io.ts";

const SETS: Readonly<Record<string, () => FunctionSet>> = {
  go: () => goFunctions,
  sprig: () => sprigFunctions,
  helm: () => functionsFor("v4", false),
  helm3: () => functionsFor("v3", false),
  helm4: () => functionsFor("v4", false),
  applicationset: () => applicationSetFunctions(CODECS),
};
const MISSING_KEY: readonly string[] = ["default", "zero", "error"] satisfies MissingKey[];

const FLAGS: readonly FlagSpec[] = [
  { name: "values", short: "f", kind: "csv", help: "data in a YAML file; may be repeated, the last one wins" },
  { name: "functions", kind: "text", help: `functions beside Go's: ${Object.keys(SETS).join(", ")} (sprig)` },
  { name: "missing-key", kind: "text", help: `what a key that is missing gives: ${MISSING_KEY.join(", ")} (default)` },
];
const HELP = "Renders a Go template; - is standard input.\n\nUsage:\n  fairlead template FILE|- [flags]";

/** `fairlead template FILE|-`: any Go template, its data from YAML files. @returns the exit code */
export async function fileTemplate(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    const flags = parseFlags(FLAGS, args);
    io.stdout.write(flags.isHelp ? helpText(HELP, FLAGS) : render(flags, io));
    return 0;
  } catch (error) {
    const messages =
      error instanceof ProblemError ? error.problems.map(({ message }) => message) : [(error as Error).message];
    io.stderr.write(`Error: ${messages.join("\n")}\n`);
    return 1;
  }
}

function render(flags: ParsedFlags, io: CommandIo): string {
  const [file, ...more] = flags.args;
  if (file === undefined) throw new FlagFault("a template is needed: a file, or - for standard input");
  if (more.length > 0) throw new FlagFault(`expected one template, unexpected arguments: ${more.join(", ")}`);
  const functions = choice(flags, "functions", Object.keys(SETS), "sprig");
  const missingKey = choice(flags, "missing-key", MISSING_KEY, "default") as MissingKey;
  const data = flags
    .list("values")
    .map((path) => decodeMap(readText(path, io), path, `failed to parse ${path}`))
    .reduce((base, top) => overlay(base, top), {});
  const name = file === "-" ? "stdin" : file;
  const template = parseTemplate(name, readText(file, io), { functions: SETS[functions]?.() ?? sprigFunctions });
  return template.execute(name, data, { missingKey, environment: {} });
}

function choice(flags: ParsedFlags, name: string, known: readonly string[], usual: string): string {
  const given = flags.text(name) ?? usual;
  if (known.includes(given)) return given;
  throw new FlagFault(
    `invalid argument ${JSON.stringify(given)} for "--${name}" flag: must be one of ${known.join(", ")}`,
  );
}
