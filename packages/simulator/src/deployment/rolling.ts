import type { Deployment, ReplicaSet } from "../api/types.ts";
import type { Action } from "../engine/action.ts";
import { desiredReplicas, maxUnavailable, newSetSize, sizeOf, total, totalSize } from "./arithmetic.ts";
import { scaleSet } from "./scaling.ts";

/** One step of a rolling update: grow the new set as far as the surge allows, else shrink old ones as far as availability does. */
export function rollOver(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): Action[] {
  const size = sizeOf(fresh);
  const desired = desiredReplicas(deployment);
  const wanted = size >= desired ? desired : newSetSize(deployment, [...old, fresh], size);
  return wanted === size ? shrinkOld(deployment, fresh, old) : scaleSet(deployment, fresh, wanted);
}

function shrinkOld(deployment: Deployment, fresh: ReplicaSet, old: readonly ReplicaSet[]): Action[] {
  if (totalSize(old) === 0) return [];
  const minAvailable = desiredReplicas(deployment) - maxUnavailable(deployment);
  const freshMissing = sizeOf(fresh) - (fresh.status?.availableReplicas ?? 0);
  const room = totalSize(old) + sizeOf(fresh) - minAvailable - freshMissing;
  if (room <= 0) return [];
  const sizes = new Map(old.map((set) => [set, sizeOf(set)]));
  dropUnhealthy(old, sizes, room);
  const spare = total([...old, fresh], "availableReplicas") - minAvailable;
  dropSpare(old, sizes, spare);
  return old.flatMap((set) => {
    const size = sizes.get(set) ?? sizeOf(set);
    return size === sizeOf(set) ? [] : scaleSet(deployment, set, size);
  });
}

/** Old pods that do not serve anyway go first; without this a broken old template would hold up the good new one. */
function dropUnhealthy(old: readonly ReplicaSet[], sizes: Map<ReplicaSet, number>, room: number): void {
  let left = room;
  for (const set of old) {
    const missing = (sizes.get(set) ?? 0) - (set.status?.availableReplicas ?? 0);
    const dropped = Math.max(0, Math.min(left, missing));
    sizes.set(set, (sizes.get(set) ?? 0) - dropped);
    left -= dropped;
  }
}

function dropSpare(old: readonly ReplicaSet[], sizes: Map<ReplicaSet, number>, spare: number): void {
  let left = Math.max(0, spare);
  for (const set of old) {
    const dropped = Math.min(left, sizes.get(set) ?? 0);
    sizes.set(set, (sizes.get(set) ?? 0) - dropped);
    left -= dropped;
  }
}
