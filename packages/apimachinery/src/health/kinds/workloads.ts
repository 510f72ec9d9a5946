import type { KubeObject } from "../../object/types.ts";
import { health, type Health } from "../types.ts";
import { at, conditionsOf, numberAt, textAt } from "../view.ts";

/** Workloads of apps/v1, in the words of gitops-engine's health package, which took its order of questions from kubectl. */

export function deploymentHealth(object: KubeObject): Health {
  if (at(object, "spec.paused") === true) return health("Suspended", "Deployment is paused");
  const { generation = 0, name = "" } = object.metadata;
  if (generation > count(object, "observedGeneration")) {
    return waiting("observed deployment generation less than desired generation");
  }
  const desired = numberAt(object, "spec.replicas");
  const updated = count(object, "updatedReplicas");
  const all = count(object, "replicas");
  const available = count(object, "availableReplicas");
  if (conditionsOf(object).find(({ type }) => type === "Progressing")?.reason === "ProgressDeadlineExceeded") {
    return health("Degraded", `Deployment "${name}" exceeded its progress deadline`);
  }
  if (desired !== undefined && updated < desired) {
    return waiting(`${updated} out of ${desired} new replicas have been updated...`);
  }
  if (all > updated) return waiting(`${all - updated} old replicas are pending termination...`);
  if (available < updated) return waiting(`${available} of ${updated} updated replicas are available...`);
  return health("Healthy");
}

export function replicaSetHealth(object: KubeObject): Health {
  const { generation = 0 } = object.metadata;
  if (generation > count(object, "observedGeneration")) {
    return waiting("observed replica set generation less than desired generation");
  }
  const failure = conditionsOf(object).find(({ type }) => type === "ReplicaFailure");
  if (failure?.status === "True") return health("Degraded", failure.message);
  const desired = numberAt(object, "spec.replicas");
  const available = count(object, "availableReplicas");
  if (desired !== undefined && available < desired) {
    return waiting(`${available} out of ${desired} new replicas are available...`);
  }
  return health("Healthy");
}

export function daemonSetHealth(object: KubeObject): Health {
  const { generation = 0, name = "" } = object.metadata;
  if (generation > count(object, "observedGeneration")) {
    return waiting("observed daemon set generation less than desired generation");
  }
  const desired = count(object, "desiredNumberScheduled");
  const updated = count(object, "updatedNumberScheduled");
  const available = count(object, "numberAvailable");
  if (textAt(object, "spec.updateStrategy.type") === "OnDelete") {
    return health("Healthy", `daemon set ${updated} out of ${desired} new pods have been updated`);
  }
  const prefix = `Waiting for daemon set "${name}" rollout to finish:`;
  if (updated < desired) {
    return health("Progressing", `${prefix} ${updated} out of ${desired} new pods have been updated...`);
  }
  if (available < desired) {
    return health("Progressing", `${prefix} ${available} of ${desired} updated pods are available...`);
  }
  return health("Healthy");
}

export function statefulSetHealth(object: KubeObject): Health {
  const { generation = 0 } = object.metadata;
  const observed = count(object, "observedGeneration");
  if (observed === 0 || generation > observed) {
    return health("Progressing", "Waiting for statefulset spec update to be observed...");
  }
  const desired = numberAt(object, "spec.replicas");
  const ready = count(object, "readyReplicas");
  const updated = count(object, "updatedReplicas");
  if (desired !== undefined && ready < desired) {
    return health("Progressing", `Waiting for ${desired - ready} pods to be ready...`);
  }
  const strategy = textAt(object, "spec.updateStrategy.type");
  if (strategy === "RollingUpdate" && at(object, "spec.updateStrategy.rollingUpdate")) {
    const partition = numberAt(object, "spec.updateStrategy.rollingUpdate.partition");
    if (desired !== undefined && partition !== undefined && updated < desired - partition) {
      const progress = `${updated} out of ${desired - partition} new pods have been updated...`;
      return health("Progressing", `Waiting for partitioned roll out to finish: ${progress}`);
    }
    return health("Healthy", `partitioned roll out complete: ${updated} new pods have been updated...`);
  }
  if (strategy === "OnDelete") return health("Healthy", `statefulset has ${ready} ready pods`);
  const current = textAt(object, "status.currentRevision") ?? "";
  const update = textAt(object, "status.updateRevision") ?? "";
  if (update !== current) {
    const progress = `${updated} pods at revision ${update}...`;
    return health("Progressing", `waiting for statefulset rolling update to complete ${progress}`);
  }
  const pods = `${count(object, "currentReplicas")} pods at revision ${current}...`;
  return health("Healthy", `statefulset rolling update complete ${pods}`);
}

function waiting(what: string): Health {
  return health("Progressing", `Waiting for rollout to finish: ${what}`);
}

function count(object: KubeObject, field: string): number {
  return numberAt(object, `status.${field}`) ?? 0;
}
