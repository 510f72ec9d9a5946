import type { KubeObject } from "../../object/types.ts";
import { health, type Health, type HealthStatus } from "../types.ts";
import { annotationOf, at, conditionsOf, numberAt, objectsAt, textAt } from "../view.ts";

/** Operators whose status needs a little arithmetic, as Argo CD's scripts read them. */

const CNPG_PHASES: Readonly<Record<string, HealthStatus>> = {
  "Cluster in healthy state": "Healthy",
  "Setting up primary": "Progressing",
  "Creating a new replica": "Progressing",
  "Upgrading cluster": "Progressing",
  "Waiting for the instances to become active": "Progressing",
  "Promoting to primary cluster": "Progressing",
  "Switchover in progress": "Degraded",
  "Failing over": "Degraded",
  "Upgrading Postgres major version": "Degraded",
  "Cluster upgrade delayed": "Degraded",
  "Waiting for user action": "Degraded",
  "Primary instance is being restarted in-place": "Degraded",
  "Primary instance is being restarted without a switchover": "Degraded",
  "Cluster cannot execute instance online upgrade due to missing architecture binary": "Degraded",
  "Online upgrade in progress": "Degraded",
  "Applying configuration": "Degraded",
  "Unable to create required cluster objects": "Suspended",
  "Cluster cannot proceed to reconciliation due to an unknown plugin being required": "Suspended",
  "Cluster has incomplete or invalid image catalog": "Suspended",
  "Cluster is unrecoverable and needs manual intervention": "Suspended",
};

export function postgresClusterHealth(object: KubeObject): Health {
  if (annotationOf(object, "cnpg.io/reconciliationLoop") === "disabled") {
    return health("Suspended", "Cluster reconciliation is suspended");
  }
  const reason = textAt(object, "status.phaseReason");
  if (at(object, "status.conditions") === undefined) return health("Progressing", reason);
  const hibernation = conditionsOf(object).find(({ type }) => type === "cnpg.io/hibernation");
  if (hibernation) return health(hibernation.status === "True" ? "Suspended" : "Degraded", hibernation.message);
  const phase = textAt(object, "status.phase") ?? "";
  return health((Object.hasOwn(CNPG_PHASES, phase) ? CNPG_PHASES[phase] : undefined) ?? "Unknown", reason);
}

/** What Argo CD adds where a status is none it knows. */
export const ARGO_ASKS =
  "Ensure your ArgoCD is current and then check for/file a bug report: https://github.com/argoproj/argo-cd/issues";

const ELASTIC_HEALTH: Readonly<Record<string, Health>> = {
  green: health("Healthy", "Elasticsearch Cluster status is Green"),
  yellow: health(
    "Progressing",
    "Elasticsearch Cluster status is Yellow. Check the status of indices, replicas and shards",
  ),
  red: health("Degraded", "Elasticsearch Cluster status is Red. Check the status of indices, replicas and shards"),
};
const ELASTIC_PHASES: Readonly<Record<string, HealthStatus>> = {
  ApplyingChanges: "Progressing",
  MigratingData: "Progressing",
  Invalid: "Degraded",
};

export function elasticsearchHealth(object: KubeObject): Health {
  const available = numberAt(object, "status.availableNodes");
  const wanted = objectsAt(object, "spec.nodeSets").reduce((sum, set) => sum + (numberAt(set, "count") ?? 0), 0);
  if (available !== undefined && available < wanted) {
    const message = `The desired amount of availableNodes is ${wanted} but the current amount is ${available}`;
    return health("Progressing", message);
  }
  const phase = textAt(object, "status.phase") ?? "";
  const colour = textAt(object, "status.health");
  const known = phase === "Ready" && colour !== undefined && Object.hasOwn(ELASTIC_HEALTH, colour);
  if (available === wanted && known) return ELASTIC_HEALTH[colour] ?? health("Unknown");
  if (available === wanted && colour !== undefined && Object.hasOwn(ELASTIC_PHASES, phase)) {
    return health(ELASTIC_PHASES[phase] ?? "Unknown", `Elasticsearch phase is ${phase}`);
  }
  return health("Unknown", `Elasticsearch Cluster status is unknown. ${ARGO_ASKS}`);
}

export function collectorHealth(object: KubeObject): Health {
  const waiting = "Waiting for OpenTelemetry Collector status";
  if (at(object, "status") === undefined) return health("Progressing", waiting);
  const mode = textAt(object, "spec.mode");
  const replicas = at(object, "status.scale.statusReplicas");
  if (replicas === undefined) {
    return mode === "sidecar"
      ? health("Healthy", "Collector is running in sidecar mode")
      : health("Progressing", "Scale status not available");
  }
  const match = typeof replicas === "string" ? /(\d+)\/(\d+)/.exec(replicas) : null;
  if (!match) return health("Progressing", `Unable to parse replica status: ${String(replicas)}`);
  const [ready, total] = [Number(match[1]), Number(match[2])];
  if (ready === 0) {
    return mode === "daemonset" && total === 0
      ? health("Healthy", "DaemonSet has no eligible nodes (0/0)")
      : health("Degraded", "No replicas are ready");
  }
  return ready === total
    ? health("Healthy", "All replicas are ready")
    : health("Progressing", "Replicas are starting up");
}

export function virtualMachineHealth(object: KubeObject): Health {
  let found = health("Progressing", "No status available");
  for (const { type, status } of conditionsOf(object)) {
    if (type === "Paused" && status === "True") return health("Suspended", "Paused");
    if (type !== "Ready") continue;
    if (status === "True") found = health("Healthy", "Running");
    else if (at(object, "status.created") === true) found = health(found.status, "Starting");
    else found = health("Suspended", "Stopped");
  }
  return health(found.status, textAt(object, "status.printableStatus") ?? found.message);
}

export function machineHealthCheckHealth(object: KubeObject): Health {
  const current = numberAt(object, "status.currentHealthy");
  if (current === undefined) return health("Progressing");
  return health(current === numberAt(object, "status.expectedMachines") ? "Healthy" : "Degraded");
}

/** Conditions in a line, `Reason for Type because message`; the first False ends it. */
export function grafanaPartHealth(object: KubeObject): Health {
  let status: HealthStatus = "Progressing";
  const parts: string[] = [];
  for (const condition of conditionsOf(object)) {
    const { type, reason, message } = condition;
    parts.push([reason, type && ` for ${type}`, message && ` because ${message}`].join(""));
    if (condition.status === "False") return health("Degraded", parts.join(", "));
    if (condition.status === "True") status = "Healthy";
  }
  return health(status, parts.join(", "));
}

export function managedCertificateHealth(object: KubeObject): Health {
  const hasFailed = objectsAt(object, "status.domainStatus").some(({ status }) => status === "FailedNotVisible");
  if (hasFailed) return health("Degraded", "At least one certificate has failed to be provisioned");
  return textAt(object, "status.certificateStatus") === "Active"
    ? health("Healthy", "All certificates are active")
    : health("Progressing", "At least one certificate is still being provisioned");
}
