import type { Deployment, ReplicaSet } from "../api/types.ts";
import type { Action } from "../engine/action.ts";
import { desiredReplicas, isRolling, maxSurge, sizeOf, totalSize } from "./arithmetic.ts";
import { byAge, DESIRED_REPLICAS, MAX_REPLICAS } from "./sets.ts";

/** Whether the Deployment was resized since its sets were last given their sizes. */
export function isScaling(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return sets.some((set) => {
    const desired = set.metadata.annotations?.[DESIRED_REPLICAS];
    return sizeOf(set) > 0 && desired !== undefined && desired !== String(desiredReplicas(deployment));
  });
}

/**
 * Gives the sets their sizes after a resize: the only active one the whole number, else each in proportion to its share, so that
 * a rollout that is half way stays half way.
 */
export function rescale(deployment: Deployment, fresh: ReplicaSet | undefined, old: readonly ReplicaSet[]): Action[] {
  const active = [...old, ...(fresh ? [fresh] : [])].filter((set) => sizeOf(set) > 0);
  const only = active.length === 1 ? active[0] : active.length === 0 ? (fresh ?? byAge(old).at(-1)) : undefined;
  if (only)
    return sizeOf(only) === desiredReplicas(deployment) ? [] : scaleSet(deployment, only, desiredReplicas(deployment));
  if (active.length === 0) return [];
  if (fresh && isSaturated(deployment, fresh)) {
    return active.filter((set) => set !== fresh).flatMap((set) => scaleSet(deployment, set, 0));
  }
  return isRolling(deployment) ? proportional(deployment, active) : [];
}

/** The patch that resizes a set, and the event that tells; nothing when size and annotations already are right. */
export function scaleSet(deployment: Deployment, set: ReplicaSet, size: number): Action[] {
  const desired = desiredReplicas(deployment);
  const wanted = { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + maxSurge(deployment)) };
  const has = set.metadata.annotations ?? {};
  const annotations = Object.fromEntries(Object.entries(wanted).filter(([key, value]) => has[key] !== value));
  const before = sizeOf(set);
  const isRenamed = Object.keys(annotations).length > 0;
  if (before === size && !isRenamed) return [];
  const patch = {
    ...(isRenamed ? { metadata: { annotations } } : {}),
    ...(before === size ? {} : { spec: { replicas: size } }),
  };
  const resize: Action = { do: "patch", object: set, patch };
  if (before === size) return [resize];
  const direction = before < size ? "up" : "down";
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${size}`;
  return [resize, { do: "event", about: deployment, type: "Normal", reason: "ScalingReplicaSet", message }];
}

function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const desired = desiredReplicas(deployment);
  return (
    set.metadata.annotations?.[DESIRED_REPLICAS] === String(desired) &&
    sizeOf(set) === desired &&
    set.status?.availableReplicas === desired
  );
}

function proportional(deployment: Deployment, active: readonly ReplicaSet[]): Action[] {
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const change = allowed - totalSize(active);
  // The biggest takes the leftover: the newest of them when growing, the oldest when shrinking.
  const ordered = byAge(active).sort((a, b) => sizeOf(b) - sizeOf(a));
  if (change > 0) ordered.reverse().sort((a, b) => sizeOf(b) - sizeOf(a));
  let given = 0;
  const sizes = ordered.map((set) => {
    const share = change === 0 || change === given ? 0 : fraction(deployment, set);
    const part = change > 0 ? Math.min(share, change - given) : Math.max(share, change - given);
    if (change !== 0) given += part;
    return sizeOf(set) + (change === 0 ? 0 : part);
  });
  return ordered.flatMap((set, index) => {
    const leftover = index === 0 ? change - given : 0;
    return scaleSet(deployment, set, Math.max(0, (sizes[index] ?? 0) + leftover));
  });
}

/** How many pods a set gains or loses if its share of the whole is to stay. */
function fraction(deployment: Deployment, set: ReplicaSet): number {
  const desired = desiredReplicas(deployment);
  if (desired === 0) return -sizeOf(set);
  const annotated = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? "");
  const before = annotated > 0 ? annotated : (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((sizeOf(set) * (desired + maxSurge(deployment))) / before) - sizeOf(set);
}
