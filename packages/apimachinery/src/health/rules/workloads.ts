import { byValue, type HealthCase, type HealthRule, waitsFor } from "../rule.ts";
import type { HealthStatus } from "../types.ts";

/** OpenKruise's rollouts, OpenShift's, jobs and functions of other operators, in the words of Argo CD's scripts. */

const SPARK_STATES: Readonly<Record<string, readonly [status: HealthStatus, message?: string]>> = {
  "": ["Progressing", "SparkApplication was added, enqueuing it for submission"],
  SUBMITTED: ["Progressing", "SparkApplication was submitted successfully"],
  COMPLETED: ["Healthy", "SparkApplication was Completed"],
  FAILED: ["Degraded", "{status.applicationState.errorMessage}"],
  SUBMISSION_FAILED: ["Degraded", "{status.applicationState.errorMessage}"],
  PENDING_RERUN: ["Progressing", "SparkApplication is Pending Rerun"],
  INVALIDATING: ["Missing", "SparkApplication is in InvalidatingState"],
  FAILING: ["Degraded", "{status.applicationState.errorMessage}"],
  SUCCEEDING: [
    "Progressing",
    "The driver pod has been completed successfully. The executor pods terminate and are cleaned up.\n                                Under this circumstances, we assume the executor pod are completed.",
  ],
  UNKNOWN: [
    "Progressing",
    "SparkApplication is in UnknownState because either driver pod or one or all executor pods in unknown state  ",
  ],
};

/** The states of a Spark application that say everything; a running one is counted, see kinds/operators. */
export const SPARK_RULE: HealthRule = {
  group: "sparkoperator.k8s.io",
  kinds: [],
  cases: byValue("status.applicationState.state", SPARK_STATES),
  otherwise: ["Progressing", "Waiting for Executor pods"],
};

function ansible(states: readonly string[], health: HealthStatus): HealthCase {
  const message = "{status.ansibleJobResult.status} job - {status.ansibleJobResult.url}";
  return { path: "status.ansibleJobResult.status", is: states, health, message };
}

function keptn(kind: string, path = "status.status"): HealthRule {
  return {
    group: "lifecycle.keptn.sh",
    kinds: [kind],
    cases: byValue(path, {
      Succeeded: ["Healthy", `${kind} is healthy`],
      Failed: ["Degraded", `${kind} is degraded`],
    }),
    otherwise: ["Progressing", `${kind} is progressing`],
  };
}

export const WORKLOAD_RULES: readonly HealthRule[] = [
  {
    group: "apps.kruise.io",
    kinds: ["BroadcastJob"],
    cases: [
      {
        path: "status.phase",
        is: ["completed"],
        same: ["status.desired", "status.succeeded"],
        health: "Healthy",
        message: "BroadcastJob is completed successfully",
      },
      { path: "status.phase", is: ["failed"], health: "Degraded", message: "BroadcastJob failed" },
      { path: "status.phase", is: ["paused"], health: "Suspended", message: "BroadcastJob is Paused" },
    ],
    otherwise: ["Progressing", "BroadcastJob is still running"],
  },
  {
    group: "apps.kruise.io",
    kinds: ["AdvancedCronJob"],
    cases: [
      {
        path: "spec.paused",
        is: [true],
        absent: "status.lastScheduleTime",
        health: "Suspended",
        message: "AdvancedCronJob is Paused",
      },
      { path: "status.active.0", health: "Progressing", message: "AdvancedCronJobs has active jobs" },
      {
        path: "status.lastScheduleTime",
        health: "Healthy",
        message: "AdvancedCronJobs has run successfully",
      },
    ],
    otherwise: ["Degraded", "AdvancedCronJobs has not run successfully"],
  },
  {
    group: "rollouts.kruise.io",
    kinds: ["Rollout"],
    cases: [
      { stale: true, health: "Progressing", message: "Rollout is still progressing" },
      ...kruiseStep("StepPaused", ["Progressing"], "Suspended", "Rollout is Paused need manual intervention"),
      ...kruiseStep("Completed", ["Healthy"], "Healthy", "Rollout is Completed"),
      ...kruiseStep("StepPaused", ["Terminating", "Disabled"], "Degraded", "Rollout is Disabled or Terminating"),
    ],
    otherwise: ["Progressing", "Rollout is still progressing"],
  },
  {
    group: "tower.ansible.com",
    kinds: ["AnsibleJob"],
    cases: [
      ansible(["successful"], "Healthy"),
      ansible(["failed", "error", "canceled"], "Degraded"),
      ansible(["new", "pending", "waiting", "running"], "Progressing"),
    ],
    otherwise: ["Progressing", "Waiting for AnsibleJob"],
  },
  {
    group: "spot.io",
    kinds: ["SpotDeployment"],
    cases: [
      { condition: "InvalidSpec", health: "Degraded" },
      { condition: "Progressing", reason: "RolloutAborted", health: "Degraded" },
      { condition: "Progressing", reason: "ProgressDeadlineExceeded", health: "Degraded" },
      { condition: "Paused", status: "True", health: "Suspended", message: "Rollout is paused" },
      {
        path: "status.phase",
        is: ["Progressing"],
        health: "Progressing",
        message: "Waiting for rollout to finish steps",
      },
      { path: "status.conditions", health: "Healthy", message: "" },
    ],
    otherwise: ["Progressing"],
  },
  {
    group: "openfaas.com",
    kinds: ["Function"],
    cases: [
      { condition: "Ready", status: "False", health: "Degraded" },
      { condition: "Stalled", status: "True", health: "Degraded" },
      {
        condition: "Ready",
        status: "True",
        path: "status.replicas",
        is: [0],
        health: "Suspended",
        message: "No replicas available",
      },
      { condition: "Ready", status: "True", path: "status.replicas", health: "Healthy" },
      { condition: "Ready", status: "True", health: "Suspended", message: "No replicas available" },
    ],
    otherwise: ["Progressing", "Waiting for Function"],
  },
  {
    group: "operator.openshift.io",
    kinds: ["IngressController"],
    cases: [
      { condition: "Degraded", status: "True", health: "Degraded" },
      { condition: "DeploymentReplicasAllAvailable", status: "False", health: "Progressing" },
      { condition: "Progressing", status: "True", health: "Progressing", message: "{reason}" },
      { condition: "Available", status: "True", health: "Healthy", message: "IngressController is available" },
    ],
    otherwise: ["Progressing", "Status of IngressController is not known yet"],
  },
  {
    group: "ocs.openshift.io",
    kinds: ["StorageCluster"],
    cases: [
      { condition: "Degraded", status: "True", health: "Degraded" },
      { condition: "Progressing", status: "True", health: "Progressing" },
      { condition: "Available", status: "True", health: "Healthy" },
    ],
    otherwise: ["Unknown", "StorageCluster is in an unknown state."],
  },
  ...["KeptnTask", "KeptnAppVersion", "KeptnWorkloadInstance", "KeptnWorkloadVersion"].map((kind) => keptn(kind)),
  keptn("KeptnEvaluation", "status.overallStatus"),
  {
    group: "metrics.keptn.sh",
    kinds: ["Analysis"],
    cases: [
      { path: "status.pass", is: [true], health: "Healthy", message: "Analysis is healthy" },
      { path: "status.warning", is: [true], health: "Healthy", message: "Analysis is healthy with warnings" },
      { path: "status.pass", is: [false], health: "Degraded", message: "Analysis is degraded" },
    ],
    otherwise: ["Progressing", "Analysis is progressing"],
  },
  {
    group: "metrics.keptn.sh",
    kinds: ["KeptnMetric"],
    cases: [
      { path: "status.value", absent: "status.errMsg", health: "Healthy", message: "KeptnMetric is healthy" },
      { absent: "status.errMsg", health: "Progressing", message: "KeptnMetric is progressing" },
    ],
    otherwise: ["Degraded", "KeptnMetric is degraded"],
  },
  waitsFor("camel.apache.org", ["Integration"], "Waiting for Integration"),
  {
    group: "proclaim.dogmatiq.io",
    kinds: ["DNSSDServiceInstance"],
    cases: [
      { condition: "Adopted", status: "False", health: "Degraded" },
      { condition: "Advertised", reason: "AdvertiseError", health: "Degraded" },
      { condition: "Advertised", reason: "UnadvertiseError", health: "Degraded" },
      { condition: "Discoverable", reason: "DiscoveryError", health: "Unknown" },
      { condition: "Discoverable", status: "True", health: "Healthy" },
      { condition: "Discoverable", health: "Progressing" },
    ],
    otherwise: ["Progressing"],
  },
];

function kruiseStep(step: string, phases: readonly string[], health: HealthStatus, message: string): HealthCase[] {
  return phases.map((phase) => ({
    path: "status.canaryStatus.currentStepState",
    is: [step],
    where: { "status.phase": phase },
    health,
    message,
  }));
}
