import type { ToolName } from "./tools/index.ts";

/** One family of comparisons between Fairlead and the real tools. Each suite is `conformance/src/<name>/suite.ts`, exporting `suite`. */
export interface Suite {
  readonly name: string;
  /** One line: who judges what. */
  readonly description: string;
  /** Real tools that are built before `run` is called. */
  readonly tools: readonly ToolName[];
  run(context: SuiteContext): Promise<SuiteResult>;
}

export interface SuiteContext {
  /** The folder of a tool's binaries. */
  toolDirectory(name: ToolName): string;
  /** The rest of the command line, `--trees DIR` and the like. */
  readonly args: readonly string[];
  /** Progress for people; one line. */
  say(line: string): void;
}

export interface SuiteResult {
  /** Cases in which both gave the same answer (both refusing alike included). */
  readonly same: number;
  readonly different: readonly Difference[];
  /** Differences that are understood and not mended yet. They are told each time, with the reason, and do not fail the run. */
  readonly known?: readonly KnownDifference[] | undefined;
  readonly skipped: readonly Skipped[];
}

export interface Difference {
  readonly name: string;
  /** The first difference, a few lines. */
  readonly detail: string;
}

export interface KnownDifference extends Difference {
  readonly reason: string;
}

export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

/** A difference that is understood: what its name or detail looks like, and why it is still there. */
export interface KnownRule {
  readonly pattern: RegExp;
  readonly reason: string;
}

/** Takes the known ones out of the differences. */
export function sortKnown(
  all: readonly Difference[],
  rules: readonly KnownRule[],
): { different: Difference[]; known: KnownDifference[] } {
  const different: Difference[] = [];
  const known: KnownDifference[] = [];
  for (const difference of all) {
    const rule = rules.find(({ pattern }) => pattern.test(`${difference.name}\n${difference.detail}`));
    if (rule) known.push({ ...difference, reason: rule.reason });
    else different.push(difference);
  }
  return { different, known };
}
