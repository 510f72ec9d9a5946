import { cloneJson, isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { Conversion } from "./types.ts";

/** Built-in kinds that are served in another form than they are stored in. */
export function builtinConversion(info: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}): Conversion | undefined {
  const key = `${info.group}/${info.version}/${info.kind}`;
  if (key === "autoscaling/v1/HorizontalPodAutoscaler") return HPA_V1;
  if (key === "events.k8s.io/v1/Event") return EVENTS_V1;
  return undefined;
}

/**
 * autoscaling/v1 knows one CPU percentage; what else v2 says travels in annotations, as kube-apiserver writes them
 * (pkg/apis/autoscaling/v1/conversion.go).
 */
const METRICS_ANNOTATION = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR_ANNOTATION = "autoscaling.alpha.kubernetes.io/behavior";
const CONDITIONS_ANNOTATION = "autoscaling.alpha.kubernetes.io/conditions";
const CURRENT_METRICS_ANNOTATION = "autoscaling.alpha.kubernetes.io/current-metrics";

const HPA_V1: Conversion = {
  toServed(stored) {
    const spec = objectOf(stored["spec"]);
    const status = objectOf(stored["status"]);
    const metrics = listOf(spec["metrics"]);
    const cpu = metrics.find(isCpuUtilization);
    const others = metrics.filter((metric) => metric !== cpu);
    const currentMetrics = listOf(status["currentMetrics"]);
    const currentCpu = currentMetrics.find(isCpuUtilization);
    const annotations: Record<string, string> = { ...stored.metadata.annotations };
    const setText = (name: string, value: Json | undefined): void => {
      if (value !== undefined && !(Array.isArray(value) && value.length === 0))
        annotations[name] = JSON.stringify(value);
    };
    setText(METRICS_ANNOTATION, others);
    setText(BEHAVIOR_ANNOTATION, spec["behavior"]);
    setText(CONDITIONS_ANNOTATION, status["conditions"]);
    setText(
      CURRENT_METRICS_ANNOTATION,
      currentMetrics.filter((metric) => metric !== currentCpu),
    );
    const { metrics: _metrics, behavior: _behavior, ...servedSpec } = spec;
    const { conditions: _conditions, currentMetrics: _current, ...servedStatus } = status;
    const target = cpu === undefined ? undefined : objectOf(objectOf(cpu["resource"])["target"])["averageUtilization"];
    const current =
      currentCpu === undefined
        ? undefined
        : objectOf(objectOf(currentCpu["resource"])["current"])["averageUtilization"];
    return {
      ...stored,
      apiVersion: "autoscaling/v1",
      metadata: { ...stored.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
      spec: { ...servedSpec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
      status: {
        ...servedStatus,
        currentReplicas: servedStatus["currentReplicas"] ?? 0,
        desiredReplicas: servedStatus["desiredReplicas"] ?? 0,
        ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
      },
    } as KubeObject;
  },
  toStored(served) {
    const { targetCPUUtilizationPercentage: target, ...spec } = objectOf(served["spec"]);
    const { currentCPUUtilizationPercentage: current, ...status } = objectOf(served["status"]);
    const annotations: Record<string, string> = { ...served.metadata.annotations };
    const take = (name: string): Json | undefined => {
      const text = annotations[name];
      if (text === undefined) return undefined;
      delete annotations[name];
      return parsed(text);
    };
    const metrics = listOf(take(METRICS_ANNOTATION));
    if (target !== undefined) metrics.push(cpuMetric("target", { type: "Utilization", averageUtilization: target }));
    const behavior = take(BEHAVIOR_ANNOTATION);
    const conditions = take(CONDITIONS_ANNOTATION);
    const currentMetrics = listOf(take(CURRENT_METRICS_ANNOTATION));
    if (current !== undefined) currentMetrics.push(cpuMetric("current", { averageUtilization: current }));
    const { annotations: _annotations, ...metadata } = served.metadata;
    return {
      ...served,
      apiVersion: "autoscaling/v2",
      metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
      spec: {
        ...spec,
        ...(metrics.length > 0 ? { metrics } : {}),
        ...(behavior === undefined ? {} : { behavior }),
      },
      status: {
        ...status,
        ...(currentMetrics.length > 0 ? { currentMetrics } : {}),
        ...(conditions === undefined ? {} : { conditions }),
      },
    } as KubeObject;
  },
};

/** events.k8s.io renames some fields of the core Event and keeps the others under `deprecated…` (pkg/apis/events/v1/conversion.go). */
const EVENT_NAMES: readonly (readonly [core: string, served: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["reportingComponent", "reportingController"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
];

const EVENTS_V1: Conversion = {
  toServed(stored) {
    const served = renamed(stored, "events.k8s.io/v1", EVENT_NAMES);
    // The core Event always writes these two, this one only when there is something to say.
    for (const field of ["reportingController", "reportingInstance"]) if (served[field] === "") delete served[field];
    return served;
  },
  toStored: (served) =>
    renamed(
      served,
      "v1",
      EVENT_NAMES.map(([core, other]) => [other, core] as const),
    ),
};

function renamed(object: KubeObject, apiVersion: string, names: readonly (readonly [string, string])[]): KubeObject {
  const result = cloneJson(object);
  for (const [from, to] of names) {
    if (!Object.hasOwn(result, from)) continue;
    result[to] = result[from];
    delete result[from];
  }
  result.apiVersion = apiVersion;
  return result;
}

function cpuMetric(part: "target" | "current", value: JsonObject): JsonObject {
  return { type: "Resource", resource: { name: "cpu", [part]: value } };
}

function isCpuUtilization(metric: JsonObject): boolean {
  if (metric["type"] !== "Resource") return false;
  const resource = objectOf(metric["resource"]);
  const value = objectOf(resource["target"] ?? resource["current"]);
  return resource["name"] === "cpu" && value["averageUtilization"] !== undefined;
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
