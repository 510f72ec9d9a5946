import { findCondition } from "../api/conditions.ts";
import { isReady } from "../api/pods.ts";
import { createdAt, timeOf } from "../api/time.ts";
import type { Pod } from "../api/types.ts";

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

/**
 * Pods in the order in which they are given up when there are too many: without a node first, then pending, not ready, cheap by
 * annotation, crowded on a node, lately ready, often restarted, young. Source: ActivePodsWithRanks of pkg/controller.
 */
export function deletionOrder(pods: readonly Pod[]): Pod[] {
  const crowd = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec.nodeName ?? "";
    if (isReady(pod)) crowd.set(node, (crowd.get(node) ?? 0) + 1);
  }
  const ranks = new Map(pods.map((pod) => [pod, rank(pod, crowd)]));
  return [...pods].sort((a, b) => compare(ranks.get(a) ?? [], ranks.get(b) ?? []) || compareUid(a, b));
}

function rank(pod: Pod, crowd: ReadonlyMap<string, number>): number[] {
  const ready = isReady(pod);
  const readySince = timeOf(findCondition(pod.status?.conditions, "Ready")?.lastTransitionTime) ?? 0;
  return [
    pod.spec.nodeName ? 1 : 0,
    PHASE_RANK[pod.status?.phase ?? ""] ?? 0,
    ready ? 1 : 0,
    deletionCost(pod),
    -(crowd.get(pod.spec.nodeName ?? "") ?? 0),
    ready ? -readySince : 0,
    -restarts(pod),
    -createdAt(pod),
  ];
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? "0";
  return /^-?[0-9]{1,10}$/.test(text) ? Number(text) : 0;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareUid(a: Pod, b: Pod): number {
  return (a.metadata.uid ?? "") < (b.metadata.uid ?? "") ? -1 : 1;
}
