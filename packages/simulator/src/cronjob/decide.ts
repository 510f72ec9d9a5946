import { controllerReference } from "@fairlead/apimachinery";
import { isTrue } from "../api/conditions.ts";
import { createdAt, timeOf, timestamp } from "../api/time.ts";
import type { CronJob, CronJobStatus, Job } from "../api/types.ts";
import { type Action, type Decision, statusAction } from "../engine/action.ts";
import { isOver } from "../job/decide.ts";
import { readSchedule, type Schedule } from "./schedule.ts";

export interface CronJobFacts {
  readonly cron: CronJob;
  /** The Jobs it controls. */
  readonly jobs: readonly Job[];
  readonly nowMs: number;
}

/** More starts missed than this are told as a fault of clock or settings; the real controller's number. */
const MISSED_STARTS_MAX = 100;

/** Starts the Job that is due, by the policy for overlaps, tidies up finished ones and says when it is due again. */
export function decideCronJob(facts: CronJobFacts): Decision {
  const { cron, jobs } = facts;
  if (cron.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const running = byName(jobs.filter((job) => !isOver(job)));
  const tidy = tidying(cron, jobs);
  const seen = completions(cron, jobs);
  const due = cron.spec.suspend === true ? {} : dueStart(facts, running);
  const status: CronJobStatus = {
    ...cron.status,
    ...activeOf(running),
    ...(due.scheduledMs === undefined ? {} : { lastScheduleTime: timestamp(due.scheduledMs) }),
    ...lastSuccess(cron, jobs),
  };
  if (running.length === 0) delete status.active;
  return {
    actions: [...seen, ...(due.actions ?? []), ...tidy, ...statusAction(cron, status)],
    ...(due.wakeAtMs === undefined ? {} : { wakeAtMs: due.wakeAtMs }),
  };

  function activeOf(active: readonly Job[]): Pick<CronJobStatus, "active"> {
    if (active.length === 0) return {};
    return {
      active: active.map(({ metadata: { name = "", namespace = "", uid = "" } }) => ({
        apiVersion: "batch/v1",
        kind: "Job",
        name,
        namespace,
        uid,
      })),
    };
  }
}

interface Due {
  readonly actions?: readonly Action[];
  /** The start that was taken, or given up for good. */
  readonly scheduledMs?: number;
  readonly wakeAtMs?: number | undefined;
}

function dueStart({ cron, jobs, nowMs }: CronJobFacts, running: readonly Job[]): Due {
  const text = cron.spec.schedule ?? "";
  const schedule = readSchedule(text, cron.spec.timeZone);
  if (typeof schedule === "string") {
    return { actions: [told(cron, "Warning", "UnparseableSchedule", `unparseable schedule: "${text}" : ${schedule}`)] };
  }
  const { scheduledMs, missed } = latestStart(cron, schedule, nowMs);
  const wakeAtMs = schedule.next(nowMs);
  if (scheduledMs === undefined) return { wakeAtMs };
  const actions: Action[] = [];
  if (missed > MISSED_STARTS_MAX) {
    const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    actions.push(told(cron, "Warning", "TooManyMissedTimes", message));
  }
  const name = jobName(cron, scheduledMs);
  if (jobs.some(({ metadata }) => metadata.name === name)) return { actions, scheduledMs, wakeAtMs };
  if (cron.spec.concurrencyPolicy === "Forbid" && running.length > 0) {
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
    return { actions: [...actions, told(cron, "Normal", "JobAlreadyActive", message)], wakeAtMs };
  }
  const replaced = cron.spec.concurrencyPolicy === "Replace" ? running.map((job) => deletion(cron, job)) : [];
  return { actions: [...actions, ...replaced, creation(cron, name, scheduledMs)], scheduledMs, wakeAtMs };
}

/** The last start that is due and not taken, and how many were missed on the way to it. */
function latestStart(cron: CronJob, schedule: Schedule, nowMs: number): { scheduledMs?: number; missed: number } {
  const { startingDeadlineSeconds } = cron.spec;
  let earliest = timeOf(cron.status?.lastScheduleTime) ?? createdAt(cron);
  if (startingDeadlineSeconds !== undefined) earliest = Math.max(earliest, nowMs - startingDeadlineSeconds * 1000);
  let latest: number | undefined;
  let missed = 0;
  for (let at = schedule.next(earliest); at !== undefined && at <= nowMs; at = schedule.next(at)) {
    latest = at;
    // Far behind, the steps in between are not worth counting: go on from close to now.
    if (++missed === MISSED_STARTS_MAX + 1) at = Math.max(at, nowMs - 366 * 86_400_000);
    if (missed > 2 * MISSED_STARTS_MAX) {
      latest = latestBefore(schedule, nowMs) ?? latest;
      break;
    }
  }
  return latest === undefined ? { missed } : { scheduledMs: latest, missed };
}

/** Looks back further and further for a moment from which the last start before now is a few steps away. */
function latestBefore(schedule: Schedule, nowMs: number): number | undefined {
  for (let back = 60_000; back <= 366 * 86_400_000; back *= 4) {
    let found: number | undefined;
    for (let at = schedule.next(nowMs - back); at !== undefined && at <= nowMs; at = schedule.next(at)) found = at;
    if (found !== undefined) return found;
  }
  return undefined;
}

function creation(cron: CronJob, name: string, scheduledMs: number): Action {
  const { namespace } = cron.metadata;
  const { metadata, spec } = cron.spec.jobTemplate;
  return {
    do: "create",
    object: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(metadata?.labels ? { labels: metadata.labels } : {}),
        annotations: {
          ...metadata?.annotations,
          "batch.kubernetes.io/cronjob-scheduled-timestamp": timestamp(scheduledMs),
        },
        ownerReferences: [controllerReference(cron)],
      },
      spec,
    },
    created: { about: cron, type: "Normal", reason: "SuccessfulCreate", message: "Created job {name}" },
    failed: { about: cron, type: "Warning", reason: "FailedCreate", message: "Error creating job: {error}" },
  };
}

/** Names carry the minute, so that a start that is taken twice is one. */
function jobName(cron: CronJob, scheduledMs: number): string {
  return `${cron.metadata.name}-${Math.floor(scheduledMs / 60_000)}`;
}

function tidying(cron: CronJob, jobs: readonly Job[]): Action[] {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec;
  const surplus = (type: string, limit: number): Job[] => {
    const ended = jobs
      .filter((job) => isTrue(job.status?.conditions, type) && job.metadata.deletionTimestamp === undefined)
      .sort((a, b) => (timeOf(a.status?.startTime) ?? createdAt(a)) - (timeOf(b.status?.startTime) ?? createdAt(b)));
    return ended.slice(0, Math.max(0, ended.length - limit));
  };
  return [...surplus("Complete", successfulJobsHistoryLimit), ...surplus("Failed", failedJobsHistoryLimit)].map((job) =>
    deletion(cron, job),
  );
}

/** Tells of Jobs that were active and are over. */
function completions(cron: CronJob, jobs: readonly Job[]): Action[] {
  return (cron.status?.active ?? []).flatMap((reference) => {
    const uid = reference["uid"];
    const job = jobs.find(({ metadata }) => metadata.uid === uid);
    if (!job) return [told(cron, "Normal", "MissingJob", `Active job went missing: ${String(reference["name"])}`)];
    if (!isOver(job)) return [];
    const condition = isTrue(job.status?.conditions, "Complete") ? "Complete" : "Failed";
    const message = `Saw completed job: ${job.metadata.name}, condition: ${condition}`;
    return [told(cron, "Normal", "SawCompletedJob", message)];
  });
}

function lastSuccess(cron: CronJob, jobs: readonly Job[]): Pick<CronJobStatus, "lastSuccessfulTime"> {
  const times = [cron.status?.lastSuccessfulTime, ...jobs.map((job) => job.status?.completionTime)]
    .filter((time) => time !== undefined)
    .sort();
  const last = times.at(-1);
  return last === undefined ? {} : { lastSuccessfulTime: last };
}

function deletion(cron: CronJob, job: Job): Action {
  const message = `Deleted job ${job.metadata.name}`;
  return { do: "delete", object: job, deleted: { about: cron, type: "Normal", reason: "SuccessfulDelete", message } };
}

function told(about: CronJob, type: "Normal" | "Warning", reason: string, message: string): Action {
  return { do: "event", about, type, reason, message };
}

function byName(jobs: readonly Job[]): Job[] {
  return [...jobs].sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
}
