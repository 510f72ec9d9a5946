import type { KubeObject } from "../../object/types.ts";
import { health, type Health } from "../types.ts";
import { at, type Condition, conditionsOf } from "../view.ts";

/** Crossplane and Knative, whose kinds need more than a table, as Argo CD's scripts read them. */

const CROSSPLANE_WITHOUT_STATUS: ReadonlySet<string> = new Set([
  "Composition",
  "CompositionRevision",
  "DeploymentRuntimeConfig",
  "ClusterProviderConfig",
  "ProviderConfig",
  "ProviderConfigUsage",
  "ControllerConfig",
]);
const CROSSPLANE_READY: ReadonlySet<string> = new Set([
  "Ready",
  "Healthy",
  "Offered",
  "Established",
  "ValidPipeline",
  "RevisionHealthy",
]);

export function crossplaneHealth(object: KubeObject): Health {
  const status = at(object, "status");
  const isEmpty = typeof status !== "object" || status === null || Object.keys(status).length === 0;
  if (isEmpty) {
    return CROSSPLANE_WITHOUT_STATUS.has(object.kind)
      ? health("Healthy", "Resource is up-to-date.")
      : health("Progressing", "Provisioning ...");
  }
  const isConfig = object.kind === "ProviderConfig" || object.kind === "ClusterProviderConfig";
  const conditions = conditionsOf(object);
  if (at(object, "status.conditions") === undefined && isConfig && at(object, "status.users") !== undefined) {
    return health("Healthy", "Resource is in use.");
  }
  const fault = conditions.find(
    ({ type, status: value }) => (type === "LastAsyncOperation" || type === "Synced") && value === "False",
  );
  if (fault) return health("Degraded", fault.message);
  const isReady = conditions.some(({ type, status: value }) => CROSSPLANE_READY.has(type) && value === "True");
  return isReady ? health("Healthy", "Resource is up-to-date.") : health("Progressing", "Provisioning ...");
}

/** How the older AWS provider's kinds are called where their own name isn't it. */
const AWS_NAMES: Readonly<Record<string, string>> = {
  Distribution: "distribution",
  // As Argo CD has it, letter by letter.
  ResourceRecordSet: "resourcrecordset",
};

/** The older AWS provider: ready and synced, or paused. */
export function awsCrossplaneHealth(object: KubeObject): Health {
  const name = AWS_NAMES[object.kind] ?? object.kind;
  if (at(object, "status.conditions") === undefined) return health("Progressing", `Waiting for ${name} to be created`);
  const conditions = conditionsOf(object);
  const ready = conditions.findLast(({ type }) => type === "Ready");
  const synced = conditions.findLast(({ type }) => type === "Synced");
  const isPaused = synced?.reason === "ReconcilePaused";
  if (synced?.status === "True") {
    if (ready?.status === "True") return health("Healthy", ready.reason);
    if (!isPaused) return health("Progressing", `Waiting for ${name} to be available`);
  }
  if (isPaused) return health("Suspended", synced.reason);
  return health("Degraded", synced?.reason === "ReconcileError" ? synced.message : undefined);
}

/** Packages: Provider, Configuration and Function are installed and then healthy. */
export function crossplanePackageHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) {
    return health("Progressing", `Waiting for ${object.kind.toLowerCase()} to be installed`);
  }
  const installed = conditions.find(({ type }) => type === "Installed");
  const healthy = conditions.find(({ type }) => type === "Healthy");
  const message = [installed?.reason ?? "", healthy?.reason ?? ""].join(" ").trim();
  const isWell = installed?.status === "True" && healthy?.status === "True";
  return health(isWell ? "Healthy" : "Degraded", message);
}

const KNATIVE_PARTS: ReadonlySet<string> = new Set(["ConfigurationsReady", "RoutesReady", "Ready"]);

export function knativeServiceHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  if (at(object, "status.conditions") === undefined) return health("Progressing", "Waiting for status update.");
  const lacking = conditions.filter(({ status }) => status === "False" || status === "Unknown");
  const ready = conditions.filter(({ type, status }) => status === "True" && KNATIVE_PARTS.has(type));
  if (lacking.length === 0 && ready.length === KNATIVE_PARTS.size) {
    return health("Healthy", "Knative Service is healthy.");
  }
  const message = lacking.map((condition) => `${sentence(condition)}\n`).join("");
  return health(lacking.some(({ status }) => status === "False") ? "Degraded" : "Progressing", message);
}

function sentence({ type, status, reason, message }: Condition): string {
  return `${type} is ${status}${reason ? `, since ${reason}.` : ""}${message ? ` ${message}` : ""}`;
}

/** Parts that must be True, and those whose False means that it is still on the way. */
const KNATIVE_OPERATOR: Readonly<
  Record<string, { readonly all: readonly string[]; readonly pending: readonly string[] }>
> = {
  KnativeEventing: { all: ["Ready", "InstallSucceeded"], pending: ["Ready"] },
  KnativeServing: {
    all: ["Ready", "InstallSucceeded", "DependenciesInstalled", "DeploymentsAvailable"],
    pending: ["Ready", "DeploymentsAvailable"],
  },
};

export function knativeOperatorHealth(object: KubeObject): Health {
  const parts = KNATIVE_OPERATOR[object.kind];
  if (!parts || at(object, "status.conditions") === undefined) {
    return health("Progressing", `Waiting for ${object.kind}`);
  }
  const conditions = conditionsOf(object);
  const listed = conditions.map(({ type, status }, index) => `${index + 1}: ${type} | ${status}\n`).join("");
  const isPending = conditions.some(
    ({ type, status }) => status === "Unknown" || (status === "False" && parts.pending.includes(type)),
  );
  if (isPending) return health("Progressing", listed);
  const isWell = parts.all.every((part) => conditions.some(({ type, status }) => type === part && status === "True"));
  return isWell ? health("Healthy", `${object.kind} is healthy.`) : health("Degraded", listed);
}
