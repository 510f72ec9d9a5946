import { isFinished, isReady, isTerminating } from "../api/pods.ts";
import { findCondition, isTrue } from "../api/conditions.ts";
import { timeOf, timestamp } from "../api/time.ts";
import type { Condition, Job, JobStatus, Pod } from "../api/types.ts";
import { type Action, type Decision, statusAction, type Told } from "../engine/action.ts";
import { count, deletePod } from "../replicaset/decide.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { indexOf, isIndexed, jobPod } from "./pods.ts";

export interface JobFacts {
  readonly job: Job;
  /** The pods it controls. */
  readonly pods: readonly Pod[];
  readonly nowMs: number;
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
}

interface Ending {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

/** One step of a Job: count what its pods came to, end it, or see to it that enough of them run. */
export function decideJob(facts: JobFacts): Decision {
  const { job, pods, nowMs } = facts;
  if ((job.spec.managedBy ?? OUR_NAME) !== OUR_NAME) return { actions: [] };
  if (isOver(job)) return expiry(job, nowMs);
  if (job.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const counts = countPods(job, pods);
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
function countPods(job: Job, pods: readonly Pod[]): Counts {
  const succeeded = pods.filter(({ status }) => status?.phase === "Succeeded");
  const failed = pods.filter((pod) => hasFailed(job, pod));
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
  };
}

/**
 * A pod that is deleted before its end has failed too, unless only pods that reach their end are to be replaced. Those a
 * suspension stops do not count: holding a Job must not use up its tries.
 */
function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === "Failed") return true;
  if (job.spec.suspend === true) return false;
  return job.spec.podReplacementPolicy !== "Failed" && isTerminating(pod) && pod.status?.phase !== "Succeeded";
}

function endingOf({ job, nowMs }: JobFacts, counts: Counts): Ending | undefined {
  const goal = job.status?.conditions?.find(
    ({ type, status }) => (type === "SuccessCriteriaMet" || type === "FailureTarget") && status === "True",
  );
  if (goal) {
    const { type, reason = "", message = "" } = goal;
    return { type: type === "FailureTarget" ? "Failed" : "Complete", reason, message };
  }
  const { completions, backoffLimit = 6, activeDeadlineSeconds } = job.spec;
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
  const isDone =
    completions === undefined
      ? counts.succeeded > 0 && counts.active.length === 0
      : counts.succeeded >= completions && (completions > 0 || counts.active.length === 0);
  return isDone
    ? { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" }
    : undefined;
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
    // What is stopped now did not come to its end.
    ...baseStatus(job, { ...counts, active: [], terminating: running, failed: counts.failed + counts.active.length }),
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
  };
}

function manage({ job, pods, nowMs }: JobFacts, counts: Counts): Decision {
  const { completions, parallelism = 1 } = job.spec;
  const left = completions === undefined ? (counts.succeeded > 0 ? 0 : parallelism) : completions - counts.succeeded;
  const wanted = completions === undefined && counts.succeeded > 0 ? counts.active.length : Math.min(left, parallelism);
  const missing = Math.max(0, wanted) - counts.active.length;
  if (missing < 0) return { actions: counts.active.slice(0, -missing).map((pod) => deletePod(job, pod)) };
  if (missing === 0) return { actions: [] };
  const retryAt = retryAtMs(pods);
  if (retryAt !== undefined && retryAt > nowMs) return { actions: [], wakeAtMs: retryAt };
  return { actions: nextIndexes(job, counts, missing).map((index) => jobPod(job, index)) };
}

function nextIndexes(job: Job, { active, completed }: Counts, missing: number): Array<number | undefined> {
  if (!isIndexed(job)) return Array.from({ length: missing }, () => undefined);
  const busy = new Set(active.map(indexOf));
  const free: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < missing; index++) {
    if (!completed.has(index) && !busy.has(index)) free.push(index);
  }
  return free;
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
