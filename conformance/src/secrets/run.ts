import { spawn, spawnSync } from "node:child_process";
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

/** A real program. `isAsync`: this process goes on meanwhile, because what the program asks is answered in it. */
export function program(path: string, cwd: string, env: Environment, { isAsync = false } = {}): Run {
  if (isAsync) return (args, stdin = "") => runAside(path, args, { cwd, env }, stdin);
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

function runAside(
  path: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Environment },
  stdin: string | Buffer,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd, env: { ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const out: Buffer[] = [];
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ exit: code ?? -1, out: Buffer.concat(out), err }));
    // One that ends early closes its input.
    child.stdin.on("error", () => undefined);
    child.stdin.end(stdin);
  });
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
