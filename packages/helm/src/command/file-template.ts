import { ProblemError } from "@fairlead/base";
import {
  applicationSetFunctions,
  goFunctions,
  parseTemplate,
  sprigFunctions,
  type FunctionSet,
  type MissingKey,
} from "@fairlead/gotemplate";
import { Command, CommanderError, Option } from "commander";
import { decodeMap } from "../chart/metadata.ts";
import { CODECS, functionsFor } from "../engine/functions.ts";
import { overlay } from "../values/options.ts";
import type { CommandIo } from "./io.ts";

interface Flags {
  readonly values: string[];
  readonly functions: string;
  readonly missingKey: MissingKey;
}

const SETS: Readonly<Record<string, () => FunctionSet>> = {
  go: () => goFunctions,
  sprig: () => sprigFunctions,
  helm: () => functionsFor("v4", false),
  applicationset: () => applicationSetFunctions(CODECS),
};

/** `fairlead template FILE|-`: any Go template, its data from YAML files. @returns the exit code */
export async function fileTemplate(args: readonly string[], io: CommandIo): Promise<number> {
  const program = describe(io);
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
  const [file = "-"] = program.args;
  const flags = program.opts<Flags>();
  const read = (path: string): string => Buffer.from(io.readFile(path)).toString("utf8");
  try {
    const data = flags.values
      .map((path) => decodeMap(read(path), path, `failed to parse ${path}`))
      .reduce((base, top) => overlay(base, top), {});
    const functions = SETS[flags.functions]?.() ?? goFunctions;
    const name = file === "-" ? "stdin" : file;
    const { missingKey } = flags;
    io.stdout.write(
      parseTemplate(name, read(file), { functions }).execute(name, data, { missingKey, environment: {} }),
    );
    return 0;
  } catch (error) {
    const messages =
      error instanceof ProblemError ? error.problems.map(({ message }) => message) : [(error as Error).message];
    io.stderr.write(`Error: ${messages.join("\n")}\n`);
    return 1;
  }
}

function describe(io: CommandIo): Command {
  return new Command("fairlead template")
    .description("Renders a Go template; - is standard input.")
    .argument("<file>")
    .option(
      "-f, --values <file>",
      "data in a YAML file; may be repeated, the last one wins",
      (value, before: string[]) => [...before, value],
      [],
    )
    .addOption(new Option("--functions <set>", "functions beside Go's").choices(Object.keys(SETS)).default("sprig"))
    .addOption(
      new Option("--missing-key <what>", "what a key that is missing gives")
        .choices(["default", "zero", "error"])
        .default("default"),
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
}
