import { Readable } from "node:stream";
import type { Io } from "../../src/io.ts";

/** An Io that remembers what was written. */
export function fakeIo(options: { cwd?: string; isTerminal?: boolean; rows?: number } = {}): {
  io: Io;
  out: () => string;
  err: () => string;
  abort: () => void;
} {
  let out = "";
  let err = "";
  const ending = new AbortController();
  const shape = { isTerminal: options.isTerminal ?? false, columns: 100, rows: options.rows ?? 40 };
  return {
    io: {
      stdout: { write: (text) => void (out += text), ...shape },
      stderr: { write: (text) => void (err += text), ...shape },
      stdin: Readable.from([]),
      env: {},
      cwd: options.cwd ?? "/work-here",
      signal: ending.signal,
    },
    out: () => out,
    err: () => err,
    abort: () => ending.abort(),
  };
}
