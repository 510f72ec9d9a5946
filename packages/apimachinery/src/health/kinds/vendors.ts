import { isJsonObject } from "@fairlead/base";
import type { KubeObject } from "../../object/types.ts";
import { health, type Health } from "../types.ts";
import { at, conditionsOf, numberAt, objectsAt, textAt } from "../view.ts";

/** Kinds of vendors whose parts are gone through one by one, as Argo CD's scripts do. */

/** Every cluster that a resource was bound to has to have told how it is there. */
export function karmadaBindingHealth(object: KubeObject): Health {
  const clusters = objectsAt(object, "spec.clusters");
  const told = objectsAt(object, "status.aggregatedStatus");
  if (clusters.length === 0 || clusters.length !== told.length) {
    return health("Progressing", "Current resource status is insufficient");
  }
  const isUnwell = told.some(
    (item) => item["health"] === "Unhealthy" || (item["health"] === "Unknown" && item["applied"] !== true),
  );
  return isUnwell ? health("Degraded", "Current resource status is unhealthy") : health("Healthy");
}

/** The parts that don't comply, by name. */
export function policyHealth(object: KubeObject): Health {
  const waiting = health("Progressing", "Waiting for the status to be reported");
  const compliant = textAt(object, "status.compliant");
  const perCluster = at(object, "status.status");
  if (compliant === undefined) {
    const isPlaced = perCluster === undefined && objectsAt(object, "status.placement").length > 0;
    return isPlaced ? health("Healthy", "No clusters match this policy") : waiting;
  }
  const [noun, path, name] =
    perCluster === undefined
      ? ["templates", "status.details", "templateMeta.name"]
      : ["clusters", "status.status", "clustername"];
  const lacking = objectsAt(object, path)
    .filter((entry) => entry["compliant"] !== "Compliant")
    .map((entry) => textAt(entry, name) ?? "");
  const isTold = at(object, path) !== undefined;
  const message = lacking.length === 0 ? `All ${noun} are compliant` : `NonCompliant ${noun}: ${lacking.join(", ")}`;
  return health(compliant === "Compliant" ? "Healthy" : "Degraded", isTold ? message : undefined);
}

export function configurationPolicyHealth(object: KubeObject): Health {
  const compliant = textAt(object, "status.compliant");
  if (compliant === undefined) return health("Progressing", "Waiting for the status to be reported");
  if (numberAt(object, "status.lastEvaluatedGeneration") !== numberAt(object, "metadata.generation")) {
    return health("Progressing", "Waiting for the status to be updated");
  }
  if (at(object, "status.compliancyDetails") === undefined) return health("Progressing", "Waiting for compliance");
  const told = objectsAt(object, "status.compliancyDetails")
    .flatMap((detail) => objectsAt(detail, "conditions"))
    .flatMap(({ type, message }) =>
      typeof type === "string" && typeof message === "string" ? [`${type} - ${message}`] : [],
    );
  return health(compliant === "Compliant" ? "Healthy" : "Degraded", told.join("; "));
}

export function solrHealth(object: KubeObject): Health {
  if (at(object, "status.solrNodes") === undefined) return health("Progressing", "Waiting for solr to exist");
  const isReady = objectsAt(object, "status.solrNodes").every((node) => node["ready"] === true);
  return isReady ? health("Healthy", "Solr is ready") : health("Progressing", "Not all replicas are ready");
}

export function cassandraHealth(object: KubeObject): Health {
  const racks = at(object, "status.racks");
  const isWhole =
    isJsonObject(racks) &&
    Object.values(racks).every((rack) => {
      const [members, ready] = [numberAt(rack, "members"), numberAt(rack, "readyMembers")];
      return members === undefined || ready === undefined || members === ready;
    });
  return isWhole ? health("Healthy") : health("Progressing", "Waiting for Cassandra Cluster");
}

const POOL_PHASES: Readonly<Record<string, Health["status"]>> = {
  Running: "Healthy",
  Scaling: "Healthy",
  Failed: "Degraded",
  Unknown: "Degraded",
};

/** The phase, and after it every condition that is False. */
export function machinePoolHealth(object: KubeObject): Health {
  const phase = textAt(object, "status.phase");
  const lacking = conditionsOf(object)
    .filter(({ status }) => status === "False")
    .map(({ type, raw }) => `Not ${type}${typeof raw["reason"] === "string" ? ` (${raw["reason"]})` : ""}`);
  const status = (phase !== undefined && Object.hasOwn(POOL_PHASES, phase) && POOL_PHASES[phase]) || "Progressing";
  const told = lacking.length > 0 ? `: ${lacking.join(", ")}` : "";
  return health(status, `${phase === undefined ? "" : `MachinePool is ${phase}`}${told}`);
}

/** Ready, or else the errors that its conditions tell. */
export function awsControlPlaneHealth(object: KubeObject): Health {
  if (at(object, "status.conditions") === undefined) return health("Progressing", "Provisioning...");
  const conditions = conditionsOf(object);
  if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) {
    return health("Healthy", "Control plane is ready");
  }
  const errors = conditions.filter(({ status, raw }) => status === "False" && raw["severity"] === "Error");
  if (errors.length > 0) return health("Degraded", errors.map(({ message }) => `${message} `).join(""));
  const isSaid = at(object, "status.ready") === false;
  return health("Progressing", `Control plane is not ready${isSaid ? " (.status.ready is false)" : ""}`);
}

/** The first condition that is False decides; else the last one speaks. Backups say the reason too. */
export function mariaHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  const isBackup = object.kind === "Backup";
  const found = conditions.find(({ status }) => status === "False") ?? conditions.at(-1);
  if (!found) {
    const isTold = at(object, "status.conditions") !== undefined;
    return isTold ? health("Healthy") : health("Progressing", "No status info available");
  }
  const { status, reason, message } = found;
  const hasFailed = isBackup ? reason === "CronJobScheduled" && message === "Failed" : reason === "Failed";
  const told = isBackup ? `${reason} ${message}` : message;
  return health(status === "False" ? (hasFailed ? "Degraded" : "Progressing") : "Healthy", told);
}

const BROKER_DONE: ReadonlySet<unknown> = new Set(["GracefulUpscaleSucceeded", "GracefulDownscaleSucceeded"]);

export function kafkaClusterHealth(object: KubeObject): Health {
  const waiting = health("Progressing", "Waiting for KafkaCluster");
  const state = textAt(object, "status.state");
  if (state === "ClusterRollingUpgrading") return health("Progressing", "Kafka Cluster is Rolling Upgrading.");
  const brokers = at(object, "status.brokersState");
  if (!isJsonObject(brokers)) return waiting;
  const isInSync = Object.values(brokers).every(
    (broker) =>
      at(broker, "configurationState") === "ConfigInSync" &&
      BROKER_DONE.has(at(broker, "gracefulActionState.cruiseControlState")),
  );
  if (!isInSync) return health("Degraded", "Broker Config is out of Sync or CruiseControlState is not Ready");
  const topic = textAt(object, "status.cruiseControlTopicStatus") ?? "CruiseControlTopicNotReady";
  if (topic === "CruiseControlTopicReady" && state === "ClusterRunning") {
    return health("Healthy", "Kafka Brokers, CruiseControl and cluster are in Healthy State.");
  }
  const isReconciling = topic === "CruiseControlTopicNotReady" && state === "ClusterReconciling";
  return isReconciling ? health("Progressing", "Kafka Cluster is Reconciling.") : waiting;
}

const ROLE_FAULTS: ReadonlySet<unknown> = new Set([
  "Error",
  "RolesMaxLimitReached",
  "PolicyNotAllowed",
  "RoleNameNotAvailable",
]);

export function iamRoleHealth(object: KubeObject): Health {
  const state = at(object, "status.state");
  const [name, arn, id] = ["roleName", "roleARN", "roleID"].map((key) => textAt(object, `status.${key}`) ?? "<none>");
  if (state === "Ready") return health("Healthy", `Role '${name}' exists with ARN '${arn}' and ID '${id}'.`);
  if (!ROLE_FAULTS.has(state)) return health("Progressing", "Waiting for Iamrole to be reconciled");
  const retries = numberAt(object, "status.retryCount") ?? 0;
  const retry = retries > 0 ? `(retry ${retries}) ` : "";
  const reason = textAt(object, "status.errorDescription");
  const told = reason === undefined ? "" : ` Reconciliation error was: ${reason}`;
  return health(
    "Degraded",
    `Failed to reconcile the Iamrole ${retry}for role '${name}' with ARN '${arn}' and ID '${id}'.${told}`,
  );
}

/** The external secrets of before External Secrets. */
export function legacyExternalSecretHealth(object: KubeObject): Health {
  const status = textAt(object, "status.status") ?? "";
  if (status === "SUCCESS") return health("Healthy", "Fetched ExternalSecret.");
  return status.startsWith("ERROR")
    ? health("Degraded", status.replaceAll("ERROR, ", ""))
    : health("Progressing", "Waiting for ExternalSecret.");
}

/** What numaplane's kinds differ in; the controller's own rollout knows no progressive upgrade. */
const NUMAPLANE: Readonly<Record<string, { failure?: string; pausing?: string; noun: string }>> = {
  PipelineRollout: { failure: "PipelineFailed", pausing: "PipelinePausingOrPaused", noun: "Pipeline " },
  MonoVertexRollout: { failure: "MonoVertexFailed", pausing: "MonoVertexPausingOrPaused", noun: "MonoVertex " },
  ISBServiceRollout: { failure: "ISBSvcFailed", noun: "" },
};

export function numaplaneHealth(object: KubeObject): Health {
  const { failure, pausing, noun } = NUMAPLANE[object.kind] ?? { noun: "" };
  const conditions = conditionsOf(object);
  const find = (type: string, status: string): (typeof conditions)[number] | undefined =>
    conditions.find((condition) => condition.type === type && condition.status === status);
  const isNew = numberAt(object, "metadata.generation") !== numberAt(object, "status.observedGeneration");
  if (at(object, "status") === undefined || isNew) return health("Progressing", "Not yet reconciled");
  const hasUpgradeFailed = failure !== undefined && find("ProgressiveUpgradeSucceeded", "False") !== undefined;
  const phase = at(object, "status.phase");
  const isUpgrading = (at(object, "status.upgradeInProgress") ?? "") !== "" || phase === "Pending";
  if (isUpgrading && !hasUpgradeFailed) return health("Progressing", "Update in progress");
  const lacking = find("ChildResourcesHealthy", "False");
  if (lacking?.reason === "Progressing") return health("Progressing", "Child Progressing");
  if (phase === "Failed") return health("Degraded", textAt(object, "status.message"));
  if (lacking && (failure === undefined || lacking.reason === failure)) return health("Degraded", lacking.message);
  if (hasUpgradeFailed) return health("Degraded", "Progressive upgrade failed");
  const paused = pausing === undefined ? undefined : find(pausing, "True");
  if (paused) return health("Healthy", paused.message);
  return find("ChildResourcesHealthy", "True")
    ? health("Healthy", "Healthy")
    : health("Unknown", `Unknown ${noun}status`);
}

/** Gloo's kinds: the state is a name or its number, one for each namespace or one for all. */
export function soloHealth(object: KubeObject): Health {
  const perNamespace = at(object, "status.statuses");
  const parts: unknown[] = isJsonObject(perNamespace) ? Object.values(perNamespace) : [];
  for (const part of [...parts, at(object, "status")]) {
    const found = soloState(part);
    if (found) return found;
  }
  return health("Progressing", "Update in progress");
}

function soloState(part: unknown): Health | undefined {
  switch (at(part, "state")) {
    case "Accepted":
    case 1:
      return health("Healthy", "The resource has been validated");
    case "Pending":
    case 0:
      return health("Suspended", "The resource has not yet been validated");
    case "Warning":
    case "Rejected":
    case 2:
    case 3:
      return health("Degraded", textAt(part, "reason"));
    default:
      return undefined;
  }
}
