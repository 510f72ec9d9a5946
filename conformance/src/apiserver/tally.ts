import type { Difference, Skipped } from "../suite.ts";

/** What the parts of the suite came to. */
export interface Tally {
  same: number;
  readonly different: Difference[];
  readonly skipped: Skipped[];
}
