import type { KnownRule } from "../suite.ts";

/** Where Fairlead is meant to do otherwise than Argo CD, and why. */
export const KNOWN: readonly KnownRule[] = [];
