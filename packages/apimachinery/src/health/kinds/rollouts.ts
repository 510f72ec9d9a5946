import { isJsonObject } from "@fairlead/base";
import type { KubeObject } from "../../object/types.ts";
import { assess } from "../rule.ts";
import { SPARK_RULE } from "../rules/workloads.ts";
import { health, type Health } from "../types.ts";
import { at, conditionsOf, numberAt, objectsAt, textAt } from "../view.ts";

/** Workloads of other makers whose replicas have to be counted, as Argo CD's scripts count them. */

const KRUISE_WAITING = "Waiting for initialization";

/** OpenKruise's CloneSet and StatefulSet: a partition that is reached waits for a person. */
export function kruiseReplicasHealth(object: KubeObject): Health {
  const isSet = object.kind === "StatefulSet";
  const [name, strategy] = isSet
    ? ["Statefulset", "spec.updateStrategy.rollingUpdate"]
    : ["Cloneset", "spec.updateStrategy"];
  if (!isKruiseObserved(object)) return health("Progressing", KRUISE_WAITING);
  const available = numberAt(object, "status.updatedAvailableReplicas");
  if (at(object, `${strategy}.paused`) === true || available === undefined) {
    return health("Suspended", `${name} is paused`);
  }
  const replicas = numberAt(object, "status.replicas") ?? 0;
  const partition = at(object, `${strategy}.partition`);
  if (partition !== 0 && (numberAt(object, "metadata.generation") ?? 0) > 1) {
    const updated = numberAt(object, "status.updatedReplicas") ?? 0;
    const isReached = isSet
      ? updated > replicas - Number(partition ?? 0)
      : updated >= (numberAt(object, "status.expectedUpdatedReplicas") ?? 0);
    return isReached ? health("Suspended", `${name} needs manual intervention`) : health("Progressing", KRUISE_WAITING);
  }
  return available === replicas
    ? health("Healthy", `All ${name} workloads are ready and updated`)
    : health("Degraded", "Some replicas are not ready or available");
}

export function kruiseDaemonSetHealth(object: KubeObject): Health {
  if (!isKruiseObserved(object)) return health("Progressing", KRUISE_WAITING);
  const strategy = "spec.updateStrategy.rollingUpdate";
  const updated = numberAt(object, "status.updatedNumberScheduled");
  if (at(object, `${strategy}.paused`) === true || updated === undefined) {
    return health("Suspended", "Daemonset is paused");
  }
  const wanted = numberAt(object, "status.desiredNumberScheduled") ?? 0;
  const partition = numberAt(object, `${strategy}.partition`) ?? 0;
  if (partition !== 0 && (numberAt(object, "metadata.generation") ?? 0) > 1) {
    return updated > wanted - partition
      ? health("Suspended", "Daemonset needs manual intervention")
      : health("Progressing", KRUISE_WAITING);
  }
  if (updated !== wanted) return health("Progressing", KRUISE_WAITING);
  if (numberAt(object, "status.numberAvailable") === wanted) {
    return health("Healthy", "All Daemonset workloads are ready and updated");
  }
  return numberAt(object, "status.numberUnavailable") === wanted
    ? health("Degraded", "Some pods are not ready or available")
    : health("Progressing", KRUISE_WAITING);
}

function isKruiseObserved(object: KubeObject): boolean {
  return (
    at(object, "status") !== undefined &&
    numberAt(object, "metadata.generation") === numberAt(object, "status.observedGeneration")
  );
}

/** Every router that took the route up has a say. */
export function openShiftRouteHealth(object: KubeObject): Health {
  const waiting = health("Progressing", "Route is still getting admitted");
  if (at(object, "status.ingress") === undefined) return waiting;
  const routers = objectsAt(object, "status.ingress");
  const admitted = routers
    .flatMap((router) => conditionsOf(router, "conditions"))
    .filter(({ type }) => type === "Admitted");
  if (admitted.filter(({ status }) => status === "True").length === routers.length) {
    return health("Healthy", "Route is healthy");
  }
  return admitted.some(({ status }) => status === "False") ? health("Degraded", "Route is degraded") : waiting;
}

export function deploymentConfigHealth(object: KubeObject): Health {
  const waiting = health("Progressing", "replication controller is waiting for pods to run");
  const replicas = numberAt(object, "status.replicas");
  if (at(object, "status.conditions") === undefined || replicas === undefined) return waiting;
  const met = conditionsOf(object).filter(
    ({ type, status, reason }) =>
      status === "True" &&
      (type === "Available" || (type === "Progressing" && reason === "NewReplicationControllerAvailable")),
  ).length;
  if (met === 2 || replicas === 0) return health("Healthy", "replication controller successfully rolled out");
  return met === 1 ? waiting : health("Degraded", "Deployment config is degraded");
}

const OLM_FAULTS: ReadonlySet<string> = new Set(["CatalogSourcesUnhealthy", "InstallPlanFailed", "ResolutionFailed"]);
const OLM_PENDING: ReadonlySet<string> = new Set(["", "UpgradeAvailable", "UpgradePending"]);

/** A subscription of the Operator Lifecycle Manager: its conditions and its state are listed whatever they are. */
export function subscriptionHealth(object: KubeObject): Health {
  if (at(object, "status.conditions") === undefined) {
    return health("Progressing", "An install plan for a subscription is pending installation");
  }
  const conditions = conditionsOf(object);
  const state = textAt(object, "status.state");
  const lines = conditions.map(({ type, status }, index) => `${index + 1}: ${type} | ${status}\n`);
  lines.push(state === undefined ? ".status.state not yet known\n" : `.status.state is '${state}'\n`);
  const isDegraded =
    state === "UpgradeFailed" ||
    conditions.some(
      ({ type, status, reason }) =>
        (type === "InstallPlanMissing" && reason !== "ReferencedInstallPlanNotFound") ||
        (OLM_FAULTS.has(type) && status === "True"),
    );
  const isPending =
    state === undefined ||
    OLM_PENDING.has(state) ||
    conditions.some(({ type, status }) => type === "InstallPlanPending" && status === "True");
  return health(isDegraded ? "Degraded" : isPending ? "Progressing" : "Healthy", lines.join(""));
}

/** KServe's: a model on its way and every condition that isn't True are told in one line. */
export function inferenceServiceHealth(object: KubeObject): Health {
  const transition = textAt(object, "status.modelStatus.transitionStatus");
  const isMoving = transition !== undefined && transition !== "UpToDate";
  if (at(object, "status.conditions") === undefined) {
    return health("Progressing", "Waiting for InferenceService to report status...");
  }
  const lacking = conditionsOf(object)
    .map((condition, index) => ({ ...condition, index }))
    .filter(({ status }) => status !== "True");
  if (!isMoving && !lacking.some(({ status }) => status === "False" || status === "Unknown")) {
    return health("Healthy", "InferenceService is healthy.");
  }
  const told = lacking.map(({ index, type, status, reason, message }) =>
    ["", `${index + 1}: ${type}`, status, reason, message]
      .filter((part, place) => place === 0 || part !== "")
      .join(" | "),
  );
  const message = (isMoving ? `0: transitionStatus | ${transition}` : "") + told.join("");
  return health(isMoving && transition !== "InProgress" ? "Degraded" : "Progressing", message);
}

/** A running Spark application is well when as many executors run as it may have. */
export function sparkHealth(object: KubeObject): Health {
  if (textAt(object, "status.applicationState.state") !== "RUNNING") return assess(SPARK_RULE, object);
  const states = at(object, "status.executorState");
  const running = isJsonObject(states)
    ? Object.values(states).filter((state) => state === "RUNNING").length
    : undefined;
  const isEnough = running !== undefined && isExecutorCount(object, running);
  return isEnough
    ? health("Healthy", "SparkApplication is Running")
    : health("Progressing", "Waiting for Executor pods");
}

function isExecutorCount(object: KubeObject, running: number): boolean {
  const wanted = numberAt(object, "spec.executor.instances");
  if (wanted === running) return true;
  const range = executorRange(object);
  if (range) return running >= range[0] && running <= range[1];
  return wanted === undefined && at(object, "spec.dynamicAllocation") === undefined && running >= 1;
}

function executorRange(object: KubeObject): readonly [min: number, max: number] | undefined {
  const dynamic = "spec.dynamicAllocation";
  if (at(object, `${dynamic}.enabled`) === true) {
    return [numberAt(object, `${dynamic}.minExecutors`) ?? 0, numberAt(object, `${dynamic}.maxExecutors`) ?? Infinity];
  }
  const conf = at(object, "spec.sparkConf");
  if (!isJsonObject(conf)) return undefined;
  const prefix = ["spark.streaming.dynamicAllocation", "spark.dynamicAllocation"].find(
    (name) => conf[`${name}.enabled`] === "true",
  );
  if (prefix === undefined) return undefined;
  return [Number(conf[`${prefix}.minExecutors`] ?? 0), Number(conf[`${prefix}.maxExecutors`] ?? Infinity)];
}

export function spinAppHealth(object: KubeObject): Health {
  if (at(object, "status") === undefined) return health("Progressing", "Waiting for status to be available");
  const conditions = conditionsOf(object);
  const stuck = conditions.find(
    ({ type, status, reason, message }) =>
      type === "Progressing" &&
      status === "False" &&
      (reason === "ProgressDeadlineExceeded" || /timeout|failed/i.test(message)),
  );
  if (stuck) return health("Degraded", stuck.message || "Application deployment has failed");
  const available = conditions.findLast(({ type }) => type === "Available");
  if (available?.status !== "True") {
    return health("Degraded", available ? available.message || "Application is not available" : "");
  }
  const ready = numberAt(object, "status.readyReplicas") ?? 0;
  const wanted = numberAt(object, "spec.replicas") ?? 1;
  if (ready < wanted) return health("Progressing", `Waiting for replicas to be ready (${ready}/${wanted})`);
  const moving = conditions.findLast(({ type, status }) => type === "Progressing" && status === "True");
  if (moving) return health("Progressing", moving.message || "Application progress status");
  return health("Healthy", `Application is healthy with ${ready}/${wanted} replicas ready`);
}
