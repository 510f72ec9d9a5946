/** What stands before the command of `fairlead sops`, and command lines of before sops 3.9, when commands were flags. */
import { resolve } from "node:path";
import type { CommandIo } from "../io.ts";
import { program } from "../program.ts";
import { readFlags, warnOfMore, type FlagValues } from "./arguments.ts";
import { findConfig, ruleOf } from "./config.ts";
import { EXIT, SopsFailure } from "./failure.ts";
import { isThere } from "./files.ts";
import { isChangingKeys, withAddedAndRemoved, withFormats, withKeys, withReading, withRules } from "./flags.ts";

export interface CommandLine {
  readonly values: FlagValues;
  readonly rest: readonly string[];
}

/** @throws SopsFailure for flags there are not; "help" when that is asked for */
export function takeGlobals(args: readonly string[], io: CommandIo): CommandLine | "help" {
  const command = withAddedAndRemoved(withRules(withKeys(withReading(withFormats(program("sops", "", io))))))
    .option("-d, --decrypt", "decrypt a file")
    .option("-e, --encrypt", "encrypt a file")
    .option("-r, --rotate", "make a new data key")
    .option("-i, --in-place", "write back to the file")
    .option("-s, --show-master-keys", "show the metadata in the editor too")
    .option("-v, --version", "print the version")
    .option("--set <text>", "set a value")
    .option("--extract <path>", "print one value or part")
    .option("--output <file>", "write here")
    .option("--filename-override <name>", "the name to go by")
    .option("--config <file>", "the configuration to use")
    .option("--indent <number>", "spaces of one level of YAML and JSON")
    .option("--verbose", "tell more")
    .option("--disable-version-check", "taken for sops' sake: no version is asked for anywhere")
    .option("--check-for-updates", "taken for sops' sake: no version is asked for anywhere");
  const read = readFlags(command.options, args, true);
  if ("help" in read) return "help";
  if ("fault" in read) throw new SopsFailure(EXIT.generic, `Incorrect Usage. ${read.fault}`);
  return read;
}

/** The command that flags alone ask for, with its arguments. @throws SopsFailure */
export async function commandOfFlags(
  { values, rest }: CommandLine,
  io: CommandIo,
  now: string,
): Promise<readonly [name: string, ...args: string[]]> {
  const isAsked = (name: string): boolean => values[name] === true;
  const set = typeof values["set"] === "string" ? values["set"] : "";
  const name = set !== "" ? "set" : (["rotate", "decrypt", "encrypt"].find(isAsked) ?? "edit");
  const [file] = rest;
  if (file === undefined) throw new SopsFailure(EXIT.noFile, "Error: no file specified");
  warnOfMore(rest, io);
  await assertThere(file, name, values, io);
  if (values["inPlace"] === true && values["output"]) {
    throw new SopsFailure(EXIT.conflict, "Error: cannot operate on both --output and --in-place");
  }
  if (name !== "decrypt") {
    // So it was before there were commands: whatever writes is bound to a rule, when there are rules.
    const found = await findConfig(configOf(values, io), io, now);
    const override = values["filenameOverride"];
    if (found !== undefined) await ruleOf(found, typeof override === "string" && override ? override : file, io);
  }
  return name === "set" ? ["set", file, ...setArguments(set)] : [name, file];
}

async function assertThere(file: string, name: string, values: FlagValues, io: CommandIo): Promise<void> {
  const path = resolve(io.cwd, file);
  if (await isThere(path)) return;
  if (isChangingKeys(values)) {
    const what = `cannot add or remove keys on non-existent file ${JSON.stringify(path)}`;
    throw new SopsFailure(EXIT.noFileToChange, `Error: ${what}, use \`--kms\` and \`--pgp\` instead.`);
  }
  if (name === "edit" || name === "set") return;
  throw new SopsFailure(EXIT.noFile, `Error: cannot operate on non-existent file ${JSON.stringify(path)}`);
}

export function configOf(values: FlagValues, io: CommandIo): string | undefined {
  return typeof values["config"] === "string" && values["config"] !== "" ? values["config"] : io.env["SOPS_CONFIG"];
}

/** `["key"] value`: the address ends with the first `] `. @throws SopsFailure */
function setArguments(text: string): [path: string, value: string] {
  const end = text.indexOf("] ");
  if (end < 0) throw new SopsFailure(EXIT.invalidSet, "Invalid --set format");
  return [text.slice(0, end + 1), text.slice(end + 2)];
}
