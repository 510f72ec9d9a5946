import { ProblemError } from "@fairlead/base";
import { FORMAT_VERSION } from "../../sops/metadata.ts";
import { EXIT_DONE, type CommandIo } from "../io.ts";
import { rotate, set, unset } from "./change.ts";
import { completion } from "./completion.ts";
import { decrypt, fileStatus, textConv } from "./decrypt.ts";
import { edit } from "./edit.ts";
import { encrypt } from "./encrypt.ts";
import { EXIT, SopsFailure } from "./failure.ts";
import { execEnv, execFile } from "./exec.ts";
import { commandOfFlags, configOf, takeGlobals } from "./globals.ts";
import { groups } from "./groups.ts";
import { merge } from "./merge.ts";
import { keyService, publish } from "./refused.ts";
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
  groups: { summary: "add a group of master keys to a file, or take one away", run: groups },
  filestatus: { summary: "tell whether a file is encrypted", run: fileStatus },
  "exec-env": { summary: "run a command with a file's values in its environment", run: execEnv },
  "exec-file": { summary: "run a command with a file decrypted", run: execFile },
  textconv: { summary: "print a file decrypted, for git diff", run: textConv },
  merge: { summary: "merge versions of an encrypted file, for git merge", run: merge },
  completion: {
    summary: "print what completes these commands in a shell",
    run: completion(() => Object.keys(COMMANDS)),
  },
  publish: { summary: "(not here: says why)", run: publish },
  keyservice: { summary: "(not here: says why)", run: keyService },
};

/** `fairlead sops …`: files encrypted for Git, with sops' own flags, environment and exit codes. */
export async function sopsCommand(args: readonly string[], io: CommandIo): Promise<number> {
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  try {
    const line = takeGlobals(args, io);
    if (line === "help" || args.length === 0 || line.rest[0] === "help" || line.rest[0] === "h") return printHelp(io);
    if (line.values["version"] === true) {
      io.stdout.write(`sops ${FORMAT_VERSION} (fairlead)\n`);
      return EXIT_DONE;
    }
    const isAlone = !Object.hasOwn(COMMANDS, line.rest[0] ?? "");
    const [name = "", ...others] = isAlone ? await commandOfFlags(line, io, now) : line.rest;
    const globals = { values: line.values, isAlone };
    return await (COMMANDS[name]?.run(others, { io, config: configOf(line.values, io), now, globals }) ??
      printHelp(io));
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

function printHelp(io: CommandIo): number {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`);
  io.stdout.write(`Usage: fairlead sops [--config FILE] COMMAND [FLAGS] [FILE]\n\n${lines.join("")}`);
  return EXIT_DONE;
}
