import type { FileTree } from "@fairlead/base";

/** What a command may touch of the machine, so that it can be run and tested like a function. */
export interface CommandIo {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  /** A file of the person's, by a path relative to where they are or absolute; `-` is standard input. @throws Error */
  readFile(path: string): Uint8Array;
  /** A chart by its path: a directory's files, or an archive's bytes. @throws ProblemError */
  openChart(path: string): FileTree | Uint8Array;
}
