import { VirtualClock } from "@fairlead/base";
import {
  goFunctions,
  seededRandom,
  TemplateError,
  TemplateSet,
  type ExecuteOptions,
  type FunctionSet,
} from "../../src/index.ts";

/** 2024-02-29 13:04:05 UTC, a leap day. */
const NOW_MS = Date.UTC(2024, 1, 29, 13, 4, 5);

/** A table: a template and what it gives, or `error: ` and Go's error text without the place every one begins with. */
export type Table = ReadonlyArray<readonly [template: string, expected: string]>;

/** The output, or the error text behind `error: `. */
export function run(
  text: string,
  data: unknown,
  functions: FunctionSet = goFunctions,
  options: ExecuteOptions = {},
): string {
  try {
    const set = new TemplateSet({ functions, name: "main" }).parse("main", text);
    return set.execute("main", data, { clock: new VirtualClock(NOW_MS), random: seededRandom("test"), ...options });
  } catch (error) {
    if (error instanceof TemplateError) return `error: ${error.goText}`;
    throw error;
  }
}
