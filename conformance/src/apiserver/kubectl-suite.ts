import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { SuiteContext } from "../suite.ts";
import { runJob, type Job, type JobResult } from "./kubectl.ts";
import { FIRST_JOBS, JOBS } from "./kubectl-jobs.ts";
import type { Tally } from "./tally.ts";

const OLDER = ["1.29", "1.30", "1.31", "1.32", "1.33"];
/** What differs between neighbours is little, and each takes a minute: without `--all-kubectls` the two ends do. */
const OLDER_USUALLY: readonly string[] = ["1.29", "1.33"];

/** Events are told a moment after what they tell of, on both sides: what shows them is looked at again before it counts as different. */
const SHOWS_EVENTS = /^(describe|events|get events)\b/;
const LOOKS = 8;

/** Runs jobs one after another on two clusters, given by their kubeconfigs. */
export async function compareJobs(
  kubectl: string,
  kubeconfigs: readonly [ours: string, theirs: string],
  jobs: readonly Job[],
  namespace: string,
  tally: Tally,
  view: (output: string) => string = (output) => output,
): Promise<void> {
  const label = kubectl.split("/").at(-1) ?? kubectl;
  for (const job of jobs) {
    const both = (): Promise<[JobResult, JobResult]> =>
      Promise.all([runJob(kubectl, kubeconfigs[0], namespace, job), runJob(kubectl, kubeconfigs[1], namespace, job)]);
    let [left, right] = await both();
    const isSame = (): boolean => left.code === right.code && view(left.output) === view(right.output);
    for (let look = 1; look < LOOKS && SHOWS_EVENTS.test(job.args) && !isSame(); look++) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      [left, right] = await both();
    }
    if (isSame()) {
      tally.same++;
      continue;
    }
    const detail = `ours (${left.code}): ${left.output}\ntheirs (${right.code}): ${right.output}`;
    tally.different.push({ name: `${label} ${job.args}`, detail });
  }
}

/** What workloads that run have in common: names are made up, so their order is; and how far a rollout has come at a look is chance. */
export function runningView(output: string): string {
  return output
    .replaceAll("(combined from similar events): ", "")
    .replace(/\b10\.24\d\.\d+\.\d+\b/g, "ADDRESS")
    .replace(/containerd:\/\/[0-9a-f]+/g, "CONTAINER")
    .replace(/kube-api-access-\w{5}/g, "kube-api-access")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => !/^Waiting for|^$/.test(line))
    .toSorted()
    .filter((line, index, all) => line !== all[index - 1])
    .join("\n");
}

/** With the kubectl that was built, and older ones (`kubectl.1.NN`) that the machine has: the newest does everything, the others the main jobs. */
export async function compareKubectl(
  context: SuiteContext,
  kubeconfigs: readonly [ours: string, theirs: string],
  tally: Tally,
): Promise<void> {
  const newest = join(context.toolDirectory("kubernetes"), "kubectl");
  // Each in a namespace of its own: a bare kube-apiserver deletes none.
  await compareJobs(newest, kubeconfigs, JOBS, "jobs-newest", tally);
  context.say(`kubectl: ${JOBS.length} jobs`);
  const versions = context.args.includes("--all-kubectls") ? OLDER : OLDER_USUALLY;
  for (const kubectl of olderOnPath(versions)) {
    const label = kubectl.split("/").at(-1) ?? kubectl;
    await compareJobs(kubectl, kubeconfigs, FIRST_JOBS, `jobs-${label.replaceAll(".", "-")}`, tally);
    context.say(`${label}: ${FIRST_JOBS.length} jobs`);
  }
}

/** On the PATH, or beside the kubectl that is: the Cloud SDK keeps a row of them there. */
function olderOnPath(versions: readonly string[]): string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const own = folders.map((folder) => join(folder, "kubectl")).find((path) => existsSync(path));
  if (own !== undefined) folders.push(dirname(realpathSync(own)));
  return versions.flatMap((version) => {
    const found = folders.map((folder) => join(folder, `kubectl.${version}`)).find((path) => existsSync(path));
    return found === undefined ? [] : [found];
  });
}
