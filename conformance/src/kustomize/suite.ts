import { join } from "node:path";
import type { Difference, Skipped, Suite, SuiteContext, SuiteResult } from "../suite.ts";
import { type BuildCase, kustomizationsBelow } from "./cases.ts";
import { firstDifference } from "./compare.ts";
import { ourBuild } from "./ours.ts";
import { realBuild } from "./real.ts";
import { withRemoteCases } from "./remotes.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/kustomize");

/** Two real builds at once: more would only take turns on a small machine. */
const AT_ONCE = 2;

/** `--trees DIR`, repeatable: builds every kustomization below the directory too. */
function treesIn(args: readonly string[]): string[] {
  return args.flatMap((argument, index) => (argument === "--trees" ? (args[index + 1] ?? []) : []));
}

/** Where the real tool prints Go values or comes to a fault late, ours says it in its own words; that both refuse is enough. */
function inOwnWords(one: BuildCase): BuildCase {
  return one.name.startsWith("refused-in-own-words/") ? { ...one, compareMessages: false } : one;
}

class Tally {
  same = 0;
  refusedByBoth = 0;
  readonly different: Difference[] = [];
  readonly skipped: Skipped[] = [];

  async judge(binary: string, one: BuildCase): Promise<void> {
    const [real, ours] = await Promise.all([realBuild(binary, one), ourBuild(one)]);
    if (real.status === -1) {
      this.skipped.push({ name: one.name, reason: "the real tool did not finish in time" });
      return;
    }
    const detail = firstDifference(real, ours, one.compareMessages);
    if (detail !== undefined) this.different.push({ name: one.name, detail });
    else {
      this.same++;
      if (real.status !== 0) this.refusedByBoth++;
    }
  }
}

async function run(context: SuiteContext): Promise<SuiteResult> {
  const binary = join(context.toolDirectory("kustomize"), "kustomize");
  const tally = new Tally();
  const trees = treesIn(context.args);
  await withRemoteCases(async (remote) => {
    const cases = [
      ...kustomizationsBelow(FIXTURES, true).map(inOwnWords),
      ...remote,
      ...trees.flatMap((folder) => kustomizationsBelow(folder, false)),
    ];
    const queue = [...cases];
    const worker = async (): Promise<void> => {
      for (let one = queue.shift(); one; one = queue.shift()) {
        await tally.judge(binary, one);
        const done = cases.length - queue.length;
        if (done % 200 === 0) context.say(`${done} of ${cases.length}, ${tally.different.length} different`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  });
  context.say(`${tally.same - tally.refusedByBoth} built alike, ${tally.refusedByBoth} refused by both`);
  return tally;
}

export const suite: Suite = {
  name: "kustomize",
  description: "kustomize v5.8.2 judges builds: output, warnings, exit status and, for our fixtures, messages",
  tools: ["kustomize"],
  run,
};
