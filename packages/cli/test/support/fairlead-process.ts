import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";

const FAIRLEAD = join(import.meta.dirname, "../../bin/fairlead.mjs");

/** The command as a person runs it, in a process of its own. */
export interface FairleadProcess {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Resolves once standard output matches; rejects when the process ends first. */
  seen(pattern: RegExp): Promise<void>;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export function startFairlead(args: readonly string[], env: Readonly<Record<string, string>> = {}): FairleadProcess {
  const child = spawn(process.execPath, [FAIRLEAD, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let out = "";
  let err = "";
  const watchers = new Set<() => void>();
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    for (const check of watchers) check();
  });
  child.stderr?.on("data", (chunk: Buffer) => void (err += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.on("close", (code, signal) => resolve(code ?? signal ?? 1));
  });
  return {
    child,
    out: () => out,
    err: () => err,
    ended,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!pattern.test(out)) return;
          watchers.delete(check);
          resolve();
        };
        watchers.add(check);
        check();
        void ended.then((code) => reject(new Error(`ended with ${code} before ${pattern}:\n${out}${err}`)));
      }),
  };
}
