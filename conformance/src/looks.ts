import type { Difference } from "./suite.ts";

/** More cases than this that come out otherwise at a second look are no accident of the machine any more. */
export const UNSTEADY_MAX = 5;
/** The name of the difference of a suite that could not run, or that compared nothing. */
export const SUITE_ITSELF = "the suite itself";

export interface Looks {
  /** Different both times, with the detail of the second look; all of them where the second look came to nothing. */
  readonly steady: readonly Difference[];
  /** Different at one look only. */
  readonly unsteady: readonly Difference[];
}

/** Sorts the differences of two looks at the same suite by what they name. */
export function sortLooks(first: readonly Difference[], second: readonly Difference[]): Looks {
  const before = new Set(first.map(({ name }) => name));
  const after = new Set(second.map(({ name }) => name));
  if (after.has(SUITE_ITSELF)) return { steady: [...first, ...second], unsteady: [] };
  return {
    steady: second.filter(({ name }) => before.has(name)),
    unsteady: [...first.filter(({ name }) => !after.has(name)), ...second.filter(({ name }) => !before.has(name))],
  };
}
