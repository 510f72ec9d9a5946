/**
 * `npm run conformance [-- SUITE [ARGS]]`: builds the pinned real tools into the user's cache folder where Go is on the machine,
 * compares, and ends with the count. Exit 1 on any difference; in CI also on a suite that was skipped though Go is there.
 *
 * Most suites compare servers that run, on a machine that may be busy: when all suites are run, one that found differences is run
 * a second time, and what was different both times fails the run (`looks.ts`). What was different once is told, with its detail.
 */
import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { sortLooks, SUITE_ITSELF, UNSTEADY_MAX } from "./looks.ts";
import type { Difference, Suite, SuiteContext, SuiteResult } from "./suite.ts";
import { goVersion, installTool, type ToolName } from "./tools/index.ts";

const here = import.meta.dirname;
const DIFFERENCES_SHOWN_MAX = 20;

async function loadSuite(name: string): Promise<Suite> {
  const module = (await import(join(here, name, "suite.ts"))) as { suite: Suite };
  return module.suite;
}

async function contextFor(suite: Suite, args: readonly string[]): Promise<SuiteContext> {
  const directories = new Map<ToolName, string>();
  for (const tool of suite.tools) directories.set(tool, await installTool(tool, (line) => console.error(`  ${line}`)));
  return {
    args,
    say: (line) => console.error(`  ${line}`),
    toolDirectory(name) {
      const found = directories.get(name);
      if (!found) throw new Error(`suite ${suite.name} does not declare the tool ${name}`);
      return found;
    },
  };
}

function showDifferences(word: string, all: readonly Difference[]): void {
  for (const { name, detail } of all.slice(0, DIFFERENCES_SHOWN_MAX)) {
    console.log(`  ${word} ${name}\n${detail.replace(/^/gm, "      ")}`);
  }
  const more = all.length - DIFFERENCES_SHOWN_MAX;
  if (more > 0) console.log(`  … and ${more} more`);
}

function report(suite: Suite, result: SuiteResult, seconds: number): void {
  for (const [reason, all] of Map.groupBy(result.skipped, (skipped) => skipped.reason)) {
    console.log(all.length === 1 ? `  skipped ${all[0]?.name}: ${reason}` : `  skipped (${all.length}): ${reason}`);
  }
  const { known = [] } = result;
  for (const [reason, all] of Map.groupBy(known, (difference) => difference.reason)) {
    console.log(`  known difference (${all.length}): ${reason}, e.g. ${all[0]?.name}`);
  }
  showDifferences("DIFFERENT", result.different);
  const counts = `${result.same} the same, ${result.different.length} different, ${known.length} known to differ, ${result.skipped.length} skipped`;
  console.log(`${suite.name}: ${counts} (${seconds.toFixed(1)} s)`);
}

/** What was different at one look at a suite. A suite that cannot run, or that compared nothing, is a difference too. */
async function look(name: string, args: readonly string[]): Promise<readonly Difference[]> {
  try {
    const suite = await loadSuite(name);
    console.log(`${suite.name}: ${suite.description}`);
    if (suite.tools.length > 0 && goVersion() === undefined) {
      console.log(`${suite.name}: skipped, because Go is not on this machine to build ${suite.tools.join(", ")} with`);
      return [];
    }
    const context = await contextFor(suite, args);
    const started = Date.now();
    const result = await suite.run(context);
    report(suite, result, (Date.now() - started) / 1000);
    return result.same > 0
      ? result.different
      : [...result.different, { name: SUITE_ITSELF, detail: "compared nothing" }];
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.log(`${name}: could not run: ${detail}`);
    return [{ name: SUITE_ITSELF, detail }];
  }
}

const known = globSync("*/suite.ts", { cwd: here })
  .map((path) => basename(dirname(path)))
  .sort();
const [asked, ...args] = process.argv.slice(2);
if (asked !== undefined && !known.includes(asked)) {
  console.error(`no suite ${asked}; there are: ${known.join(", ")}`);
  process.exit(2);
}
const failed: string[] = [];
const steady: Difference[] = [];
const unsteady: Difference[] = [];
const named = (suite: string, all: readonly Difference[]): Difference[] =>
  all.map(({ name, detail }) => ({ name: `${suite}: ${name}`, detail }));
for (const name of asked === undefined ? known : [asked]) {
  const first = await look(name, args);
  if (first.length === 0) continue;
  if (asked !== undefined) {
    failed.push(name);
    continue;
  }
  console.log(`${name}: a second look`);
  const looks = sortLooks(first, await look(name, args));
  if (looks.steady.length > 0) failed.push(name);
  steady.push(...named(name, looks.steady));
  unsteady.push(...named(name, looks.unsteady));
}
// Again at the end, where whoever reads only the last lines sees them.
showDifferences("DIFFERENT", steady);
showDifferences("UNSTEADY, different at one of two looks:", unsteady);
if (unsteady.length > UNSTEADY_MAX) failed.push(`${unsteady.length} unsteady cases`);
if (failed.length > 0) console.log(`conformance failed: ${failed.join(", ")}`);
process.exit(failed.length > 0 ? 1 : 0);
