import { type KubeObject, labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";
import { findCondition } from "../api/conditions.ts";
import { isFinished, isReady } from "../api/pods.ts";
import { timestamp } from "../api/time.ts";
import type { Condition, Pod } from "../api/types.ts";
import { scaledValue } from "../deployment/arithmetic.ts";
import { type Action, type Decision, statusAction } from "../engine/action.ts";

export interface Budget extends KubeObject {
  spec?: { minAvailable?: number | string; maxUnavailable?: number | string; selector?: JsonObject };
  status?: JsonObject & { conditions?: Condition[]; disruptedPods?: Record<string, string> };
}

export interface BudgetFacts {
  readonly budget: Budget;
  /** The pods its selector finds. */
  readonly pods: readonly Pod[];
  /** How many pods their controllers want in all; undefined when a pod has no controller with a scale. */
  readonly expected: number | undefined;
  readonly nowMs: number;
}

/** The pods a budget selects; an empty selector is every pod, an absent one none. A broken one is the server's to refuse. */
export function selectsPod(budget: Budget, pod: Pod): boolean {
  try {
    return matchesLabels(labelSelectorFromObject(budget.spec?.selector), pod.metadata.labels);
  } catch {
    return false;
  }
}

/** How many pods may be evicted right now. */
export function decideBudget({ budget, pods, expected, nowMs }: BudgetFacts): Decision {
  if (budget.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const present = pods.filter((pod) => !isFinished(pod));
  const needsScale = maxUnavailable !== undefined || typeof minAvailable === "string";
  const total = needsScale ? (expected ?? present.length) : present.length;
  const desired =
    maxUnavailable === undefined
      ? scaledValue(minAvailable ?? 0, total, "up")
      : Math.max(0, total - scaledValue(maxUnavailable, total, "up"));
  const healthy = present.filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
  const allowed = total <= 0 ? 0 : Math.max(0, healthy - desired);
  const actions = statusAction(budget, {
    ...(budget.status?.disruptedPods ? { disruptedPods: budget.status.disruptedPods } : {}),
    conditions: [allowance(budget, allowed > 0, nowMs)],
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed,
    expectedPods: total,
    observedGeneration: budget.metadata.generation ?? 1,
  });
  // As kube-controller-manager, at every look; there is one only when the budget or a pod of it changed.
  const none: Action[] =
    pods.length === 0 ? [{ do: "event", about: budget, type: "Normal", reason: "NoPods", message: NO_PODS }] : [];
  return { actions: [...none, ...actions] };
}

const NO_PODS = "No matching pods found";

function allowance(budget: Budget, isAllowed: boolean, nowMs: number): Condition {
  const status = isAllowed ? "True" : "False";
  const known = findCondition(budget.status?.conditions, "DisruptionAllowed");
  const since = known?.status === status ? known.lastTransitionTime : undefined;
  return {
    type: "DisruptionAllowed",
    status,
    observedGeneration: budget.metadata.generation ?? 1,
    lastTransitionTime: since ?? timestamp(nowMs),
    reason: isAllowed ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
}
