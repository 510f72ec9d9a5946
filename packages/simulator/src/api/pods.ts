import { findCondition, isTrue } from "./conditions.ts";
import { timeOf } from "./time.ts";
import type { Pod } from "./types.ts";

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Counts towards replicas: neither at its end nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

export function isReady(pod: Pod): boolean {
  return isTrue(pod.status?.conditions, "Ready");
}

/** When a ready pod counts as available: after it has been ready for `minReadySeconds`. Undefined for one that is not ready. */
function availableAt(pod: Pod, minReadySeconds: number): number | undefined {
  if (!isReady(pod)) return undefined;
  const since = timeOf(findCondition(pod.status?.conditions, "Ready")?.lastTransitionTime) ?? 0;
  return minReadySeconds === 0 ? 0 : since + minReadySeconds * 1000;
}

export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const at = availableAt(pod, minReadySeconds);
  return at !== undefined && at <= nowMs;
}

/** The earliest moment at which one more pod becomes available; undefined when none will by mere waiting. */
export function nextAvailableAt(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  const times = pods.flatMap((pod) => {
    const at = isActive(pod) ? availableAt(pod, minReadySeconds) : undefined;
    return at !== undefined && at > nowMs ? [at] : [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
