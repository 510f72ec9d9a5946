import { isAvailable, isFinished, isReady, isTerminating, nextAvailableAt } from "../api/pods.ts";
import type { ControllerRevision, Pod, StatefulSet, StatefulSetStatus } from "../api/types.ts";
import { scaledValue } from "../deployment/arithmetic.ts";
import { type Action, type Decision, statusAction } from "../engine/action.ts";
import { count } from "../replicaset/decide.ts";
import { planRevision, REVISION_HASH_LABEL, truncation } from "../revision/revisions.ts";
import { claimActions, claimName, deleteAction, ordinalOf, podAction, revisionNameOf } from "./pods.ts";
import type { Claim } from "../api/types.ts";

export interface StatefulSetFacts {
  readonly set: StatefulSet;
  /** The pods it controls. */
  readonly pods: readonly Pod[];
  readonly revisions: readonly ControllerRevision[];
  readonly claim: (name: string) => Claim | undefined;
  readonly nowMs: number;
}

interface Plan {
  readonly set: StatefulSet;
  readonly start: number;
  readonly size: number;
  /** One at a time, each waiting for the one before. */
  readonly isOrdered: boolean;
  readonly byOrdinal: ReadonlyMap<number, Pod>;
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly facts: StatefulSetFacts;
}

/** One step of a StatefulSet: revisions, then pods in order up, surplus ones in order down, then the update from the top. */
export function decideStatefulSet(facts: StatefulSetFacts): Decision {
  const { set, pods, revisions, nowMs } = facts;
  if (set.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const { update, actions: revisionActions } = planRevision(set, set.spec.template, revisions, REVISION_HASH_LABEL);
  const current = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
  const plan: Plan = {
    set,
    start: set.spec.ordinals?.start ?? 0,
    size: set.spec.replicas ?? 1,
    isOrdered: set.spec.podManagementPolicy !== "Parallel",
    byOrdinal: ordinals(set, pods),
    current,
    update,
    facts,
  };
  const steps = grow(plan) ?? shrink(plan) ?? renew(plan);
  const inUse = new Set([current.metadata.name ?? "", update.metadata.name ?? "", ...pods.map(revisionNameOf)]);
  return {
    actions: [
      ...revisionActions,
      ...steps,
      ...truncation(revisions, inUse, set.spec.revisionHistoryLimit ?? 10),
      ...surplusClaims(plan),
      ...statusAction(set, statusOf(plan)),
    ],
    wakeAtMs: nextAvailableAt(pods, set.spec.minReadySeconds ?? 0, nowMs),
  };
}

/** Creates what is missing and replaces what has ended. Undefined: everything is there and, where order counts, well. */
function grow(plan: Plan): Action[] | undefined {
  const { set, start, size, isOrdered, byOrdinal, facts } = plan;
  const actions: Action[] = [];
  for (let ordinal = start; ordinal < start + size; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) {
      const claims = claimActions(set, ordinal, (name) => facts.claim(name) !== undefined);
      actions.push(...claims, podAction(set, ordinal, revisionFor(plan, ordinal)));
      if (isOrdered) return actions;
    } else if (isFinished(pod) && !isTerminating(pod)) {
      actions.push(...replaceEnded(set, pod));
      if (isOrdered) return actions;
    } else if (isOrdered && !isWell(plan, pod)) return actions;
  }
  return actions.length > 0 ? actions : undefined;
}

function replaceEnded(set: StatefulSet, pod: Pod): Action[] {
  const isFailed = pod.status?.phase === "Failed";
  const [reason, state] = isFailed ? ["RecreatingFailedPod", "failed"] : ["RecreatingTerminatedPod", "terminated"];
  const message = `StatefulSet ${set.metadata.namespace}/${set.metadata.name} is recreating ${state} Pod ${pod.metadata.name}`;
  return [{ do: "event", about: set, type: "Warning", reason, message }, deleteAction(set, pod)];
}

/** Surplus pods go from the highest ordinal down. */
function shrink(plan: Plan): Action[] | undefined {
  const { set, start, size, isOrdered, byOrdinal } = plan;
  const surplus = [...byOrdinal]
    .filter(([ordinal]) => ordinal < start || ordinal >= start + size)
    .sort(([a], [b]) => b - a)
    .map(([, pod]) => pod);
  if (surplus.length === 0) return undefined;
  if (!isOrdered) return surplus.filter((pod) => !isTerminating(pod)).map((pod) => deleteAction(set, pod));
  const [next] = surplus;
  return next && !isTerminating(next) ? [deleteAction(set, next)] : [];
}

/** Old pods above the partition go from the top, as many at once as may be unavailable. */
function renew({ set, start, size, byOrdinal, update, facts }: Plan): Action[] {
  const { type = "RollingUpdate", rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type !== "RollingUpdate") return [];
  const may = Math.max(1, scaledValue(rollingUpdate?.maxUnavailable ?? 1, size, "down"));
  const inRange = [...byOrdinal].filter(([ordinal]) => ordinal >= start && ordinal < start + size);
  const minReady = set.spec.minReadySeconds ?? 0;
  let unavailable = inRange.filter(([, pod]) => !isAvailable(pod, minReady, facts.nowMs) || isTerminating(pod)).length;
  const from = start + (rollingUpdate?.partition ?? 0);
  const old = inRange
    .filter(([ordinal, pod]) => ordinal >= from && revisionNameOf(pod) !== update.metadata.name && !isTerminating(pod))
    .sort(([a], [b]) => b - a);
  const actions: Action[] = [];
  for (const [, pod] of old) {
    const isMissingAnyway = !isAvailable(pod, minReady, facts.nowMs);
    if (!isMissingAnyway && unavailable >= may) break;
    actions.push(deleteAction(set, pod));
    if (!isMissingAnyway) unavailable++;
    if (actions.length >= may) break;
  }
  return actions;
}

/** While a rolling update is on its way, what is below it comes back as it was. */
function revisionFor({ set, start, current, update }: Plan, ordinal: number): ControllerRevision {
  const { type = "RollingUpdate", rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type !== "RollingUpdate") return update;
  const kept = rollingUpdate?.partition ?? (rollingUpdate ? 0 : (set.status?.currentReplicas ?? 0));
  return ordinal < start + kept ? current : update;
}

function isWell({ set, facts }: Plan, pod: Pod): boolean {
  return !isTerminating(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, facts.nowMs);
}

/** Claims of ordinals that are gone, where the set is to give them up when it shrinks. */
function surplusClaims({ set, start, size, byOrdinal, facts }: Plan): Action[] {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== "Delete") return [];
  const last = start + Math.max(size, set.status?.replicas ?? 0, ...[...byOrdinal.keys()].map((n) => n - start + 1));
  const actions: Action[] = [];
  for (let ordinal = start + size; ordinal < last; ordinal++) {
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const claim = facts.claim(claimName(set, template, ordinal));
      if (claim && claim.metadata.deletionTimestamp === undefined) actions.push({ do: "delete", object: claim });
    }
  }
  return actions;
}

function statusOf({ set, start, size, byOrdinal, current, update, facts }: Plan): StatefulSetStatus {
  const pods = [...byOrdinal.values()].filter((pod) => !isFinished(pod));
  const staying = pods.filter((pod) => !isTerminating(pod));
  const ready = pods.filter((pod) => pod.status?.phase === "Running" && isReady(pod));
  const available = ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, facts.nowMs));
  const of = (revision: ControllerRevision): number =>
    staying.filter((pod) => revisionNameOf(pod) === revision.metadata.name).length;
  const updated = of(update);
  const isOver =
    (set.spec.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate" &&
    updated === pods.length &&
    ready.length === pods.length &&
    updated === size &&
    [...byOrdinal.keys()].every((ordinal) => ordinal >= start && ordinal < start + size);
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    ...count("readyReplicas", ready.length),
    ...count("currentReplicas", isOver ? updated : of(current)),
    ...count("updatedReplicas", updated),
    currentRevision: (isOver ? update : current).metadata.name ?? "",
    updateRevision: update.metadata.name ?? "",
    collisionCount: set.status?.collisionCount ?? 0,
    availableReplicas: available.length,
  };
}

function ordinals(set: StatefulSet, pods: readonly Pod[]): Map<number, Pod> {
  const found = new Map<number, Pod>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod.metadata.name ?? "");
    if (ordinal !== undefined) found.set(ordinal, pod);
  }
  return found;
}
