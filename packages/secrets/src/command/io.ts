import { renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { problemError } from "@fairlead/base";
import { SECRETS_LIMITS } from "../limits.ts";

/** What a command may touch of the process; the cli package's Io is one. */
export interface CommandIo {
  readonly stdout: { write(text: string | Uint8Array): void };
  readonly stderr: { write(text: string): void };
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts when the person asks the command to end. */
  readonly signal: AbortSignal;
}

export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
/** The command was called wrongly, as kubeseal has it. */
export const EXIT_USAGE = 2;

/** A file's bytes; `-` and /dev/stdin are standard input. @throws ProblemError UnreadableFile */
export async function readInput(path: string | undefined, io: CommandIo): Promise<Buffer> {
  if (path === undefined || path === "-" || path === "/dev/stdin") return readStdin(io);
  try {
    return await readFile(resolve(io.cwd, path));
  } catch (error) {
    throw problemError("UnreadableFile", `open ${path}: ${reasonOf(error)}`);
  }
}

async function readStdin(io: CommandIo): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of io.stdin as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk as string);
    length += bytes.length;
    if (length > SECRETS_LIMITS.inputCharacters) throw problemError("UnreadableFile", "standard input is too large");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "no such file or directory";
  if (code === "EISDIR") return "is a directory";
  return code === "EACCES" ? "permission denied" : "cannot be read";
}

/** Whole or not at all, and readable for its owner alone. */
export function writeWhole(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, text, { mode: 0o600 });
  renameSync(beside, path);
}
