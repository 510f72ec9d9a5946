import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Io } from "./io.ts";

/** The text of a file named on the command line; `-` is standard input. @throws Error as node:fs */
export function readInput(io: Io, path: string): Promise<string> {
  return path === "-" ? text(io.stdin) : readFile(resolve(io.cwd, path), "utf8");
}

/** As readInput, at once and as bytes. */
export function readInputSync(io: Io, path: string): Uint8Array {
  return readFileSync(path === "-" ? 0 : resolve(io.cwd, path));
}
