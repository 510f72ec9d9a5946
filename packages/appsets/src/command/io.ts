import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { explainProblem, type Problem } from "@fairlead/base";

/** What a command may touch of the process; the cli package's Io is one. */
export interface CommandIo {
  readonly stdout: { write(text: string): void };
  readonly stderr: { write(text: string): void };
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
}

export const EXIT_DONE = 0;
/** There is a fault, or a difference. */
export const EXIT_FAULT = 1;
/** The command was called wrongly. */
export const EXIT_USAGE = 2;

/** A file named on the command line; `-` is standard input. @throws Error as node:fs */
export function readInput(io: CommandIo, path: string): Promise<string> {
  return path === "-" ? text(io.stdin) : readFile(resolve(io.cwd, path), "utf8");
}

/** Every problem on standard error; whether any is more than a warning. */
export function tellProblems(io: CommandIo, problems: readonly Problem[]): boolean {
  for (const problem of problems) {
    io.stderr.write(`fairlead: ${problem.severity === "warning" ? "warning: " : ""}${explainProblem(problem)}\n`);
  }
  return problems.some((problem) => problem.severity !== "warning");
}
