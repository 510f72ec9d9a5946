import { ProblemError } from "@fairlead/base";
import { parseFile } from "../node/load.ts";
import type { KNode } from "../node/types.ts";

/** The first document in a text; undefined when it is no YAML, or empty. */
export function parseText(text: string): KNode | undefined {
  try {
    return parseFile(text, "").documents[0]?.node;
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}
