import { isFinished } from "../api/pods.ts";
import { withCondition, findCondition } from "../api/conditions.ts";
import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from "../api/types.ts";
import { type Action, type Decision, mergePatchOf } from "../engine/action.ts";
import { desiredReplicas, isRolling, sizeOf } from "./arithmetic.ts";
import { rollOver } from "./rolling.ts";
import { isScaling, rescale, scaleSet } from "./scaling.ts";
import { byAge, findNewSet, newSet, newSetAnnotations, nextRevision, REVISION, revisionOf } from "./sets.ts";
import { countedStatus, deadlineAt, hasDeadline, isComplete, type RolloutFacts, rolloutStatus } from "./status.ts";

export interface DeploymentFacts {
  readonly deployment: Deployment;
  /** The sets it controls. */
  readonly sets: readonly ReplicaSet[];
  /** The pods of one of its sets; asked for only when pods must be gone before new ones may come. */
  readonly podsOf: (set: ReplicaSet) => readonly Pod[];
  readonly nowMs: number;
}

/**
 * One step of a Deployment towards its template, as kube-controller-manager takes it: number the sets, then scale while paused
 * or resized, else roll over, and tell how far it is. Every step is followed by a look at what it did, so each does one thing.
 */
export function decideDeployment(facts: DeploymentFacts): Decision {
  const { deployment, nowMs } = facts;
  const sets = byAge(facts.sets);
  const fresh = findNewSet(deployment, sets);
  const old = sets.filter((set) => set !== fresh);
  const rollout: RolloutFacts = { deployment, fresh, all: sets, nowMs };
  if (deployment.metadata.deletionTimestamp !== undefined) {
    return { actions: write(deployment, countedStatus(rollout), undefined) };
  }
  const revision = fresh ? Math.max(revisionOf(fresh), nextRevision(old)) : undefined;
  const numbering = fresh ? numberSet(deployment, fresh, nextRevision(old)) : [];
  const isPaused = deployment.spec.paused === true;
  if (isPaused || isScaling(deployment, sets)) {
    const status = withPause(deployment, countedStatus(rollout), nowMs);
    const cleaning = isPaused ? cleanUp(deployment, old) : [];
    return {
      actions: [...numbering, ...rescale(deployment, fresh, old), ...cleaning, ...write(deployment, status, revision)],
    };
  }
  const step = isRolling(deployment) ? rollingStep(facts, fresh, old) : recreateStep(facts, fresh, old);
  const found = fresh && !step.told ? foundSet(deployment, fresh) : undefined;
  const status = withPause(deployment, rolloutStatus({ ...rollout, told: step.told ?? found }), nowMs);
  return {
    actions: [...numbering, ...step.actions, ...write(deployment, status, step.revision ?? revision)],
    wakeAtMs: deadlineAt(deployment, status),
  };
}

interface Step {
  readonly actions: readonly Action[];
  readonly told?: RolloutFacts["told"];
  /** The revision of a set that this step creates. */
  readonly revision?: number;
}

function rollingStep({ deployment }: DeploymentFacts, fresh: ReplicaSet | undefined, old: readonly ReplicaSet[]): Step {
  if (!fresh) return creation(deployment, old);
  const actions = rollOver(deployment, fresh, old);
  if (actions.length > 0) return { actions };
  return { actions: isComplete(deployment, deployment.status) ? cleanUp(deployment, old) : [] };
}

/** All old pods go before a new one comes. */
function recreateStep(facts: DeploymentFacts, fresh: ReplicaSet | undefined, old: readonly ReplicaSet[]): Step {
  const { deployment, podsOf } = facts;
  const active = old.filter((set) => sizeOf(set) > 0);
  if (active.length > 0) return { actions: active.flatMap((set) => scaleSet(deployment, set, 0)) };
  const isRunning = old.some((set) => (set.status?.replicas ?? 0) > 0 || podsOf(set).some((pod) => !isFinished(pod)));
  if (isRunning) return { actions: [] };
  if (!fresh) return creation(deployment, old);
  const actions = scaleSet(deployment, fresh, desiredReplicas(deployment));
  if (actions.length > 0) return { actions };
  return { actions: isComplete(deployment, deployment.status) ? cleanUp(deployment, old) : [] };
}

function creation(deployment: Deployment, old: readonly ReplicaSet[]): Step {
  const revision = nextRevision(old);
  const object = newSet(deployment, old, revision);
  const size = object.spec.replicas ?? 0;
  const message = `Scaled up replica set {name} from 0 to ${size}`;
  return {
    actions: [
      {
        do: "create",
        object,
        ...(size > 0 ? { created: { about: deployment, type: "Normal", reason: "ScalingReplicaSet", message } } : {}),
        failed: {
          about: deployment,
          type: "Warning",
          reason: "ReplicaSetCreateError",
          message: `Failed to create new replica set "${object.metadata.name}": {error}`,
        },
      },
    ],
    told: { reason: "NewReplicaSetCreated", message: `Created new replica set "${object.metadata.name}"` },
    revision,
  };
}

function foundSet(deployment: Deployment, fresh: ReplicaSet): RolloutFacts["told"] {
  const isTold = findCondition(deployment.status?.conditions, "Progressing") !== undefined;
  return isTold
    ? undefined
    : { reason: "FoundNewReplicaSet", message: `Found new replica set "${fresh.metadata.name}"` };
}

/** Hands down annotations and gives a set that came back from the past the newest number. */
function numberSet(deployment: Deployment, fresh: ReplicaSet, revision: number): Action[] {
  const annotations = newSetAnnotations(deployment, fresh, revision);
  const minReady = deployment.spec.minReadySeconds ?? 0;
  const differs = minReady !== (fresh.spec.minReadySeconds ?? 0);
  if (Object.keys(annotations).length === 0 && !differs) return [];
  return [
    {
      do: "patch",
      object: fresh,
      patch: {
        ...(Object.keys(annotations).length > 0 ? { metadata: { annotations } } : {}),
        ...(differs ? { spec: { minReadySeconds: minReady } } : {}),
      },
    },
  ];
}

/** Old sets beyond the history that is to be kept, oldest revision first; only those that are empty and settled. */
function cleanUp(deployment: Deployment, old: readonly ReplicaSet[]): Action[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const alive = old.filter((set) => set.metadata.deletionTimestamp === undefined);
  const surplus = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, alive.length - limit));
  return surplus
    .filter(
      (set) =>
        sizeOf(set) === 0 &&
        (set.status?.replicas ?? 0) === 0 &&
        (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0),
    )
    .map((object) => ({ do: "delete", object }));
}

/** A pause and its end are told in Progressing, so that the deadline does not run while people hold the rollout. */
function withPause(deployment: Deployment, status: DeploymentStatus, nowMs: number): DeploymentStatus {
  const progress = findCondition(deployment.status?.conditions, "Progressing");
  if (!hasDeadline(deployment) || progress?.reason === "ProgressDeadlineExceeded") return status;
  const isTold = progress?.reason === "DeploymentPaused";
  const isPaused = deployment.spec.paused === true;
  if (isPaused === isTold) return status;
  const told = isPaused
    ? { reason: "DeploymentPaused", message: "Deployment is paused" }
    : { reason: "DeploymentResumed", message: "Deployment is resumed" };
  const condition = { type: "Progressing", status: "Unknown", ...told };
  return { ...status, conditions: withCondition(status.conditions ?? [], condition, nowMs, { update: true }) };
}

/** Status and revision in one write to the status, so that the annotation does not count as a change of the spec. */
function write(deployment: Deployment, status: DeploymentStatus, revision: number | undefined): Action[] {
  const statusPatch = mergePatchOf(deployment.status ?? {}, status);
  const isNumbered = revision === undefined || revisionOf(deployment) === revision;
  if (statusPatch === undefined && isNumbered) return [];
  const patch = {
    ...(isNumbered ? {} : { metadata: { annotations: { [REVISION]: String(revision) } } }),
    ...(statusPatch === undefined ? {} : { status: statusPatch }),
  };
  return [{ do: "patch", object: deployment, patch, subresource: "status" }];
}
