import type { ContainerStatus, Job, Pod, PodFailureRule } from "../api/types.ts";
import { parseIndexes } from "./indexes.ts";
import { indexOf, indexFailuresOf } from "./pods.ts";

/** What a Job's rules make of a pod that failed. Sources: pkg/controller/job's pod_failure_policy, backoff_utils, success_policy. */
interface FailureVerdict {
  readonly action: "Count" | "Ignore" | "FailIndex" | "FailJob";
  /** For FailJob: what the Job's condition says. */
  readonly message: string;
}

const COUNTED: FailureVerdict = { action: "Count", message: "" };

/** The first rule that a failed pod meets decides; without one the failure counts. */
export function judgeFailure(job: Job, pod: Pod): FailureVerdict {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  const of = `pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  for (const [index, rule] of rules.entries()) {
    const where = `matching ${rule.action} rule at index ${index}`;
    const exited = exitThatMatches(rule, pod);
    if (exited) {
      const { name, code } = exited;
      return { action: rule.action, message: `Container ${name} for ${of} failed with exit code ${code} ${where}` };
    }
    const condition = conditionThatMatches(rule, pod);
    if (condition !== undefined) {
      return { action: rule.action, message: `Pod ${of.slice("pod ".length)} has condition ${condition} ${where}` };
    }
  }
  return COUNTED;
}

function exitThatMatches({ onExitCodes }: PodFailureRule, { status }: Pod): { name: string; code: number } | undefined {
  if (!onExitCodes) return undefined;
  const { containerName, operator, values } = onExitCodes;
  for (const container of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    const code = exitCodeOf(container);
    if (code === undefined || code === 0) continue;
    if (containerName !== undefined && containerName !== container.name) continue;
    if (values.includes(code) === (operator === "In")) return { name: container.name, code };
  }
  return undefined;
}

function exitCodeOf({ state }: ContainerStatus): number | undefined {
  return (state["terminated"] as { exitCode?: number } | undefined)?.exitCode;
}

function conditionThatMatches({ onPodConditions = [] }: PodFailureRule, { status }: Pod): string | undefined {
  return onPodConditions.find(({ type, status: wanted = "True" }) =>
    (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === wanted),
  )?.type;
}

/** Indexes that failed for good; the limit for each counts failures before the last one. Undefined where indexes have no limit of their own. */
export function failedIndexes(job: Job, pods: readonly Pod[], limit: number): ReadonlySet<number> | undefined {
  const { backoffLimitPerIndex } = job.spec;
  if (backoffLimitPerIndex === undefined) return undefined;
  const found = parseIndexes(job.status?.failedIndexes, limit);
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === undefined || pod.status?.phase !== "Failed") continue;
    const { action } = judgeFailure(job, pod);
    if (action === "FailIndex" || (action !== "Ignore" && indexFailuresOf(pod) >= backoffLimitPerIndex))
      found.add(index);
  }
  return found;
}

/** The number of the first rule of the success policy that the completed indexes meet. */
export function metSuccessRule(job: Job, completed: ReadonlySet<number>, limit: number): number | undefined {
  const rules = job.spec.successPolicy?.rules ?? [];
  const met = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && completed.size >= succeededCount;
    const wanted = parseIndexes(succeededIndexes, limit);
    return wanted.intersection(completed).size >= (succeededCount ?? wanted.size);
  });
  return met < 0 ? undefined : met;
}
