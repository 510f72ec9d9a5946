import type { KnownRule } from "../suite.ts";

/** Differences that are meant. */
export const KNOWN: readonly KnownRule[] = [
  {
    pattern: /: unowned\n/,
    reason:
      "a Secret made without an owner is another's to the real controller at its next look; ours goes on healing it",
  },
];
