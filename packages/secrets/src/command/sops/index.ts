import { ProblemError } from "@fairlead/base";
import { EXIT_DONE, type CommandIo } from "../io.ts";
import { rotate, set, unset } from "./change.ts";
import { decrypt, fileStatus, textConv } from "./decrypt.ts";
import { edit } from "./edit.ts";
import { encrypt } from "./encrypt.ts";
import { EXIT, SopsFailure } from "./failure.ts";
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
  const { config, rest } = takeConfig(args, io);
  const [first = "--help", ...others] = withCommandFirst(rest);
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

/** --config stands before the command. */
function takeConfig(args: readonly string[], io: CommandIo): { config: string | undefined; rest: readonly string[] } {
  const [first = "", value, ...rest] = args;
  if (first === "--config") return { config: value, rest };
  if (first.startsWith("--config=")) return { config: first.slice("--config=".length), rest: args.slice(1) };
  return { config: io.env["SOPS_CONFIG"], rest: args };
}

function withCommandFirst(args: readonly string[]): readonly string[] {
  const index = args.findIndex((arg) => Object.hasOwn(FLAGS, arg));
  const [first = ""] = args;
  if (index < 0 || Object.hasOwn(COMMANDS, first)) return args;
  return [FLAGS[args[index] ?? ""] ?? "", ...args.toSpliced(index, 1)];
}

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`);
  return `Usage: fairlead sops [--config FILE] COMMAND [ARGS]\n\n${lines.join("")}`;
}
