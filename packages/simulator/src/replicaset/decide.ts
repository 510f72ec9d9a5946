import { controllerReference, type KubeObject } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";
import { withCondition, withoutCondition, findCondition } from "../api/conditions.ts";
import { isActive, isAvailable, isReady, isTerminating, nextAvailableAt } from "../api/pods.ts";
import type { Pod, PodTemplate, ReplicaSet, ReplicaSetStatus } from "../api/types.ts";
import { type Action, type Decision, statusAction } from "../engine/action.ts";
import { deletionOrder } from "./deletion-order.ts";

/** Pods created or deleted in one pass; the rest follow in the next. The real controller's burst. */
const BURST_PODS_MAX = 500;

export interface ReplicaSetFacts {
  readonly set: ReplicaSet;
  /** The pods it controls, whatever their phase. */
  readonly pods: readonly Pod[];
  /** Ready pods of the set's siblings per node, for choosing which pod goes first. */
  readonly nowMs: number;
  /** What the server said when pods could not be created in the last pass. */
  readonly failure?: string | undefined;
}

/** Keeps as many pods as asked for, and counts them. */
export function decideReplicaSet(facts: ReplicaSetFacts): Decision {
  const { set, pods, nowMs } = facts;
  const active = pods.filter(isActive);
  const actions = set.metadata.deletionTimestamp === undefined ? podActions(set, active) : [];
  return {
    actions: [...actions, ...statusAction(set, replicaSetStatus(facts))],
    wakeAtMs: nextAvailableAt(active, set.spec.minReadySeconds ?? 0, nowMs),
  };
}

function podActions(set: ReplicaSet, active: readonly Pod[]): Action[] {
  const missing = (set.spec.replicas ?? 1) - active.length;
  if (missing > 0)
    return Array.from({ length: Math.min(missing, BURST_PODS_MAX) }, () => createPod(set, set.spec.template));
  return deletionOrder(active)
    .slice(0, Math.min(-missing, BURST_PODS_MAX))
    .map((pod) => deletePod(set, pod));
}

/** A pod of a template, controlled by `owner`, named by the server. */
function createPod(owner: KubeObject, template: PodTemplate, changes: Partial<KubeObject> = {}): Action {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const object: KubeObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${owner.metadata.name}-`,
      ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
      ...changes.metadata,
    },
    spec: (changes["spec"] as JsonObject | undefined) ?? template.spec,
  };
  return {
    do: "create",
    object,
    created: { about: owner, type: "Normal", reason: "SuccessfulCreate", message: "Created pod: {name}" },
    failed: { about: owner, type: "Warning", reason: "FailedCreate", message: "Error creating: {error}" },
  };
}

export function deletePod(owner: KubeObject, pod: Pod): Action {
  const message = `Deleted pod: ${pod.metadata.name}`;
  return { do: "delete", object: pod, deleted: { about: owner, type: "Normal", reason: "SuccessfulDelete", message } };
}

function replicaSetStatus({ set, pods, nowMs, failure }: ReplicaSetFacts): ReplicaSetStatus {
  const active = pods.filter(isActive);
  const ready = active.filter(isReady);
  const template = set.spec.template.metadata?.labels ?? {};
  const isLabelled = ({ metadata }: Pod): boolean =>
    Object.entries(template).every(([key, value]) => metadata.labels?.[key] === value);
  const conditions = set.status?.conditions ?? [];
  const hadFailure = findCondition(conditions, "ReplicaFailure") !== undefined;
  const excess = active.length - (set.spec.replicas ?? 1);
  const written =
    failure !== undefined && !hadFailure
      ? withCondition(
          conditions,
          {
            type: "ReplicaFailure",
            status: "True",
            reason: excess < 0 ? "FailedCreate" : "FailedDelete",
            message: failure,
          },
          nowMs,
          { update: false },
        )
      : failure === undefined && hadFailure
        ? withoutCondition(conditions, "ReplicaFailure")
        : conditions;
  return {
    replicas: active.length,
    ...count("fullyLabeledReplicas", active.filter(isLabelled).length),
    ...count("readyReplicas", ready.length),
    ...count("availableReplicas", ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)).length),
    terminatingReplicas: pods.filter(isTerminating).length,
    observedGeneration: set.metadata.generation ?? 1,
    ...(written.length > 0 ? { conditions: written } : {}),
  };
}

/** Counts of zero are left out, as Go's omitempty leaves them. */
export function count(field: string, value: number): Record<string, number> {
  return value === 0 ? {} : { [field]: value };
}
