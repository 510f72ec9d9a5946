import { cloneJson, type Json, type JsonObject } from "@fairlead/base";
import { labelsFrom } from "./core.ts";
import { ensureStruct, setDefault, structIn, structsIn, type DefaulterTable } from "./types.ts";

const INT32_MAX = 2_147_483_647;
const HISTORY_LIMIT = 10;

function deployment(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  setDefault(spec, "replicas", 1);
  const strategy = ensureStruct(spec, "strategy");
  setDefault(strategy, "type", "RollingUpdate");
  if (strategy["type"] === "RollingUpdate") {
    const rolling = ensureStruct(strategy, "rollingUpdate");
    setDefault(rolling, "maxUnavailable", "25%");
    setDefault(rolling, "maxSurge", "25%");
  }
  setDefault(spec, "revisionHistoryLimit", HISTORY_LIMIT);
  setDefault(spec, "progressDeadlineSeconds", 600);
}

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function daemonSet(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  // Left over from extensions/v1beta1: the internal field travels as an annotation, which its writer comes to own.
  setDefault(ensureStruct(ensureStruct(struct, "metadata"), "annotations"), TEMPLATE_GENERATION, "0");
  const strategy = ensureStruct(spec, "updateStrategy");
  setDefault(strategy, "type", "RollingUpdate");
  if (strategy["type"] === "RollingUpdate") {
    const rolling = ensureStruct(strategy, "rollingUpdate");
    setDefault(rolling, "maxUnavailable", 1);
    setDefault(rolling, "maxSurge", 0);
  }
  setDefault(spec, "revisionHistoryLimit", HISTORY_LIMIT);
}

function statefulSet(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  setDefault(spec, "podManagementPolicy", "OrderedReady");
  const strategy = ensureStruct(spec, "updateStrategy");
  if (strategy["type"] === undefined) {
    strategy["type"] = "RollingUpdate";
    ensureStruct(strategy, "rollingUpdate");
  }
  const rolling = structIn(strategy, "rollingUpdate");
  if (strategy["type"] === "RollingUpdate" && rolling) {
    setDefault(rolling, "partition", 0);
    setDefault(rolling, "maxUnavailable", 1);
  }
  const retention = ensureStruct(spec, "persistentVolumeClaimRetentionPolicy");
  setDefault(retention, "whenDeleted", "Retain");
  setDefault(retention, "whenScaled", "Retain");
  setDefault(spec, "replicas", 1);
  setDefault(spec, "revisionHistoryLimit", HISTORY_LIMIT);
  // Claims in templates are written with their kind.
  for (const claim of structsIn(spec, "volumeClaimTemplates")) {
    setDefault(claim, "apiVersion", "v1");
    setDefault(claim, "kind", "PersistentVolumeClaim");
  }
}

function job(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  jobSpec(spec);
  const template = structIn(spec, "template");
  labelsFrom(struct, template && structIn(structIn(template, "metadata") ?? {}, "labels"));
}

function jobSpec(spec: JsonObject): void {
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) spec["completions"] = 1;
  setDefault(spec, "parallelism", 1);
  setDefault(spec, "backoffLimit", spec["backoffLimitPerIndex"] === undefined ? 6 : INT32_MAX);
  setDefault(spec, "completionMode", "NonIndexed");
  setDefault(spec, "suspend", false);
  setDefault(spec, "podReplacementPolicy", spec["podFailurePolicy"] === undefined ? "TerminatingOrFailed" : "Failed");
  setDefault(spec, "manualSelector", false);
}

function cronJob(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  setDefault(spec, "concurrencyPolicy", "Allow");
  setDefault(spec, "suspend", false);
  setDefault(spec, "successfulJobsHistoryLimit", 3);
  setDefault(spec, "failedJobsHistoryLimit", 1);
}

const SCALE_UP: JsonObject = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
const SCALE_DOWN: JsonObject = {
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};
const CPU_METRIC: Json = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
};

function autoscaler(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  setDefault(spec, "minReplicas", 1);
  if (!Array.isArray(spec["metrics"]) || spec["metrics"].length === 0) spec["metrics"] = [cloneJson(CPU_METRIC)];
  const behavior = structIn(spec, "behavior");
  if (!behavior) return;
  behavior["scaleUp"] = { ...cloneJson(SCALE_UP), ...structIn(behavior, "scaleUp") };
  behavior["scaleDown"] = { ...cloneJson(SCALE_DOWN), ...structIn(behavior, "scaleDown") };
}

const METRICS_ANNOTATION = "autoscaling.alpha.kubernetes.io/metrics";

/** The default metric of v2 shows in v1 as a field of its own, unless metrics travel in the annotation. */
function autoscalerV1(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  setDefault(spec, "minReplicas", 1);
  const annotations = structIn(structIn(struct, "metadata") ?? {}, "annotations");
  if (annotations?.[METRICS_ANNOTATION] === undefined) setDefault(spec, "targetCPUUtilizationPercentage", 80);
}

export const WORKLOAD_DEFAULTS: DefaulterTable = {
  "api.apps.v1.Deployment": deployment,
  "api.apps.v1.DaemonSet": daemonSet,
  "api.apps.v1.StatefulSet": statefulSet,
  "api.apps.v1.ReplicaSet": (struct) => setDefault(ensureStruct(struct, "spec"), "replicas", 1),
  "api.batch.v1.Job": job,
  "api.batch.v1.CronJob": cronJob,
  "api.batch.v1.PodFailurePolicyOnPodConditionsPattern": (struct) => {
    // Not a pointer, and written even when it is empty.
    struct["status"] ||= "True";
  },
  "api.autoscaling.v2.HorizontalPodAutoscaler": autoscaler,
  "api.autoscaling.v1.HorizontalPodAutoscaler": autoscalerV1,
};
