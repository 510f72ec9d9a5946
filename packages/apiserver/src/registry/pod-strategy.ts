import { isJsonObject, jsonEqual, type JsonObject } from "@fairlead/base";
import { parseQuantity, compareQuantity, type KubeObject } from "@fairlead/apimachinery";
import { narrowByOwnLabels } from "./label-keys.ts";
import type { Strategy } from "./types.ts";

type PodRules = Omit<Strategy, "hasStatus">;

export const POD_STRATEGY: PodRules = {
  generation: (before, after) => !jsonEqual(before["spec"], after["spec"]),
  prepareForCreate(pod) {
    const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
    if (Number(spec["terminationGracePeriodSeconds"] ?? 0) < 0) spec["terminationGracePeriodSeconds"] = 1;
    narrowByOwnLabels(pod);
    pod["status"] = { phase: "Pending", qosClass: qosClassOf(pod), ...gated(pod) };
  },
  prepareForStatusUpdate(after, before) {
    const status = isJsonObject(after["status"]) ? after["status"] : undefined;
    const old = isJsonObject(before["status"]) ? before["status"] : undefined;
    if (status !== undefined && old?.["qosClass"] !== undefined) status["qosClass"] = old["qosClass"];
  },
  /** A pod that no node runs, or that has ended, needs no farewell (pkg/registry/core/pod/strategy.go CheckGracefulDelete). */
  gracePeriodSeconds(pod, asked) {
    const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
    const status = isJsonObject(pod["status"]) ? pod["status"] : {};
    const isUnscheduled = typeof spec["nodeName"] !== "string" || spec["nodeName"] === "";
    if (isUnscheduled || status["phase"] === "Succeeded" || status["phase"] === "Failed") return 0;
    const wanted = asked ?? spec["terminationGracePeriodSeconds"] ?? 30;
    // Negative values count as one second: a node must see the pod end.
    return Number(wanted) < 0 ? 1 : Number(wanted);
  },
};

/** A pod that waits at a gate is told so at once (applySchedulingGatedCondition). */
function gated(pod: KubeObject): JsonObject {
  const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  if (listOf(spec["schedulingGates"]).length === 0) return {};
  const condition = {
    type: "PodScheduled",
    status: "False",
    lastProbeTime: null,
    lastTransitionTime: pod.metadata.creationTimestamp ?? null,
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  };
  return { conditions: [condition] };
}

const COUNTED = ["cpu", "memory"];

/** Guaranteed, Burstable or BestEffort (pkg/apis/core/v1/helper/qos). */
export function qosClassOf(pod: KubeObject): string {
  const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  const containers = [...listOf(spec["containers"]), ...listOf(spec["initContainers"])];
  let isGuaranteed = containers.length > 0;
  let asksAnything = false;
  for (const container of containers) {
    const resources = isJsonObject(container["resources"]) ? container["resources"] : {};
    const requests = positive(resources["requests"]);
    const limits = positive(resources["limits"]);
    if (requests.size > 0 || limits.size > 0) asksAnything = true;
    const isEqual = (name: string): boolean => {
      const limit = limits.get(name);
      const request = requests.get(name) ?? limit;
      return limit !== undefined && request !== undefined && compareQuantity(limit, request) === 0;
    };
    if (!COUNTED.every(isEqual)) isGuaranteed = false;
  }
  if (!asksAnything) return "BestEffort";
  return isGuaranteed ? "Guaranteed" : "Burstable";
}

function positive(resources: unknown): Map<string, ReturnType<typeof parseQuantity>> {
  const found = new Map<string, ReturnType<typeof parseQuantity>>();
  if (!isJsonObject(resources)) return found;
  for (const name of COUNTED) {
    const text = resources[name];
    if (typeof text !== "string" && typeof text !== "number") continue;
    try {
      const quantity = parseQuantity(String(text));
      if (compareQuantity(quantity, parseQuantity("0")) > 0) found.set(name, quantity);
    } catch {
      // Validation names bad quantities; here they only count for nothing.
    }
  }
  return found;
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
