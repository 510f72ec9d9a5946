import type { Behaviour, Failure } from "../behaviour/annotations.ts";

/** Times are milliseconds since the pod got its node. */

/** How a run of a container ended. */
export interface End {
  readonly code: number;
  readonly reason: "Completed" | "Error" | "OOMKilled";
  readonly startedMs: number;
  readonly endedMs: number;
}

/** What a pod's containers are doing at some moment, and until when, if it will change by itself. */
export type Moment =
  | { readonly kind: "creating"; readonly untilMs: number }
  | {
      readonly kind: "pull-failed";
      readonly attempt: number;
      readonly isBackingOff: boolean;
      readonly untilMs?: number;
    }
  | {
      readonly kind: "running";
      readonly isReady: boolean;
      readonly restarts: number;
      readonly startedMs: number;
      readonly last?: End;
      readonly untilMs?: number;
    }
  | {
      readonly kind: "backing-off";
      readonly restarts: number;
      readonly last: End;
      /** 0 for the first restart, which is not held back. */
      readonly delayMs: number;
      readonly untilMs: number;
    }
  | { readonly kind: "ended"; readonly restarts: number; readonly last: End };

export interface PodPlan {
  readonly behaviour: Behaviour;
  readonly restartPolicy: "Always" | "OnFailure" | "Never";
  /** A probe makes a pod that takes its time run before it is ready. */
  readonly hasReadinessProbe: boolean;
  /** Earlier pods of the same owner that failed; they count towards `fail-times`. */
  readonly failuresBefore: number;
}

/** A container that is to crash does so after this long. */
const CRASH_AFTER_MS = 1_000;
/** The kubelet's back-off: 10 s, doubled up to 5 min. */
const BACKOFF_BASE_MS = 10_000;
const BACKOFF_MAX_MS = 300_000;
/** A restart that is not held back shows as ended for a moment. */
const RESTART_MS = 500;
/** How long a refused pull shows as an error before it shows as backing off. */
const PULL_ERROR_MS = 2_000;

/** What the containers are doing `elapsedMs` after the pod got its node. */
export function momentOf(plan: PodPlan, elapsedMs: number): Moment {
  const { behaviour } = plan;
  const { failure } = behaviour;
  const failTimes = behaviour.failTimes ?? Number.POSITIVE_INFINITY;
  if (failure?.kind === "image-pull") return pullMoment(plan, elapsedMs, failTimes);
  if (elapsedMs < behaviour.readyAfterMs) return startingMoment(plan, elapsedMs);
  return runningMoment(plan, elapsedMs, behaviour.readyAfterMs, failTimes);
}

function startingMoment({ behaviour, hasReadinessProbe }: PodPlan, elapsedMs: number): Moment {
  const startsAt = hasReadinessProbe ? Math.min(behaviour.readyAfterMs / 2, 1_000) : behaviour.readyAfterMs;
  if (elapsedMs < startsAt) return { kind: "creating", untilMs: startsAt };
  return { kind: "running", isReady: false, restarts: 0, startedMs: startsAt, untilMs: behaviour.readyAfterMs };
}

function pullMoment(plan: PodPlan, elapsedMs: number, failTimes: number): Moment {
  let triedAt = plan.behaviour.readyAfterMs;
  if (elapsedMs < triedAt) return { kind: "creating", untilMs: triedAt };
  for (let attempt = 1; attempt <= failTimes; attempt++) {
    const backsOffAt = triedAt + PULL_ERROR_MS;
    if (elapsedMs < backsOffAt) return { kind: "pull-failed", attempt, isBackingOff: false, untilMs: backsOffAt };
    const nextAt = triedAt + backoff(attempt);
    // Without a limit nothing changes any more, so there is nothing to wake up for.
    if (failTimes === Number.POSITIVE_INFINITY) return { kind: "pull-failed", attempt, isBackingOff: true };
    if (elapsedMs < nextAt) return { kind: "pull-failed", attempt, isBackingOff: true, untilMs: nextAt };
    triedAt = nextAt;
  }
  return runningMoment(plan, elapsedMs, triedAt, 0);
}

function runningMoment(plan: PodPlan, elapsedMs: number, startMs: number, failTimes: number): Moment {
  const { failure } = plan.behaviour;
  if (failure?.kind === "never-ready") return { kind: "running", isReady: false, restarts: 0, startedMs: startMs };
  const end = failure && endOf(failure);
  const fails = end !== undefined && end.code !== 0;
  const failsLeft = fails ? Math.max(0, failTimes - plan.failuresBefore) : 0;
  if (plan.restartPolicy === "Never") {
    return failsLeft > 0 && end ? endedAfter(plan, elapsedMs, startMs, end, 0) : finite(plan, elapsedMs, startMs, 0);
  }
  return restarting(plan, elapsedMs, startMs, failsLeft, end);
}

/** Runs that fail follow each other with growing pauses; the first one that may succeed stays, or ends well. */
function restarting(
  plan: PodPlan,
  elapsedMs: number,
  startMs: number,
  failsLeft: number,
  end: Pick<End, "code" | "reason"> | undefined,
): Moment {
  let startedMs = startMs;
  let last: End | undefined;
  const runMs = plan.restartPolicy === "OnFailure" ? plan.behaviour.runForMs : CRASH_AFTER_MS;
  for (let run = 0; run < failsLeft && end; run++) {
    const endedMs = startedMs + runMs;
    const before = last ? { last } : {};
    if (elapsedMs < endedMs) {
      return { kind: "running", isReady: false, restarts: run, startedMs, ...before, untilMs: endedMs };
    }
    last = { ...end, startedMs, endedMs };
    const delayMs = run === 0 ? 0 : backoff(run);
    const nextMs = endedMs + (delayMs || RESTART_MS);
    if (elapsedMs < nextMs) return { kind: "backing-off", restarts: run, last, delayMs, untilMs: nextMs };
    // Once the pause no longer grows, whole rounds are skipped at once: a pod may be looked at after days.
    const round = runMs + BACKOFF_MAX_MS;
    const skipped = delayMs === BACKOFF_MAX_MS ? Math.floor((elapsedMs - nextMs) / round) : 0;
    const skips = Math.min(skipped, failsLeft - run - 1);
    run += skips;
    startedMs = nextMs + skips * round;
    if (skips > 0) last = { ...end, startedMs: startedMs - round, endedMs: startedMs - BACKOFF_MAX_MS };
  }
  const restarts = failsLeft === Number.POSITIVE_INFINITY ? 0 : failsLeft;
  if (plan.restartPolicy === "Always") {
    return { kind: "running", isReady: true, restarts, startedMs, ...(last ? { last } : {}) };
  }
  return finite(plan, elapsedMs, startedMs, restarts);
}

function finite(plan: PodPlan, elapsedMs: number, startedMs: number, restarts: number): Moment {
  return endedAfter(plan, elapsedMs, startedMs, { code: 0, reason: "Completed" }, restarts);
}

function endedAfter(
  plan: PodPlan,
  elapsedMs: number,
  startedMs: number,
  end: Pick<End, "code" | "reason">,
  restarts: number,
): Moment {
  const endedMs = startedMs + plan.behaviour.runForMs;
  if (elapsedMs < endedMs) return { kind: "running", isReady: true, restarts, startedMs, untilMs: endedMs };
  return { kind: "ended", restarts, last: { ...end, startedMs, endedMs } };
}

function endOf(failure: Failure): Pick<End, "code" | "reason"> | undefined {
  switch (failure.kind) {
    case "crash-loop":
      return { code: 1, reason: "Error" };
    case "oom":
      return { code: 137, reason: "OOMKilled" };
    case "exit-code":
      return { code: failure.code, reason: failure.code === 0 ? "Completed" : "Error" };
    default:
      return undefined;
  }
}

function backoff(failures: number): number {
  return Math.min(BACKOFF_BASE_MS * 2 ** (failures - 1), BACKOFF_MAX_MS);
}
