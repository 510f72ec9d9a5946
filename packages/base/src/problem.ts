import { codeMeaning } from "./codes.ts";

/**
 * One fault, with its address. Every fault of one input is reported together, so functions that check input return
 * `Problem[]` or throw one ProblemError that holds them all.
 */
export interface Problem {
  /** A registered code, see codes.ts. */
  readonly code: string;
  /** One sentence: what is wrong, naming the value. Never holds a secret. */
  readonly message: string;
  /** Path relative to the root of the tree, '/'-separated. */
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
  /** 1-based, in characters. */
  readonly column?: number | undefined;
  /** The object concerned, as `Kind namespace/name`. */
  readonly object?: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
  readonly severity?: "error" | "warning" | undefined;
}

/** Carries problems through code that cannot return them. The message is the first problem, and the count of the others. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const all = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem];
    const first = all[0];
    const more = all.length > 1 ? ` (and ${all.length - 1} more)` : "";
    super(first ? `${formatProblem(first)}${more}` : "unknown problem", options);
    this.name = "ProblemError";
    this.problems = all;
  }

  get code(): string {
    return this.problems[0]?.code ?? "Internal";
  }

  /** Whether trying the same again can help: true only if it can for every problem. */
  get isRetryable(): boolean {
    return this.problems.every((problem) => codeMeaning(problem.code)?.retry === "backoff");
  }
}

/** Shorthand for the common case of one problem. */
export function problemError(code: string, message: string, at: Partial<Problem> = {}, cause?: unknown): ProblemError {
  return new ProblemError({ code, message, ...at }, cause === undefined ? undefined : { cause });
}

/** Whatever was thrown, as problems: our own ones as they are, anything else as one Internal problem. */
export function problemsOf(error: unknown, at: Partial<Problem> = {}): readonly Problem[] {
  if (error instanceof ProblemError) return error.problems.map((problem) => ({ ...at, ...problem }));
  const message = error instanceof Error ? error.message : String(error);
  return [{ code: "Internal", message, ...at }];
}

/** `file:line:column: message`, as compilers write it, without the hint. */
export function formatProblem(problem: Problem): string {
  const position = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const object = problem.object ? `${problem.object}: ` : "";
  return `${position ? `${position}: ` : ""}${object}${problem.message}`;
}

/** The problem over several lines: position and message, the source line with a caret when the text is known, the hint. */
export function explainProblem(problem: Problem, text?: string): string {
  const lines = [formatProblem(problem)];
  const source = problem.line === undefined ? undefined : text?.split("\n")[problem.line - 1];
  if (source !== undefined) {
    lines.push(`    ${source}`);
    if (problem.column !== undefined) lines.push(`    ${" ".repeat(problem.column - 1)}^`);
  }
  if (problem.hint) lines.push(`  hint: ${problem.hint}`);
  return lines.join("\n");
}
