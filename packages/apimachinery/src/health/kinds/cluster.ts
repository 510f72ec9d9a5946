import { isJsonObject } from "@fairlead/base";
import type { KubeObject } from "../../object/types.ts";
import { health, type Health } from "../types.ts";
import { annotationOf, type Condition, conditionsOf, listAt, textAt } from "../view.ts";

/** Built-in kinds other than workloads, in the words of gitops-engine and of Argo CD's scripts. */

export function ingressHealth(object: KubeObject): Health {
  return health(hasAddress(object) ? "Healthy" : "Progressing");
}

export function serviceHealth(object: KubeObject): Health {
  const waits = textAt(object, "spec.type") === "LoadBalancer" && !hasAddress(object);
  return health(waits ? "Progressing" : "Healthy");
}

export function claimHealth(object: KubeObject): Health {
  switch (textAt(object, "status.phase")) {
    case "Lost":
      return health("Degraded");
    case "Pending":
      return health("Progressing");
    case "Bound":
      return health("Healthy");
    default:
      return health("Unknown");
  }
}

/** Conditions whose reasons mean that scaling does not work. */
const SCALING_FAILURES: ReadonlySet<string> = new Set([
  "AbleToScale/FailedGetScale",
  "AbleToScale/FailedUpdateScale",
  "ScalingActive/FailedGetResourceMetric",
  "ScalingActive/FailedGetObjectMetric",
  "ScalingActive/FailedGetPodsMetric",
  "ScalingActive/FailedGetExternalMetric",
  "ScalingActive/FailedComputeMetricsReplicas",
  "ScalingActive/InvalidSelector",
]);

export function autoscalerHealth(object: KubeObject): Health {
  const conditions = object.apiVersion === "autoscaling/v1" ? annotatedConditions(object) : conditionsOf(object);
  if (conditions === "broken") return health("Unknown", "failed to convert conditions annotation to typed");
  const failure = conditions.find(({ type, reason }) => SCALING_FAILURES.has(`${type}/${reason}`));
  if (failure) return health("Degraded", failure.message);
  const working = conditions.find(
    ({ type, status }) => (type === "AbleToScale" || type === "ScalingLimited") && status === "True",
  );
  return working ? health("Healthy", working.message) : health("Progressing", "Waiting to Autoscale");
}

/** autoscaling/v1 has no conditions; the server carries them in an annotation. */
function annotatedConditions(object: KubeObject): Condition[] | "broken" {
  const text = annotationOf(object, "autoscaling.alpha.kubernetes.io/conditions");
  if (text === undefined) return [];
  try {
    return conditionsOf({ conditions: JSON.parse(text) as unknown }, "conditions");
  } catch {
    return "broken";
  }
}

export function apiServiceHealth(object: KubeObject): Health {
  const available = conditionsOf(object).find(({ type }) => type === "Available");
  if (!available) return health("Progressing", "Waiting to be processed");
  const isAvailable = available.status === "True";
  return health(isAvailable ? "Healthy" : "Progressing", `${available.reason}: ${available.message}`);
}

export function definitionHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) return health("Progressing", "Status conditions not found");
  for (const { type, status, reason, message } of conditions) {
    const is = `${type}=${status}`;
    if (is === "Terminating=True") return health("Progressing", `CRD is terminating: ${message}`);
    if (is === "NamesAccepted=False") return health("Degraded", `CRD names have not been accepted: ${message}`);
    if (is === "NonStructuralSchema=True") return health("Degraded", `Schema violations found: ${message}`);
    if (type === "Established" && status !== "True" && reason === "Installing") {
      return health("Progressing", "CRD is being installed");
    }
  }
  const isEstablished = conditions.some(({ type, status }) => type === "Established" && status === "True");
  return isEstablished ? health("Healthy", "CRD is healthy") : health("Degraded", "CRD is not established");
}

export function disruptionBudgetHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  // Too few pods may be wanted so, and is no fault of the budget.
  const fault = conditions.find(({ status, reason }) => status === "False" && reason !== "InsufficientPods");
  if (fault) return health("Degraded", `PodDisruptionBudget has ${fault.reason}`);
  const last = conditions.at(-1);
  return last
    ? health("Healthy", `PodDisruptionBudget has ${last.reason}`)
    : health("Progressing", "Waiting for status");
}

/** Argo CD has no check for namespaces; one that is going away matters to whoever waits for it. */
export function namespaceHealth(object: KubeObject): Health {
  const phase = textAt(object, "status.phase");
  return phase === "Terminating" ? health("Progressing", "Namespace is being deleted") : health("Healthy");
}

function hasAddress(object: KubeObject): boolean {
  return listAt(object, "status.loadBalancer.ingress").some(isJsonObject);
}
