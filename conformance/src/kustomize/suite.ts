import { join } from "node:path";
import type { Difference, Skipped, Suite, SuiteContext, SuiteResult } from "../suite.ts";
import { type BuildCase, kustomizationsBelow } from "./cases.ts";
import { firstDifference } from "./compare.ts";
import { withGeneratedCases } from "./generated.ts";
import { ourBuild } from "./ours.ts";
import { type Peers, realBuild } from "./real.ts";
import { withRemoteCases } from "./remotes.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/kustomize");

/** Two real builds at once: more would only take turns on a small machine. */
const AT_ONCE = 2;

/** `--trees DIR`, repeatable: builds every kustomization below the directory too. */
function treesIn(args: readonly string[]): string[] {
  return args.flatMap((argument, index) => (argument === "--trees" ? (args[index + 1] ?? []) : []));
}

const GENERATED = 60;

/** `--generated COUNT`, from number `--from NUMBER` on. */
function generatedNumbers(args: readonly string[]): number[] {
  const valueOf = (flag: string, fallback: number): number => {
    const at = args.indexOf(flag);
    return at < 0 ? fallback : Number(args[at + 1]);
  };
  const from = valueOf("--from", 0);
  return Array.from({ length: valueOf("--generated", GENERATED) }, (_, index) => from + index);
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

  async judge(peers: Peers, one: BuildCase): Promise<void> {
    const [real, ours] = await Promise.all([realBuild(peers, one), ourBuild(one)]);
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
  const peers = {
    kustomize: join(context.toolDirectory("kustomize"), "kustomize"),
    // Kustomize calls the helm it finds; ours inflates charts as this one does.
    helm: join(context.toolDirectory("helm4"), "helm"),
  };
  const tally = new Tally();
  const trees = treesIn(context.args);
  const below = (folder: string, compareMessages: boolean): BuildCase[] => kustomizationsBelow(folder, compareMessages);
  const fixed = [...below(FIXTURES, true).map(inOwnWords), ...trees.flatMap((folder) => below(folder, false))];
  await withRemoteCases((remote) =>
    withGeneratedCases(generatedNumbers(context.args), (generated) =>
      judgeAll(peers, [...fixed, ...remote, ...generated], tally, context),
    ),
  );
  context.say(`${tally.same - tally.refusedByBoth} built alike, ${tally.refusedByBoth} refused by both`);
  return tally;
}

async function judgeAll(peers: Peers, cases: readonly BuildCase[], tally: Tally, context: SuiteContext): Promise<void> {
  const queue = [...cases];
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      await tally.judge(peers, one);
      const done = cases.length - queue.length;
      if (done % 200 === 0) context.say(`${done} of ${cases.length}, ${tally.different.length} different`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

export const suite: Suite = {
  name: "kustomize",
  description: "kustomize v5.8.2 judges builds: output, warnings, exit status and, for our fixtures, messages",
  tools: ["kustomize", "helm4"],
  run,
};
