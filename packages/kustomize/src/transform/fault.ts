import { type Problem, ProblemError } from "@fairlead/base";

/** The same problems with an address where they have none, and words before the first one's message. */
export function addressed(error: unknown, at: Partial<Problem>, prefix = ""): unknown {
  if (!(error instanceof ProblemError)) return error;
  const problems = error.problems.map((problem, index) => ({
    ...at,
    ...withoutUndefined(problem),
    message: index === 0 ? prefix + problem.message : problem.message,
  }));
  return new ProblemError(problems, { cause: error });
}

function withoutUndefined(problem: Problem): Problem {
  return Object.fromEntries(Object.entries(problem).filter(([, value]) => value !== undefined)) as unknown as Problem;
}

/** Runs a step; its problems get an address and words before them. */
export function within<T>(at: Partial<Problem>, prefix: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw addressed(error, at, prefix);
  }
}

/**
 * Runs a step for every item and reports the problems of all of them together.
 * @param onFault called when an item had problems, before the next one
 */
export function forEach<T>(items: readonly T[], step: (item: T, index: number) => void, onFault?: () => void): void {
  const problems: Problem[] = [];
  for (const [index, item] of items.entries()) {
    try {
      step(item, index);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(...error.problems);
      onFault?.();
    }
  }
  if (problems.length > 0) throw new ProblemError(problems);
}
