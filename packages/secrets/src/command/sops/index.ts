import { ProblemError } from "@fairlead/base";
import { resolve } from "node:path";
import { FORMAT_VERSION } from "../../sops/metadata.ts";
import { EXIT_DONE, type CommandIo } from "../io.ts";
import { rotate, set, unset } from "./change.ts";
import { decrypt, fileStatus, textConv } from "./decrypt.ts";
import { edit } from "./edit.ts";
import { encrypt } from "./encrypt.ts";
import { EXIT, SopsFailure } from "./failure.ts";
import { isThere } from "./files.ts";
import { execEnv, execFile } from "./exec.ts";
import { merge } from "./merge.ts";
import type { SopsCommand } from "./session.ts";
import { updateKeys } from "./update-keys.ts";

interface Entry {
  readonly summary: string;
  readonly run: SopsCommand;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  decrypt: { summary: "decrypt a file", run: decrypt },
  encrypt: { summary: "encrypt a file", run: encrypt },
  edit: { summary: "edit an encrypted file, or make a new one", run: edit },
  rotate: { summary: "encrypt a file under a new data key; add and remove master keys", run: rotate },
  set: { summary: "set a value of an encrypted file", run: set },
  unset: { summary: "take a value out of an encrypted file", run: unset },
  updatekeys: { summary: "bring a file's master keys in line with .sops.yaml", run: updateKeys },
  filestatus: { summary: "tell whether a file is encrypted", run: fileStatus },
  "exec-env": { summary: "run a command with a file's values in its environment", run: execEnv },
  "exec-file": { summary: "run a command with a file decrypted", run: execFile },
  textconv: { summary: "print a file decrypted, for git diff", run: textConv },
  merge: { summary: "merge versions of an encrypted file, for git merge", run: merge },
};

/** Commands of before sops 3.9, when they were flags. */
const FLAGS: Readonly<Record<string, string>> = {
  "-d": "decrypt",
  "--decrypt": "decrypt",
  "-e": "encrypt",
  "--encrypt": "encrypt",
  "-r": "rotate",
  "--rotate": "rotate",
};

/** `fairlead sops …`: files encrypted for Git, with sops' own flags, environment and exit codes. */
export async function sopsCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const { config, rest } = takeGlobals(args, io);
  const [first = "--help", ...others] = await withCommandFirst(rest, io);
  if (first === "--version" || first === "-v") {
    io.stdout.write(`sops ${FORMAT_VERSION} (fairlead)\n`);
    return EXIT_DONE;
  }
  if (first === "--help" || first === "-h" || first === "help") {
    io.stdout.write(help());
    return EXIT_DONE;
  }
  const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
  if (command === undefined) {
    io.stderr.write(`error: unknown command ${JSON.stringify(first)}\n\n${help()}`);
    return EXIT.generic;
  }
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  try {
    return await command.run(others, { io, config, now });
  } catch (error) {
    if (error instanceof SopsFailure) return fail(io, error.message, error.exit);
    if (error instanceof ProblemError)
      return fail(io, error.problems.map(({ message }) => message).join("\n"), EXIT.generic);
    throw error;
  }
}

function fail(io: CommandIo, message: string, exit: number): number {
  io.stderr.write(`${message}\n`);
  return exit;
}

/** Flags of sops that say nothing here. */
const IGNORED = ["--verbose", "--disable-version-check", "--check-for-updates", "--enable-local-keyservice"];

/**
 * What stands before the command: --config. Key services are other programs' way to keys that are ours here: taken, so that scripts
 * run, and told when one is named.
 */
function takeGlobals(args: readonly string[], io: CommandIo): { config: string | undefined; rest: readonly string[] } {
  let config = io.env["SOPS_CONFIG"];
  const rest: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    const [name = "", ...value] = arg.split("=");
    const given = (): string => (value.length > 0 ? value.join("=") : (args[(index += 1)] ?? ""));
    // What follows belongs to another program's command line.
    if (arg === "--") return { config, rest: [...rest, ...args.slice(index)] };
    if (name === "--config" && !rest.some((each) => Object.hasOwn(COMMANDS, each))) config = given();
    else if (name === "--keyservice")
      io.stderr.write(`warning: the key service ${given()} is not asked: keys are found here\n`);
    else if (!IGNORED.includes(name)) rest.push(arg);
  }
  return { config, rest };
}

/** Commands were flags once, and `sops FILE` still edits. */
async function withCommandFirst(args: readonly string[], io: CommandIo): Promise<readonly string[]> {
  const [first = ""] = args;
  if (Object.hasOwn(COMMANDS, first) || args.length === 0) return args;
  const index = args.findIndex((arg) => Object.hasOwn(FLAGS, arg));
  if (index >= 0) return [FLAGS[args[index] ?? ""] ?? "", ...args.toSpliced(index, 1)];
  const set = args.findIndex((arg) => arg === "--set" || arg.startsWith("--set="));
  if (set >= 0) return asSet(args, set);
  const file = args.at(-1) ?? "";
  const isFile = !file.startsWith("-") && (/[./]/.test(file) || (await isThere(resolve(io.cwd, file))));
  return isFile ? ["edit", ...args] : args;
}

/** `--set '["key"] "value"' FILE` is `set FILE '["key"]' '"value"'`. */
function asSet(args: readonly string[], at: number): readonly string[] {
  const flag = args[at] ?? "";
  const isJoined = flag.startsWith("--set=");
  const text = isJoined ? flag.slice("--set=".length) : (args[at + 1] ?? "");
  const [, path = text, value = ""] = /^(\S*\])\s+(.*)$/s.exec(text) ?? [];
  const others = args.toSpliced(at, isJoined ? 1 : 2);
  return ["set", ...others, path, value];
}

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `Usage: fairlead sops [--config FILE] COMMAND [ARGS]\n\n${lines.join("")}`;
}
