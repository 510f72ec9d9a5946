import type { KubeObject } from "../../object/types.ts";
import { health, type Health, type HealthStatus } from "../types.ts";
import { annotationOf, at, conditionsOf, listAt, numberAt, objectsAt, textAt } from "../view.ts";

const STATUSES: ReadonlySet<string> = new Set([
  "Healthy",
  "Progressing",
  "Degraded",
  "Suspended",
  "Missing",
  "Unknown",
]);

/**
 * An Application is as healthy as it says. Argo CD has had no such check by default since 1.8, which lets waves of an app of apps
 * run ahead of their children (facts/argocd.md §1.5); Fairlead has it, as most installations configure it.
 */
export function applicationHealth(object: KubeObject): Health {
  const status = textAt(object, "status.health.status");
  if (status === undefined || !STATUSES.has(status)) return health("Progressing");
  return health(status as HealthStatus, textAt(object, "status.health.message"));
}

/** Rollouts since 1.0 say their phase; for older ones it is worked out as Argo CD's script does. */
export function rolloutHealth(object: KubeObject): Health {
  if (!isRolloutObserved(object)) return health("Progressing", "Waiting for rollout spec update to be observed");
  const phase = textAt(object, "status.phase");
  if (phase !== undefined) {
    const status = phase === "Paused" ? "Suspended" : STATUSES.has(phase) ? (phase as HealthStatus) : "Unknown";
    return health(status, textAt(object, "status.message"));
  }
  const fault = conditionsOf(object).find(
    ({ type, reason }) =>
      type === "InvalidSpec" ||
      (type === "Progressing" && (reason === "RolloutAborted" || reason === "ProgressDeadlineExceeded")),
  );
  if (fault) return health("Degraded", fault.message);
  if (listAt(object, "status.pauseConditions").length > 0 || at(object, "spec.paused") === true) {
    return health("Suspended", "Rollout is paused");
  }
  return unphasedRolloutHealth(object);
}

function unphasedRolloutHealth(object: KubeObject): Health {
  const current = textAt(object, "status.currentPodHash");
  if (current === undefined) {
    return health("Progressing", "Waiting for rollout to finish: status has not been reconciled.");
  }
  const updated = numberAt(object, "status.updatedReplicas") ?? 0;
  const progress = (what: string): Health => health("Progressing", `Waiting for roll out to finish: ${what}`);
  if (updated < (numberAt(object, "spec.replicas") ?? 1)) return progress("More replicas need to be updated");
  if ((numberAt(object, "status.availableReplicas") ?? 0) < updated) {
    return progress("updated replicas are still becoming available");
  }
  // Before 0.8 the stable hash was in status.canary, and a blue-green rollout had none.
  const stable = textAt(object, "status.stableRS") ?? textAt(object, "status.canary.stableRS") ?? "";
  if (at(object, "spec.strategy.blueGreen") !== undefined) {
    if (textAt(object, "status.blueGreen.activeSelector") !== current) {
      return health("Progressing", "active service cutover pending");
    }
    return stable !== "" && stable !== current
      ? health("Progressing", "waiting for analysis to complete")
      : health("Healthy");
  }
  if (at(object, "spec.strategy.canary") === undefined) return health("Healthy");
  if ((numberAt(object, "status.replicas") ?? 0) > updated) return progress("old replicas are pending termination");
  return stable !== current ? health("Progressing", "Waiting for rollout to finish steps") : health("Healthy");
}

/** observedGeneration is a text; before 0.10 it was a hash, which is taken as seen. A referenced workload counts too. */
function isRolloutObserved(object: KubeObject): boolean {
  if (at(object, "status") === undefined) return false;
  const generation = numberAt(object, "metadata.generation") ?? 0;
  const observed = toNumber(at(object, "status.observedGeneration"));
  if (observed !== undefined && observed <= generation && observed !== generation) return false;
  if (at(object, "spec.workloadRef") === undefined || object.metadata.annotations === undefined) return true;
  const workload = toNumber(annotationOf(object, "rollout.argoproj.io/workload-generation"));
  return workload === toNumber(at(object, "status.workloadObservedGeneration"));
}

function toNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && !Number.isNaN(number) ? number : undefined;
}

const CANARY_PHASES: Readonly<Record<string, HealthStatus>> = {
  Failed: "Degraded",
  Progressing: "Progressing",
  Finalising: "Progressing",
  Promoting: "Progressing",
  Succeeded: "Healthy",
  Initialized: "Healthy",
};

/** Flagger's Canary: phase, weight and the conditions' messages in one line. */
export function canaryHealth(object: KubeObject): Health {
  if (at(object, "status") === undefined) return health("Unknown", "No status");
  const phase = textAt(object, "status.phase") ?? "";
  const weight = toNumber(at(object, "status.canaryWeight")) ?? 0;
  const parts = [
    ...(weight > 0 ? [`Canary Weight: ${weight} %`] : []),
    ...conditionsOf(object).map(({ message }) => message),
  ];
  const status = Object.hasOwn(CANARY_PHASES, phase) ? CANARY_PHASES[phase] : undefined;
  return health(status ?? "Unknown", [phase, parts.join(" --- ")].join(" --- "));
}

/**
 * The kinds of GitOps Promoter: reconciled first, then what its environments' gates say, then whether a commit is on its way. The
 * long sentences of Argo CD's scripts are shortened.
 */
export function promoterHealth(object: KubeObject): Health {
  const { kind } = object;
  const ready = conditionsOf(object).find(({ type }) => type === "Ready" || type === "Reconciled");
  if (!ready) return health("Progressing", `${kind} is not ready yet`);
  const generation = numberAt(object, "metadata.generation");
  const seen = ready.observedGeneration;
  if (seen !== undefined && generation !== undefined && seen !== generation) {
    return health("Progressing", `Waiting for ${kind} spec update to be observed`);
  }
  if (ready.status === "False") return health("Degraded", `${kind} reconciliation failed: ${ready.message}`);
  if (ready.status === "Unknown") return health("Progressing", `${kind} readiness unknown: ${ready.message}`);
  const environments = objectsAt(object, "status.environments");
  for (const [phase, status] of [
    ["failure", "Degraded"],
    ["pending", "Progressing"],
  ] as const) {
    const branches = environments.filter((environment) => environment["phase"] === phase);
    const named = branches.map((environment) => textAt(environment, "branch") ?? "").join(", ");
    if (branches.length > 0) return health(status, `${kind} is ${phase} for branch(es): ${named}`);
  }
  const moving = environments.find(
    (environment) => textAt(environment, "proposed.dry.sha") !== textAt(environment, "active.dry.sha"),
  );
  if (moving) return health("Progressing", `Promotion in progress for environment '${textAt(moving, "branch") ?? ""}'`);
  return health("Healthy", ready.message);
}
