import { findCondition, withCondition, withoutCondition } from "../api/conditions.ts";
import { timeOf, timestamp } from "../api/time.ts";
import type { Condition, Deployment, DeploymentStatus, ReplicaSet } from "../api/types.ts";
import { count } from "../replicaset/decide.ts";
import { desiredReplicas, maxUnavailable, total } from "./arithmetic.ts";

/** What the API takes as "no deadline". */
const NO_DEADLINE = 2 ** 31 - 1;

export interface RolloutFacts {
  readonly deployment: Deployment;
  readonly fresh: ReplicaSet | undefined;
  readonly all: readonly ReplicaSet[];
  readonly nowMs: number;
  /** A condition that this pass has to tell: a set was created or found. */
  readonly told?: { readonly reason: string; readonly message: string } | undefined;
}

export function hasDeadline(deployment: Deployment): boolean {
  return (deployment.spec.progressDeadlineSeconds ?? NO_DEADLINE) !== NO_DEADLINE;
}

/** Counts and the Available condition; what the rollout's progress adds comes on top, see rolloutStatus. */
export function countedStatus({ deployment, fresh, all, nowMs }: RolloutFacts): DeploymentStatus {
  const available = total(all, "availableReplicas");
  const size = all.reduce((sum, set) => sum + (set.spec.replicas ?? 1), 0);
  const isAvailable = available >= desiredReplicas(deployment) - maxUnavailable(deployment);
  const conditions = withCondition(
    deployment.status?.conditions ?? [],
    {
      type: "Available",
      status: isAvailable ? "True" : "False",
      reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      message: isAvailable ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
    },
    nowMs,
    { update: true },
  );
  const collisions = deployment.status?.collisionCount;
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...count("replicas", total(all, "replicas")),
    ...count("updatedReplicas", fresh?.status?.replicas ?? 0),
    ...count("readyReplicas", total(all, "readyReplicas")),
    ...count("availableReplicas", available),
    ...count("unavailableReplicas", Math.max(0, size - available)),
    terminatingReplicas: total(all, "terminatingReplicas"),
    ...(collisions === undefined ? {} : { collisionCount: collisions }),
    conditions,
  };
}

/** The status of a rollout that goes on: counts, availability, progress, failures of its sets. */
export function rolloutStatus(facts: RolloutFacts): DeploymentStatus {
  const { deployment, fresh, all, nowMs, told } = facts;
  const status = countedStatus(facts);
  let conditions = status.conditions ?? [];
  if (told && hasDeadline(deployment))
    conditions = withCondition(conditions, { type: "Progressing", status: "True", ...told }, nowMs, { update: true });
  const progress = findCondition(conditions, "Progressing");
  const isOver =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && progress?.reason === "NewReplicaSetAvailable";
  if (!hasDeadline(deployment)) conditions = withoutCondition(conditions, "Progressing");
  else if (!isOver) conditions = withProgress(facts, status, conditions, progress);
  const failure = replicaFailure(fresh, all);
  conditions = failure
    ? withCondition(conditions, failure, nowMs, { update: true })
    : withoutCondition(conditions, "ReplicaFailure");
  return { ...status, conditions };
}

/** Whether every replica is of the new template and available, and no old one is left. */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status?.updatedReplicas ?? 0) === desired &&
    (status?.replicas ?? 0) === desired &&
    (status?.availableReplicas ?? 0) === desired &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** When the deadline passes, so that the controller looks again; undefined when there is nothing to wait for. */
export function deadlineAt(deployment: Deployment, status: DeploymentStatus): number | undefined {
  const progress = findCondition(status.conditions, "Progressing");
  if (!hasDeadline(deployment) || !progress) return undefined;
  if (progress.reason === "NewReplicaSetAvailable" || progress.reason === "ProgressDeadlineExceeded") return undefined;
  const since = timeOf(progress.lastUpdateTime);
  // One second more, since the times of the API are cut to seconds.
  return since === undefined ? undefined : since + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 + 1000;
}

function withProgress(
  { deployment, fresh, nowMs }: RolloutFacts,
  status: DeploymentStatus,
  conditions: Condition[],
  progress: Condition | undefined,
): Condition[] {
  const subject = fresh ? `ReplicaSet "${fresh.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const set = (value: string, reason: string, message: string, base = conditions): Condition[] =>
    withCondition(base, { type: "Progressing", status: value, reason, message }, nowMs, { update: true });
  if (isComplete(deployment, status)) {
    return set("True", "NewReplicaSetAvailable", `${subject} has successfully progressed.`);
  }
  if (hasProgressed(deployment, status)) {
    // Told anew even for the same reason, since the deadline counts from the last update.
    const now = timestamp(nowMs);
    const since = progress?.status === "True" ? (progress.lastTransitionTime ?? now) : now;
    const written = {
      type: "Progressing",
      status: "True",
      reason: "ReplicaSetUpdated",
      message: `${subject} is progressing.`,
      lastTransitionTime: since,
      lastUpdateTime: now,
    };
    return [...withoutCondition(conditions, "Progressing"), written];
  }
  return hasTimedOut(deployment, progress, nowMs)
    ? set("False", "ProgressDeadlineExceeded", `${subject} has timed out progressing.`)
    : conditions;
}

function hasProgressed(deployment: Deployment, status: DeploymentStatus): boolean {
  const before = deployment.status ?? {};
  const old = (of: DeploymentStatus): number => (of.replicas ?? 0) - (of.updatedReplicas ?? 0);
  return (
    (status.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(status) < old(before) ||
    (status.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, progress: Condition | undefined, nowMs: number): boolean {
  if (!progress || progress.reason === "NewReplicaSetAvailable") return false;
  if (progress.reason === "ProgressDeadlineExceeded") return true;
  const since = timeOf(progress.lastUpdateTime) ?? nowMs;
  return since + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 < nowMs;
}

function replicaFailure(
  fresh: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
): { type: string; status: string; reason: string; message: string } | undefined {
  for (const set of fresh ? [fresh, ...all] : all) {
    const found = findCondition(set.status?.conditions, "ReplicaFailure");
    if (found) {
      const { type, status, reason = "", message = "" } = found;
      return { type, status, reason, message };
    }
  }
  return undefined;
}
