import type { Case, Step } from "../types.ts";
import { post } from "./steps.ts";

/** Each is refused, or taken with a warning, by both servers in the same words; nothing is stored. */
export const each = (name: string, path: string, make: (part: never) => object, parts: readonly object[]): Case => ({
  name,
  steps: parts.map((part): Step => post(`${path}?dryRun=All`, make(part as never), 0)),
});
