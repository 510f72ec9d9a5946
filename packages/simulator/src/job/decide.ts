import { isFinished, isReady, isTerminating } from "../api/pods.ts";
import { findCondition, isTrue } from "../api/conditions.ts";
import { timeOf, timestamp } from "../api/time.ts";
import type { Condition, Job, JobStatus, Pod } from "../api/types.ts";
import { type Action, type Decision, statusAction, type Told } from "../engine/action.ts";
import { count, deletePod } from "../replicaset/decide.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { indexFailuresOf, indexOf, isIndexed, jobPod } from "./pods.ts";
import { failedIndexes, judgeFailure, metSuccessRule } from "./policies.ts";

export interface JobFacts {
  readonly job: Job;
  /** The pods it controls. */
  readonly pods: readonly Pod[];
  readonly nowMs: number;
  /** Uids of pods that the Job itself gave up, being more than it wants: they have not failed. */
  readonly released?: ReadonlySet<string> | undefined;
}

/** A Job waits this long after a failure before it tries again, doubled with each up to the maximum. */
const RETRY_BASE_MS = 10_000;
const RETRY_MAX_MS = 600_000;
/** Completions an index is kept for; the API's own limit of Indexed Jobs. */
const INDEXES_MAX = 100_000;
const OUR_NAME = "kubernetes.io/job-controller";

interface Counts {
  readonly active: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  readonly terminating: number;
  readonly completed: ReadonlySet<number>;
  /** Undefined where indexes have no limit of their own. */
  readonly failedIndexes: ReadonlySet<number> | undefined;
}

interface Ending {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

/** One step of a Job: count what its pods came to, end it, or see to it that enough of them run. */
export function decideJob(facts: JobFacts): Decision {
  const { job, nowMs } = facts;
  if ((job.spec.managedBy ?? OUR_NAME) !== OUR_NAME) return { actions: [] };
  if (isOver(job)) return expiry(job, nowMs);
  if (job.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const counts = countPods(facts);
  const ending = endingOf(facts, counts);
  if (ending) return end(facts, counts, ending);
  if (job.spec.suspend === true) return suspension(facts, counts);
  const { actions, wakeAtMs } = manage(facts, counts);
  const deadline = deadlineAt(job, nowMs);
  return {
    actions: [...actions, ...resumption(job), ...statusAction(job, runningStatus(facts, counts))],
    wakeAtMs: earliest(wakeAtMs, deadline),
  };
}

export function isOver(job: Job): boolean {
  return isTrue(job.status?.conditions, "Complete") || isTrue(job.status?.conditions, "Failed");
}

/** A Job that is over is deleted when its time to live is. */
function expiry(job: Job, nowMs: number): Decision {
  const ttl = job.spec.ttlSecondsAfterFinished;
  if (ttl === undefined || job.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const last = job.status?.conditions?.find(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
  const at = (timeOf(job.status?.completionTime ?? last?.lastTransitionTime) ?? nowMs) + ttl * 1000;
  return at <= nowMs ? { actions: [{ do: "delete", object: job }] } : { actions: [], wakeAtMs: at };
}

/** Counts never fall, even if pods that were counted are gone. */
function countPods({ job, pods, released }: JobFacts): Counts {
  const succeeded = pods.filter(({ status }) => status?.phase === "Succeeded");
  const failed = pods.filter((pod) => released?.has(pod.metadata.uid ?? "") !== true && hasFailed(job, pod));
  const completed = parseIndexes(job.status?.completedIndexes, INDEXES_MAX);
  for (const pod of succeeded) {
    const index = indexOf(pod);
    if (index !== undefined && index < (job.spec.completions ?? 0)) completed.add(index);
  }
  return {
    active: pods.filter((pod) => !isFinished(pod) && !isTerminating(pod)),
    succeeded: isIndexed(job) ? completed.size : Math.max(job.status?.succeeded ?? 0, succeeded.length),
    failed: Math.max(job.status?.failed ?? 0, failed.length),
    terminating: pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length,
    completed,
    failedIndexes: failedIndexes(job, pods, INDEXES_MAX),
  };
}

/**
 * A pod that is deleted before its end has failed too, unless only pods that reach their end are to be replaced. Those a
 * suspension stops do not count: holding a Job must not use up its tries.
 */
function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === "Failed") return judgeFailure(job, pod).action !== "Ignore";
  if (job.spec.suspend === true) return false;
  return job.spec.podReplacementPolicy !== "Failed" && isTerminating(pod) && pod.status?.phase !== "Succeeded";
}

function endingOf(facts: JobFacts, counts: Counts): Ending | undefined {
  const { job, nowMs } = facts;
  const goal = job.status?.conditions?.find(
    ({ type, status }) => (type === "SuccessCriteriaMet" || type === "FailureTarget") && status === "True",
  );
  if (goal) {
    const { type, reason = "", message = "" } = goal;
    return { type: type === "FailureTarget" ? "Failed" : "Complete", reason, message };
  }
  const { completions, backoffLimit = 6, activeDeadlineSeconds } = job.spec;
  const broken = brokenRule(facts);
  if (broken !== undefined) return { type: "Failed", reason: "PodFailurePolicy", message: broken };
  if (counts.failed > backoffLimit || hasRestartedTooOften(job, counts.active, backoffLimit)) {
    const message = "Job has reached the specified backoff limit";
    return { type: "Failed", reason: "BackoffLimitExceeded", message };
  }
  const started = timeOf(job.status?.startTime);
  if (activeDeadlineSeconds !== undefined && started !== undefined && job.spec.suspend !== true) {
    if (nowMs >= started + activeDeadlineSeconds * 1000) {
      const message = "Job was active longer than specified deadline";
      return { type: "Failed", reason: "DeadlineExceeded", message };
    }
  }
  const byIndexes = endingByIndexes(job, counts);
  if (byIndexes) return byIndexes;
  const isDone =
    completions === undefined
      ? counts.succeeded > 0 && counts.active.length === 0
      : counts.succeeded >= completions && (completions > 0 || counts.active.length === 0);
  return isDone
    ? { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
    : undefined;
}

/** What the failure policy says of a pod whose failure fails the whole Job. */
function brokenRule({ job, pods }: JobFacts): string | undefined {
  if (job.spec.podFailurePolicy === undefined) return undefined;
  const verdicts = pods.filter(({ status }) => status?.phase === "Failed").map((pod) => judgeFailure(job, pod));
  return verdicts.find(({ action }) => action === "FailJob")?.message;
}

/** An Indexed Job ends by the indexes that failed for good, or by those that its success policy asks for. */
function endingByIndexes(job: Job, { completed, failedIndexes: failed }: Counts): Ending | undefined {
  const { completions = 0, maxFailedIndexes } = job.spec;
  if (!isIndexed(job)) return undefined;
  const lost = failed?.size ?? 0;
  if (maxFailedIndexes !== undefined && lost > maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return { type: "Failed", reason: "MaxFailedIndexesExceeded", message };
  }
  if (lost > 0 && lost + completed.size >= completions) {
    return { type: "Failed", reason: "FailedIndexes", message: "Job has failed indexes" };
  }
  const rule = metSuccessRule(job, completed, INDEXES_MAX);
  return rule === undefined
    ? undefined
    : { type: "Complete", reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
}

/** Pods that restart by themselves count their restarts against the limit. */
function hasRestartedTooOften(job: Job, active: readonly Pod[], limit: number): boolean {
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return false;
  const restarts = active.reduce(
    (sum, pod) => sum + (pod.status?.containerStatuses ?? []).reduce((all, { restartCount }) => all + restartCount, 0),
    0,
  );
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** First the goal is told and what still runs is stopped; the Job is over when nothing of it runs any more. */
function end({ job, nowMs }: JobFacts, counts: Counts, ending: Ending): Decision {
  const isComplete = ending.type === "Complete";
  const running = counts.active.length + counts.terminating;
  const { reason, message } = ending;
  const types = [isComplete ? "SuccessCriteriaMet" : "FailureTarget", ...(running === 0 ? [ending.type] : [])];
  const conditions = types.reduce(
    (known, type) => withCondition(known, { type, status: "True", reason, message }, nowMs),
    job.status?.conditions ?? [],
  );
  const status: JobStatus = {
    // What a failing Job stops now did not come to its end; what a Job that has enough stops is not held against it.
    ...baseStatus(job, {
      ...counts,
      active: [],
      terminating: running,
      failed: counts.failed + (isComplete ? 0 : counts.active.length),
    }),
    startTime: job.status?.startTime ?? timestamp(nowMs),
    ...(isComplete && running === 0 ? { completionTime: timestamp(nowMs) } : {}),
    conditions,
  };
  const told: Told = isComplete
    ? { about: job, type: "Normal", reason: "Completed", message: "Job completed" }
    : { about: job, type: "Warning", reason, message };
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  return {
    actions: [
      ...counts.active.map((pod) => deletePod(job, pod)),
      ...statusAction(job, status),
      ...(running === 0 ? [{ do: "event" as const, ...told }] : []),
    ],
    ...(ttl === undefined || running > 0 ? {} : { wakeAtMs: nowMs + ttl * 1000 }),
  };
}

function suspension({ job, nowMs }: JobFacts, counts: Counts): Decision {
  const isTold = isTrue(job.status?.conditions, "Suspended");
  const condition = { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" };
  const status: JobStatus = {
    ...baseStatus(job, { ...counts, active: [] }),
    ...(job.status?.startTime === undefined ? {} : { startTime: job.status.startTime }),
    conditions: withCondition(job.status?.conditions ?? [], condition, nowMs),
  };
  const actions: Action[] = counts.active.map((pod) => deletePod(job, pod));
  if (!isTold) actions.push({ do: "event", about: job, type: "Normal", reason: "Suspended", message: "Job suspended" });
  return { actions: [...actions, ...statusAction(job, status)] };
}

function resumption(job: Job): Action[] {
  if (!isTrue(job.status?.conditions, "Suspended")) return [];
  return [{ do: "event", about: job, type: "Normal", reason: "Resumed", message: "Job resumed" }];
}

function runningStatus({ job, nowMs }: JobFacts, counts: Counts): JobStatus {
  const wasSuspended = findCondition(job.status?.conditions, "Suspended")?.status === "True";
  const resumed = { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" };
  const conditions = wasSuspended
    ? withCondition(job.status?.conditions ?? [], resumed, nowMs)
    : (job.status?.conditions ?? []);
  return {
    ...baseStatus(job, counts),
    ...count("active", counts.active.length),
    startTime: (wasSuspended ? undefined : job.status?.startTime) ?? timestamp(nowMs),
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

function baseStatus(job: Job, counts: Counts): JobStatus {
  return {
    ...count("succeeded", counts.succeeded),
    ...count("failed", counts.failed),
    ready: counts.active.filter(isReady).length,
    terminating: counts.terminating,
    uncountedTerminatedPods: {},
    ...(isIndexed(job) && counts.completed.size > 0 ? { completedIndexes: formatIndexes(counts.completed) } : {}),
    ...(counts.failedIndexes ? { failedIndexes: formatIndexes(counts.failedIndexes) } : {}),
  };
}

function manage({ job, pods, nowMs }: JobFacts, counts: Counts): Decision {
  const { completions, parallelism = 1 } = job.spec;
  const over = counts.succeeded + (counts.failedIndexes?.size ?? 0);
  const left = completions === undefined ? (counts.succeeded > 0 ? 0 : parallelism) : completions - over;
  const wanted = completions === undefined && counts.succeeded > 0 ? counts.active.length : Math.min(left, parallelism);
  const surplus = counts.active.length - Math.max(0, wanted);
  if (surplus > 0) return { actions: counts.active.slice(0, surplus).map((pod) => deletePod(job, pod)) };
  // Where only pods that reached their end are replaced, those on their way out still hold their place.
  const missing = -surplus - (job.spec.podReplacementPolicy === "Failed" ? counts.terminating : 0);
  if (missing <= 0) return { actions: [] };
  if (counts.failedIndexes) return manageIndexes(job, pods, counts, missing, nowMs);
  const retryAt = retryAtMs(pods);
  if (retryAt !== undefined && retryAt > nowMs) return { actions: [], wakeAtMs: retryAt };
  if (!isIndexed(job)) return { actions: Array.from({ length: missing }, () => jobPod(job, undefined)) };
  return { actions: [...pendingIndexes(job, counts).take(missing)].map((index) => jobPod(job, index)) };
}

/** Where each index has a limit of its own, each also waits by itself after its failures. */
function manageIndexes(job: Job, pods: readonly Pod[], counts: Counts, missing: number, nowMs: number): Decision {
  const failures = Map.groupBy(
    pods.filter(({ status }) => status?.phase === "Failed"),
    indexOf,
  );
  const actions: Action[] = [];
  let wakeAtMs: number | undefined;
  for (const index of pendingIndexes(job, counts)) {
    if (actions.length >= missing) break;
    const failed = failures.get(index) ?? [];
    const counted = failed.filter((pod) => judgeFailure(job, pod).action !== "Ignore");
    const before = Math.max(0, ...counted.map((pod) => indexFailuresOf(pod) + 1));
    const last = Math.max(0, ...failed.map(endedAt));
    const retryAt = last + Math.min(RETRY_BASE_MS * 2 ** Math.max(0, before - 1), RETRY_MAX_MS);
    if (failed.length > 0 && retryAt > nowMs) wakeAtMs = earliest(wakeAtMs, retryAt);
    else actions.push(jobPod(job, index, before));
  }
  return { actions, wakeAtMs };
}

/** Indexes that wait for a pod, in order. */
function* pendingIndexes(
  job: Job,
  { active, completed, failedIndexes: failed }: Counts,
): Generator<number, undefined, undefined> {
  const busy = new Set(active.map(indexOf));
  for (let index = 0; index < Math.min(job.spec.completions ?? 0, INDEXES_MAX); index++) {
    if (!completed.has(index) && !busy.has(index) && failed?.has(index) !== true) yield index;
  }
}

/** When the next try may begin: after the last failure, later with every failure since the last success. */
function retryAtMs(pods: readonly Pod[]): number | undefined {
  const ended = pods.filter(isFinished).map((pod) => ({ isFailure: pod.status?.phase === "Failed", at: endedAt(pod) }));
  const lastSuccess = Math.max(0, ...ended.filter(({ isFailure }) => !isFailure).map(({ at }) => at));
  const failures = ended.filter(({ isFailure, at }) => isFailure && at >= lastSuccess);
  if (failures.length === 0) return undefined;
  return Math.max(...failures.map(({ at }) => at)) + Math.min(RETRY_BASE_MS * 2 ** (failures.length - 1), RETRY_MAX_MS);
}

function endedAt(pod: Pod): number {
  const times = (pod.status?.containerStatuses ?? []).map(({ state }) => {
    const terminated = state["terminated"] as { finishedAt?: string } | undefined;
    return timeOf(terminated?.finishedAt) ?? 0;
  });
  return Math.max(0, ...times);
}

function deadlineAt(job: Job, nowMs: number): number | undefined {
  const { activeDeadlineSeconds } = job.spec;
  return activeDeadlineSeconds === undefined
    ? undefined
    : (timeOf(job.status?.startTime) ?? nowMs) + activeDeadlineSeconds * 1000;
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}

function withCondition(
  conditions: readonly Condition[],
  condition: { type: string; status: string; reason: string; message: string },
  nowMs: number,
): Condition[] {
  const known = findCondition(conditions, condition.type);
  if (known?.status === condition.status) return [...conditions];
  const now = timestamp(nowMs);
  const written = { ...condition, lastProbeTime: now, lastTransitionTime: now };
  return [...conditions.filter(({ type }) => type !== condition.type), written];
}
