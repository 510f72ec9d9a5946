import { isJsonObject } from "@fairlead/base";
import { parseApiVersion } from "../object/identity.ts";
import type { KubeObject } from "../object/types.ts";
import { at, conditionsOf, numberAt, objectsAt, textAt } from "./view.ts";

/** The statuses of kstatus, the library behind `kubectl wait`-like waiting in Flux and Helm. `NotFound` is for what is not there. */
export type KstatusName = "InProgress" | "Failed" | "Current" | "Terminating" | "NotFound" | "Unknown";

export interface Kstatus {
  readonly status: KstatusName;
  readonly message: string;
  /** Why it is in progress or failed, as a condition's reason. */
  readonly reason?: string | undefined;
}

/** How long a pod may wait for a node before that counts as a failure. */
const SCHEDULE_WINDOW_MS = 15_000;
/** What the Deployment controller takes as "no deadline". */
const NO_DEADLINE = 2 ** 31 - 1;

/**
 * The status of any object by its own fields, with the words of sigs.k8s.io/cli-utils: deletion, generation, Reconciling and
 * Stalled first, then what is known of the kind, then Ready. An object without any of these is current. `nowMs` is only
 * asked for pods that find no node: they may wait for one a while before that is a failure; without it there is no such patience.
 */
export function kstatusOf(object: KubeObject, nowMs: number = Number.POSITIVE_INFINITY): Kstatus {
  const generic = genericStatus(object);
  if (generic) return generic;
  const { group } = parseApiVersion(object.apiVersion);
  const key = group === "" ? object.kind : `${group}/${object.kind}`;
  if (key === "Pod") return podStatus(object, nowMs);
  const check = Object.hasOwn(BY_KIND, key) ? BY_KIND[key] : undefined;
  if (check) return check(object);
  const ready = conditionsOf(object).find(({ type }) => type === "Ready");
  if (ready?.status === "True") return current("Resource is Ready");
  if (ready?.status === "False" || ready?.status === "Unknown") return inProgress(ready.reason, ready.message);
  return current("Resource is current");
}

function genericStatus(object: KubeObject): Kstatus | undefined {
  if (textAt(object, "metadata.deletionTimestamp")) {
    return { status: "Terminating", message: "Resource scheduled for deletion" };
  }
  const generation = numberAt(object, "metadata.generation");
  const observed = numberAt(object, "status.observedGeneration");
  if (generation !== undefined && observed !== undefined && generation !== observed) {
    const message = `${object.kind} generation is ${generation}, but latest observed generation is ${observed}`;
    return inProgress("LatestGenerationNotObserved", message);
  }
  for (const { type, status, reason, message } of conditionsOf(object)) {
    if (type === "Reconciling" && status === "True") return inProgress(reason, message);
    if (type === "Stalled" && status === "True") return { status: "Failed", message, reason };
  }
  return undefined;
}

const BY_KIND: Readonly<Record<string, (object: KubeObject) => Kstatus>> = {
  Service: serviceStatus,
  Secret: () => current("Resource is always ready"),
  ConfigMap: () => current("Resource is always ready"),
  PersistentVolumeClaim: claimStatus,
  "apps/StatefulSet": statefulSetStatus,
  "apps/DaemonSet": daemonSetStatus,
  "apps/Deployment": deploymentStatus,
  "apps/ReplicaSet": replicaSetStatus,
  "extensions/DaemonSet": daemonSetStatus,
  "extensions/Deployment": deploymentStatus,
  "extensions/ReplicaSet": replicaSetStatus,
  "policy/PodDisruptionBudget": () => current("AllowedDisruptions has been computed."),
  "batch/CronJob": () => current("Resource is always ready"),
  "batch/Job": jobStatus,
  "apiextensions.k8s.io/CustomResourceDefinition": definitionStatus,
};

function deploymentStatus(object: KubeObject): Kstatus {
  const conditions = conditionsOf(object);
  const progress = conditions.find(({ type }) => type === "Progressing");
  if (progress?.reason === "ProgressDeadlineExceeded") {
    return { status: "Failed", message: "Progress deadline exceeded", reason: progress.reason };
  }
  const desired = numberAt(object, "spec.replicas") ?? 1;
  const all = count(object, "replicas");
  const updated = count(object, "updatedReplicas");
  const ready = count(object, "readyReplicas");
  const available = count(object, "availableReplicas");
  if (desired > all) return inProgress("LessReplicas", `Replicas: ${all}/${desired}`);
  if (desired > updated) return inProgress("LessUpdated", `Updated: ${updated}/${desired}`);
  if (all > desired) return inProgress("ExtraPods", `Pending termination: ${all - desired}`);
  if (updated > available) return inProgress("LessAvailable", `Available: ${available}/${updated}`);
  if (desired > ready) return inProgress("LessReady", `Ready: ${ready}/${desired}`);
  // Without a deadline the controller writes no Progressing condition.
  const hasDeadline = (numberAt(object, "spec.progressDeadlineSeconds") ?? NO_DEADLINE) !== NO_DEADLINE;
  const hasProgressed = progress?.status === "True" && progress.reason === "NewReplicaSetAvailable";
  if (hasDeadline && !hasProgressed) return inProgress("ReplicaSetNotAvailable", "ReplicaSet not Available");
  if (!conditions.some(({ type, status }) => type === "Available" && status === "True")) {
    return inProgress("DeploymentNotAvailable", "Deployment not Available");
  }
  return current(`Deployment is available. Replicas: ${all}`);
}

function replicaSetStatus(object: KubeObject): Kstatus {
  if (conditionsOf(object).some(({ type, status }) => type === "ReplicaFailure" && status === "True")) {
    return inProgress("ReplicaFailure", "Replica Failure condition. Check Pods");
  }
  const desired = numberAt(object, "spec.replicas") ?? 1;
  const all = count(object, "replicas");
  const labelled = count(object, "fullyLabeledReplicas");
  const available = count(object, "availableReplicas");
  const ready = count(object, "readyReplicas");
  if (desired > labelled) return inProgress("LessLabelled", `Labelled: ${labelled}/${desired}`);
  if (desired > available) return inProgress("LessAvailable", `Available: ${available}/${desired}`);
  if (desired > ready) return inProgress("LessReady", `Ready: ${ready}/${desired}`);
  if (all > desired) return inProgress("ExtraPods", `Pending termination: ${all - desired}`);
  return current(`ReplicaSet is available. Replicas: ${all}`);
}

function daemonSetStatus(object: KubeObject): Kstatus {
  for (const [path, reason] of [
    ["metadata.generation", "NoGeneration"],
    ["status.observedGeneration", "NoObservedGeneration"],
  ] as const) {
    if (numberAt(object, path) === undefined) return inProgress(reason, `${object.kind} ${path} not found`);
  }
  const desired = numberAt(object, "status.desiredNumberScheduled");
  if (desired === undefined) return inProgress("NoDesiredNumber", "Missing .status.desiredNumberScheduled");
  for (const [field, reason, label] of [
    ["currentNumberScheduled", "LessCurrent", "Current"],
    ["updatedNumberScheduled", "LessUpdated", "Updated"],
    ["numberAvailable", "LessAvailable", "Available"],
    ["numberReady", "LessReady", "Ready"],
  ] as const) {
    const has = count(object, field);
    if (desired > has) return inProgress(reason, `${label}: ${has}/${desired}`);
  }
  return current(`All replicas scheduled as expected. Replicas: ${desired}`);
}

function statefulSetStatus(object: KubeObject): Kstatus {
  if (textAt(object, "spec.updateStrategy.type") === "OnDelete") {
    return current("StatefulSet is using the ondelete update strategy");
  }
  const desired = numberAt(object, "spec.replicas") ?? 1;
  const all = count(object, "replicas");
  const ready = count(object, "readyReplicas");
  const updated = count(object, "updatedReplicas");
  const partition = numberAt(object, "spec.updateStrategy.rollingUpdate.partition") ?? -1;
  if (desired > all) return inProgress("LessReplicas", `Replicas: ${all}/${desired}`);
  if (desired > ready) return inProgress("LessReady", `Ready: ${ready}/${desired}`);
  if (all > desired) return inProgress("ExtraPods", `Pending termination: ${all - desired}`);
  if (partition !== -1) {
    return updated < desired - partition
      ? inProgress("PartitionRollout", `updated: ${updated}/${desired - partition}`)
      : current(`Partition rollout complete. updated: ${updated}`);
  }
  const running = count(object, "currentReplicas");
  if (desired > running) return inProgress("LessCurrent", `current: ${running}/${desired}`);
  if (textAt(object, "status.currentRevision") !== textAt(object, "status.updateRevision")) {
    return inProgress("RevisionMismatch", "Waiting for updated revision to match current");
  }
  return current(`All replicas scheduled as expected. Replicas: ${all}`);
}

function claimStatus(object: KubeObject): Kstatus {
  const phase = textAt(object, "status.phase") ?? "unknown";
  return phase === "Bound" ? current("PVC is Bound") : inProgress("NotBound", `PVC is not Bound. phase: ${phase}`);
}

function serviceStatus(object: KubeObject): Kstatus {
  const waits = textAt(object, "spec.type") === "LoadBalancer" && !textAt(object, "spec.clusterIP");
  return waits
    ? inProgress("NoIPAssigned", "ClusterIP not set. Service type: LoadBalancer")
    : current("Service is ready");
}

function podStatus(object: KubeObject, nowMs: number): Kstatus {
  const conditions = conditionsOf(object);
  const phase = textAt(object, "status.phase") ?? "";
  switch (phase) {
    case "Succeeded":
      return current("Pod has completed successfully");
    case "Failed":
      return current("Pod has completed, but not successfully");
    case "Running": {
      if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) return current("Pod is Ready");
      const looping = objectsAt(object, "status.containerStatuses")
        .filter((container) => textAt(container, "state.waiting.reason") === "CrashLoopBackOff")
        .map((container) => textAt(container, "name") ?? "");
      return looping.length > 0
        ? failed("ContainerCrashLooping", `Containers in CrashLoop state: ${looping.join(",")}`)
        : inProgress("PodRunningNotReady", "Pod is running but is not Ready");
    }
    case "Pending": {
      const scheduled = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False");
      if (scheduled?.reason !== "Unschedulable") return inProgress("PodPending", "Pod is in the Pending phase");
      const createdMs = Date.parse(textAt(object, "metadata.creationTimestamp") ?? "");
      return nowMs - createdMs < SCHEDULE_WINDOW_MS
        ? inProgress("PodNotScheduled", "Pod has not been scheduled")
        : failed("PodUnschedulable", "Pod could not be scheduled");
    }
    case "":
      return inProgress("PodNotObserved", "Pod phase not available");
    default:
      return { status: "Unknown", message: `unknown phase ${phase}` };
  }
}

/** A job that runs is current: waiting for its end is another question. */
function jobStatus(object: KubeObject): Kstatus {
  const parallelism = numberAt(object, "spec.parallelism") ?? 1;
  const completions = numberAt(object, "spec.completions") ?? parallelism;
  const succeeded = count(object, "succeeded");
  const failures = count(object, "failed");
  for (const { type, status } of conditionsOf(object)) {
    if (status !== "True") continue;
    if (type === "Complete") return current(`Job Completed. succeeded: ${succeeded}/${completions}`);
    if (type === "Failed") return failed("JobFailed", `Job Failed. failed: ${failures}/${completions}`);
    if (type === "Suspended" && at(object, "spec.suspend") === true) return current("Job is suspended");
  }
  if (!textAt(object, "status.startTime")) return inProgress("JobNotStarted", "Job not started");
  const active = count(object, "active");
  return current(`Job in progress. success:${succeeded}, active: ${active}, failed: ${failures}`);
}

function definitionStatus(object: KubeObject): Kstatus {
  for (const { type, status, reason, message } of conditionsOf(object)) {
    if (type === "NamesAccepted" && status === "False") return failed(reason, message);
    if (type === "Established" && status === "True") return current("CRD is established");
    if (type === "Established" && status === "False" && reason !== "Installing") return failed(reason, message);
  }
  return inProgress("Installing", "Install in progress");
}

function count(object: KubeObject, field: string): number {
  const status = object["status"];
  return isJsonObject(status) ? (numberAt(status, field) ?? 0) : 0;
}

function current(message: string): Kstatus {
  return { status: "Current", message };
}

function inProgress(reason: string, message: string): Kstatus {
  return { status: "InProgress", message, reason };
}

function failed(reason: string, message: string): Kstatus {
  return { status: "Failed", message, reason };
}
