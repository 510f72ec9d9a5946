/**
 * `npm run conformance [-- SUITE [ARGS]]`: builds the pinned real tools into the user's cache folder where Go is on the machine,
 * compares, and ends with the count. Exit 1 on any difference; in CI also on a suite that was skipped though Go is there.
 */
import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Suite, SuiteContext, SuiteResult } from "./suite.ts";
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

function report(suite: Suite, result: SuiteResult, seconds: number): void {
  for (const [reason, all] of Map.groupBy(result.skipped, (skipped) => skipped.reason)) {
    console.log(all.length === 1 ? `  skipped ${all[0]?.name}: ${reason}` : `  skipped (${all.length}): ${reason}`);
  }
  const { known = [] } = result;
  for (const [reason, all] of Map.groupBy(known, (difference) => difference.reason)) {
    console.log(`  known difference (${all.length}): ${reason}, e.g. ${all[0]?.name}`);
  }
  for (const { name, detail } of result.different.slice(0, DIFFERENCES_SHOWN_MAX)) {
    console.log(`  DIFFERENT ${name}\n${detail.replace(/^/gm, "      ")}`);
  }
  const more = result.different.length - DIFFERENCES_SHOWN_MAX;
  if (more > 0) console.log(`  … and ${more} more differences`);
  const counts = `${result.same} the same, ${result.different.length} different, ${known.length} known to differ, ${result.skipped.length} skipped`;
  console.log(`${suite.name}: ${counts} (${seconds.toFixed(1)} s)`);
}

async function runSuite(name: string, args: readonly string[]): Promise<boolean> {
  const suite = await loadSuite(name);
  console.log(`${suite.name}: ${suite.description}`);
  if (suite.tools.length > 0 && goVersion() === undefined) {
    console.log(`${suite.name}: skipped, because Go is not on this machine to build ${suite.tools.join(", ")} with`);
    return true;
  }
  const context = await contextFor(suite, args);
  const started = Date.now();
  const result = await suite.run(context);
  report(suite, result, (Date.now() - started) / 1000);
  return result.different.length === 0 && result.same > 0;
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
for (const name of asked === undefined ? known : [asked]) {
  try {
    if (!(await runSuite(name, args))) failed.push(name);
  } catch (error) {
    console.log(`${name}: could not run: ${error instanceof Error ? error.message : String(error)}`);
    failed.push(name);
  }
}
if (failed.length > 0) console.log(`conformance failed: ${failed.join(", ")}`);
process.exit(failed.length > 0 ? 1 : 0);
