/**
 * Command lines as sops reads them: `-name`, `--name`, `--name=value` are one; switches take `=false`; flags of before the command count
 * for it unless it has them itself. Beyond sops, which passes over them, flags may follow the file.
 */
import type { Command, Option } from "commander";
import { EXIT_DONE, type CommandIo } from "../io.ts";
import { EXIT } from "./failure.ts";

export type FlagValues = Readonly<Record<string, unknown>>;

/** Flags before the command. */
export interface GlobalFlags {
  readonly values: FlagValues;
  /** No command was named: all flags are of one kind, and those that say nothing to the command are passed over. */
  readonly isAlone: boolean;
}

export interface Parsed<Flags> {
  readonly flags: Flags;
  readonly args: string[];
}

/** Parses, and ends the command for help (0) and wrong flags (1, as sops has it). */
export function parseFlags<Flags>(
  command: Command,
  args: readonly string[],
  { io, globals }: { readonly io: CommandIo; readonly globals: GlobalFlags },
): Parsed<Flags> | number {
  const read = readFlags(command.options, args);
  if ("help" in read) {
    io.stdout.write(command.helpInformation());
    return EXIT_DONE;
  }
  if ("fault" in read) {
    io.stderr.write(`Incorrect Usage: ${read.fault}\n\n${command.helpInformation()}`);
    return EXIT.generic;
  }
  const own = new Set(command.options.map((option) => option.attributeName()));
  const inherited = Object.entries(globals.values).filter(
    ([name]) => globals.isAlone || !own.has(name) || GLOBAL_IN_SOPS.has(name),
  );
  return { flags: { ...command.opts(), ...Object.fromEntries(inherited), ...read.values } as Flags, args: read.rest };
}

/** sops has these before the command alone; here the commands take them too. */
const GLOBAL_IN_SOPS = new Set(["macOnlyEncrypted", "unencryptedCommentRegex", "encryptedCommentRegex", "ignoreMac"]);

type Read =
  | { readonly values: FlagValues; readonly rest: string[] }
  | { readonly fault: string }
  | { readonly help: true };

/** @param isBeforeCommand the first argument that is no flag ends them: what follows is the command's own */
export function readFlags(options: readonly Option[], args: readonly string[], isBeforeCommand = false): Read {
  const values: Record<string, unknown> = {};
  const rest: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (isBeforeCommand && rest.length > 0) return { values, rest: [...rest, ...args.slice(index)] };
    if (arg === "--") return { values, rest: [...rest, ...args.slice(index + 1)] };
    const [, name = "", given] = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg) ?? [];
    const option = name === "" ? undefined : options.find((each) => isNamed(each, name));
    if (option === undefined) {
      if ((name === "h" || name === "help") && rest.length === 0) return { help: true };
      if (name === "" || rest.length > 0) rest.push(arg);
      else return { fault: `flag provided but not defined: -${name}` };
      continue;
    }
    if (given === undefined && option.required && index + 1 >= args.length) {
      return { fault: `flag needs an argument: -${name}` };
    }
    const text = given ?? (option.required ? args[(index += 1)] : undefined);
    const fault = take(option, name, text, values);
    if (fault !== undefined) return { fault };
  }
  return { values, rest };
}

function isNamed({ long, short }: Option, name: string): boolean {
  return long === `--${name}` || short === `-${name}`;
}

const TRUE = /^(?:1|t|T|TRUE|true|True)$/;
const FALSE = /^(?:0|f|F|FALSE|false|False)$/;

/** @returns what is wrong with the value */
function take(
  option: Option,
  name: string,
  text: string | undefined,
  values: Record<string, unknown>,
): string | undefined {
  const at = option.attributeName();
  if (option.required) {
    const isNumber = option.flags.endsWith("<number>");
    if (isNumber && !/^[+-]?\d+$/.test(text ?? "")) {
      return `invalid value ${JSON.stringify(text)} for flag -${name}: parse error`;
    }
    const before = values[at];
    values[at] = option.flags.endsWith("<key>")
      ? [...(Array.isArray(before) ? (before as unknown[]) : []), text]
      : text;
    return undefined;
  }
  if (text !== undefined && !TRUE.test(text) && !FALSE.test(text)) {
    return `invalid boolean value ${JSON.stringify(text)} for -${name}: parse error`;
  }
  const isOn = text === undefined || TRUE.test(text);
  values[at] = option.negate ? !isOn : isOn;
  return undefined;
}

/** sops takes the first file alone, and says so. */
export function warnOfMore(args: readonly string[], io: CommandIo): void {
  if (args.length < 2) return;
  io.stderr.write("warning: more than one positional argument provided; only the first one is used\n");
  const flag = args.slice(1).find((arg) => arg.startsWith("-"));
  if (flag !== undefined) io.stderr.write(`warning: ${JSON.stringify(flag)} looks like a flag, and is none here\n`);
}
