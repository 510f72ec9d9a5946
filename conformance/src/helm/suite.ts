import { join, resolve } from "node:path";
import { helmLint, helmTemplate } from "@fairlead/helm";
import { sortKnown, type Difference, type Suite, type SuiteContext, type SuiteResult } from "../suite.ts";
import { askBinary, askOurs, type Ask } from "./answers.ts";
import { casesIn, type ChartCase } from "./charts.ts";
import { commandTasks, writeCases, type Task } from "./commands.ts";
import { difference } from "./compare.ts";
import { KNOWN } from "./known.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/helm");
/** Real processes at a time. */
const LANES = 3;

/** Charts rendered by the real helm 3 and 4 and by ours: standard output, exit status and the text of failures. */
export const suite: Suite = {
  name: "helm",
  description:
    "helm 3.19.2 and 4.3.1 judge fairlead helm template, chart by chart (--charts DIR for a folder of charts, --answers DIR keeps what helm said)",
  tools: ["helm3", "helm4"],
  run: compareCharts,
};

type Compat = "v3" | "v4";
const COMPATS: readonly Compat[] = ["v3", "v4"];

/** Without a folder of charts: our own, and command lines over charts made for them. */
async function compareCharts(context: SuiteContext): Promise<SuiteResult> {
  const folder = option(context, "--charts");
  const kept = option(context, "--answers");
  const binaryOf = (compat: Compat): string => join(context.toolDirectory(compat === "v3" ? "helm3" : "helm4"), "helm");
  const charts = COMPATS.flatMap((compat) => {
    const ask = askBinary(binaryOf(compat), folder ?? FIXTURES, kept);
    return casesIn([folder ?? FIXTURES]).flatMap((each) => [
      chartTask(compat, ask, each),
      ...(each.values.length === 0 ? [lintTask(compat, ask, each)] : []),
    ]);
  });
  if (folder !== undefined) return judge(charts);
  const cases = writeCases();
  try {
    const commands = COMPATS.flatMap((compat) =>
      commandTasks(compat, (cwd) => askBinary(binaryOf(compat), cwd, kept), cases.root),
    );
    return await judge([...charts, ...commands]);
  } finally {
    cases.remove();
  }
}

function option(context: SuiteContext, name: string): string | undefined {
  const at = context.args.indexOf(name);
  return at < 0 ? undefined : resolve(context.args[at + 1] ?? ".");
}

function chartTask(compat: Compat, ask: Ask, { name, chart, values }: ChartCase): Task {
  const args = ["rel", chart, "--include-crds", ...values.flatMap((file) => ["-f", file])];
  const real = (salt?: string): ReturnType<Ask> => ask(["template", ...args], salt);
  const run = async (): Promise<string | undefined> => {
    const answer = await real();
    return difference(answer, await askOurs(helmTemplate, [...args, "--compat", compat], "."), () => real("again"));
  };
  return { name: `${compat} ${name}`, run };
}

function lintTask(compat: Compat, ask: Ask, { name, chart }: ChartCase): Task {
  const real = (salt?: string): ReturnType<Ask> => ask(["lint", chart], salt);
  const run = async (): Promise<string | undefined> =>
    difference(await real(), await askOurs(helmLint, [chart, "--compat", compat], "."), () => real("again"));
  return { name: `${compat} lint ${name}`, run };
}

async function judge(tasks: readonly Task[]): Promise<SuiteResult> {
  const different: Difference[] = [];
  let same = 0;
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let task = tasks[next++]; task; task = tasks[next++]) {
      const detail = await task.run().catch((error: unknown) => String((error as Error).stack));
      if (detail === undefined) same++;
      else different.push({ name: task.name, detail });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { same, ...sortKnown(different, KNOWN), skipped: [] };
}
