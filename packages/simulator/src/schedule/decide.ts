import { findCondition } from "../api/conditions.ts";
import { timestamp } from "../api/time.ts";
import type { Pod } from "../api/types.ts";
import type { Action, Decision } from "../engine/action.ts";
import { misfits, type NodeLoad } from "./fit.ts";

export interface ScheduleFacts {
  readonly pod: Pod;
  readonly loads: readonly NodeLoad[];
  readonly nowMs: number;
  /** True where an annotation asks for it. */
  readonly isForbidden: boolean;
}

/** Binds a pod to the node with the fewest pods that it fits, or says why there is none. */
export function decideSchedule({ pod, loads, nowMs, isForbidden }: ScheduleFacts): Decision {
  if ((pod.spec.schedulingGates ?? []).length > 0) return { actions: gated(pod, nowMs) };
  const refusals = new Map<string, number>();
  let best: NodeLoad | undefined;
  for (const load of loads) {
    const reasons = isForbidden
      ? ["node(s) were told not to take this pod (simulator.fairlead.dev/fail)"]
      : misfits(pod, load);
    for (const reason of reasons) refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
    if (reasons.length === 0 && (!best || load.pods < best.pods)) best = load;
  }
  if (!best) return { actions: unschedulable(pod, loads.length, refusals, nowMs) };
  const node = best.node.metadata.name ?? "";
  const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`;
  return {
    actions: [
      { do: "bind", object: pod, node },
      { do: "event", about: pod, type: "Normal", reason: "Scheduled", message },
    ],
  };
}

function unschedulable(pod: Pod, nodes: number, refusals: ReadonlyMap<string, number>, nowMs: number): Action[] {
  const reasons = [...refusals].map(([reason, times]) => `${times} ${reason}`).sort();
  const listed = reasons.length > 0 ? ` ${reasons.join(", ")}.` : "";
  const message =
    nodes === 0
      ? "no nodes available to schedule pods"
      : `0/${nodes} nodes are available:${listed} preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;
  const actions = notScheduled(pod, "Unschedulable", message, nowMs);
  if (actions.length === 0) return [];
  return [...actions, { do: "event", about: pod, type: "Warning", reason: "FailedScheduling", message }];
}

function gated(pod: Pod, nowMs: number): Action[] {
  return notScheduled(pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates", nowMs);
}

/** The PodScheduled condition, unless it already says so. */
function notScheduled(pod: Pod, reason: string, message: string, nowMs: number): Action[] {
  const conditions = pod.status?.conditions ?? [];
  const known = findCondition(conditions, "PodScheduled");
  if (known?.reason === reason && known.message === message) return [];
  const lastTransitionTime = known?.status === "False" ? (known.lastTransitionTime ?? "") : timestamp(nowMs);
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason,
    message,
    lastProbeTime: null,
    lastTransitionTime,
  };
  const others = conditions.filter(({ type }) => type !== "PodScheduled");
  return [
    { do: "patch", object: pod, patch: { status: { conditions: [...others, condition] } }, subresource: "status" },
  ];
}
