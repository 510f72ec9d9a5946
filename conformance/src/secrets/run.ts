import { spawnSync } from "node:child_process";
import { Readable } from "node:stream";

export interface Ran {
  readonly exit: number;
  readonly out: Buffer;
  readonly err: string;
}

/** Counts a case: the same when both texts are. */
export type Judge = (name: string, wanted: string, found: string) => void;

export type Run = (args: readonly string[], stdin?: string | Buffer) => Promise<Ran>;

type Environment = Readonly<Record<string, string | undefined>>;

/** A real program. */
export function program(path: string, cwd: string, env: Environment): Run {
  return (args, stdin = "") => {
    const { status, stdout, stderr } = spawnSync(path, args, {
      cwd,
      env: { ...env },
      input: stdin,
      maxBuffer: 64 * 1024 * 1024,
    });
    return Promise.resolve({ exit: status ?? -1, out: stdout, err: stderr.toString() });
  };
}

interface Io {
  readonly stdout: { write(text: string | Uint8Array): void };
  readonly stderr: { write(text: string): void };
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Environment;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

/** One of our commands, in this process. */
export function command(run: (args: readonly string[], io: Io) => Promise<number>, cwd: string, env: Environment): Run {
  return async (args, stdin = "") => {
    const out: Buffer[] = [];
    let err = "";
    const exit = await run(args, {
      stdout: { write: (text) => void out.push(Buffer.from(text as string)) },
      stderr: { write: (text) => void (err += text) },
      stdin: Readable.from([Buffer.from(stdin as string)]),
      env,
      cwd,
      signal: new AbortController().signal,
    });
    return { exit, out: Buffer.concat(out), err };
  };
}
