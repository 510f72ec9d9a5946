import type { KnownRule } from "../suite.ts";

/** Where Argo CD's case and our answer differ on purpose. */
export const KNOWN: readonly KnownRule[] = [
  {
    pattern: /CustomResourceDefinition .*terminating-timestamp/,
    reason: "the case's object is being deleted, which healthOf tells before it asks a rule, as Argo CD itself does",
  },
];
