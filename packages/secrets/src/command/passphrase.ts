import { closeSync, openSync } from "node:fs";
import { ReadStream } from "node:tty";
import { problemError } from "@fairlead/base";
import type { CommandIo } from "./io.ts";

/** As age's own plugin for scripts has it. */
const VARIABLE = "AGE_PASSPHRASE";

/** From the environment, else asked of the person at the terminal, without an echo. @throws ProblemError KeyUnusable */
export async function askPassphrase(what: string, io: CommandIo): Promise<string> {
  const given = io.env[VARIABLE];
  if (given) return given;
  let terminal: number;
  try {
    terminal = openSync("/dev/tty", "r+");
  } catch {
    throw problemError("KeyUnusable", `${what} is protected by a passphrase, and there is no terminal to ask for it`, {
      hint: `set ${VARIABLE}`,
    });
  }
  io.stderr.write(`Enter passphrase for ${what}: `);
  const stream = new ReadStream(terminal);
  stream.setRawMode(true);
  try {
    return await lineOf(stream);
  } finally {
    stream.setRawMode(false);
    stream.destroy();
    io.stderr.write("\n");
    closeQuietly(terminal);
  }
}

const CTRL_C = 3;
const BACKSPACES = [8, 127];
const ENDS = [10, 13];

async function lineOf(stream: ReadStream): Promise<string> {
  const typed: number[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (ENDS.includes(byte)) return Buffer.from(typed).toString("utf8");
      if (byte === CTRL_C) throw problemError("KeyUnusable", "no passphrase was given");
      if (BACKSPACES.includes(byte)) typed.pop();
      else typed.push(byte);
    }
  }
  return Buffer.from(typed).toString("utf8");
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // The stream closes it itself, sometimes before us.
  }
}
