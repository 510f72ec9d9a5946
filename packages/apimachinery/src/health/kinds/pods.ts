import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "../../object/types.ts";
import { health, type Health } from "../types.ts";
import { annotationOf, at, conditionsOf, listAt, numberAt, objectsAt, textAt } from "../view.ts";

/** Makes a pod that ends by itself count like one that does not; hooks do not listen to it. */
const IGNORE_RESTART_POLICY = "argocd.argoproj.io/ignore-restart-policy";

/**
 * A pod that is to run for ever is degraded as soon as a container cannot start; one that ends (a hook, a Job's pod) is not, since
 * it may yet start and its end decides.
 */
export function podHealth(object: KubeObject): Health {
  const isHook =
    annotationOf(object, "argocd.argoproj.io/hook") !== undefined || annotationOf(object, "helm.sh/hook") !== undefined;
  const policy = textAt(object, "spec.restartPolicy");
  const runsForEver = policy === "Always" || (annotationOf(object, IGNORE_RESTART_POLICY) === "true" && !isHook);
  const message = textAt(object, "status.message") ?? "";
  const containers = objectsAt(object, "status.containerStatuses");
  if (runsForEver) {
    const stuck = containers.filter((container) => isStuck(textAt(container, "state.waiting.reason") ?? ""));
    if (stuck.length > 0) {
      return health("Degraded", stuck.map((container) => textAt(container, "state.waiting.message") ?? "").join(", "));
    }
  }
  switch (textAt(object, "status.phase")) {
    case "Pending":
      return health("Progressing", message);
    case "Succeeded":
      return health("Healthy", message);
    case "Failed":
      return health(
        "Degraded",
        message || failureOf([...objectsAt(object, "status.initContainerStatuses"), ...containers]),
      );
    case "Running":
      if (runsForEver) return runningHealth(object, containers, message);
      return policy === "OnFailure" || policy === "Never" ? health("Progressing", message) : health("Unknown", message);
    default:
      return health("Unknown", message);
  }
}

function runningHealth(object: KubeObject, containers: readonly JsonObject[], message: string): Health {
  const isReady = conditionsOf(object).find(({ type }) => type === "Ready")?.status === "True";
  if (isReady) return health("Healthy", message);
  const hasCrashed = containers.some((container) => isJsonObject(at(container, "lastState.terminated")));
  return health(hasCrashed ? "Degraded" : "Progressing", message);
}

function isStuck(reason: string): boolean {
  return reason.startsWith("Err") || reason.endsWith("Error") || reason.endsWith("BackOff");
}

function failureOf(containers: readonly JsonObject[]): string {
  for (const container of containers) {
    const message = textAt(container, "state.terminated.message");
    if (message) return message;
    if (textAt(container, "state.terminated.reason") === "OOMKilled") return "OOMKilled";
    const code = numberAt(container, "state.terminated.exitCode") ?? 0;
    if (code !== 0) return `container "${textAt(container, "name") ?? ""}" failed with exit code ${code}`;
  }
  return "";
}

export function jobHealth(object: KubeObject): Health {
  const conditions = conditionsOf(object);
  const failed = conditions.findLast(({ type }) => type === "Failed");
  if (failed) return health("Degraded", failed.message);
  const ended = conditions.filter(({ type }) => type === "Complete" || type === "Suspended");
  const message = ended.at(-1)?.message ?? "";
  if (ended.length === 0) return health("Progressing");
  const isSuspended = ended.some(({ type, status }) => type === "Suspended" && status === "True");
  return health(isSuspended ? "Suspended" : "Healthy", message);
}

export function cronJobHealth(object: KubeObject): Health {
  if (at(object, "spec.suspend") === true) return health("Healthy", "CronJob is Suspended");
  if (object["status"] === undefined) return health("Progressing", "Waiting for CronJob");
  const scheduled = textAt(object, "status.lastScheduleTime");
  const succeeded = textAt(object, "status.lastSuccessfulTime");
  if (scheduled === undefined) return health("Healthy", "CronJob has not been scheduled yet");
  if (succeeded === undefined) {
    return health("Healthy", "The CronJob never completed successfully. It may not be healthy");
  }
  if (listAt(object, "status.active").length > 0) {
    return health("Healthy", "The job is running. Its last execution may not have been successful");
  }
  // Times of the API are RFC 3339 in UTC, so their texts compare as the times do.
  return succeeded < scheduled
    ? health("Degraded", "CronJob has not completed its last execution successfully")
    : health("Healthy", "CronJob has completed its last execution successfully");
}
