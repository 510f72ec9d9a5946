import type { KnownRule } from "../suite.ts";

/** Where ours differs on purpose. Each names its case; see facts/argocd.md §1.11 for what was observed of the real controller. */
export const KNOWN: readonly KnownRule[] = [
  {
    pattern: /^decision-number\n/,
    reason: "a field of a decision that is no text makes the real controller panic; ours prints it",
  },
  {
    pattern: /^(?:selector-go-labels|merge-go-dotted)\n/,
    reason: "selectors and merge keys of the Go dialect do not reach labels, values and dotted keys there; ours do",
  },
  {
    pattern: /^matrix-three\n/,
    reason: "a matrix there is of exactly two generators; ours is of any number",
  },
  {
    pattern: /^nested-go-inner\n/,
    reason: "rows of a matrix that stands second are filled in too early there and print <no value>",
  },
  {
    pattern: /^(?:typo-generator|directory-glob-broken)\n/,
    reason: "an unknown generator and a broken glob pass silently there; ours tells of them",
  },
  {
    pattern: /^plugin-input\n/,
    reason: "a plugin's own input cannot be used as a parameter there, though it is documented; ours can",
  },
  {
    pattern: /^templated-flag\n/,
    reason: "a flag cannot be templated there: its definition refuses the set",
  },
];
