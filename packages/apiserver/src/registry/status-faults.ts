import { validateMetadataUpdate, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import type { FieldFault } from "../http/status.ts";
import { faultOf, validate } from "./machinery.ts";
import type { Resource } from "./types.ts";

/** What the numbers in a kind's status must keep to, told when the status subresource is written. */
interface StatusRules {
  /** None is below zero; in the order in which kube-apiserver tells them. */
  readonly counts: string;
  /** None is above `replicas`. */
  readonly parts?: string;
  /** How the field is named that `availableReplicas` may not exceed. */
  readonly ready?: string;
  /** Whether `collisionCount` only grows. */
  readonly collides?: boolean;
}

const REPLICAS: StatusRules = {
  counts: "replicas fullyLabeledReplicas readyReplicas availableReplicas observedGeneration",
  parts: "fullyLabeledReplicas readyReplicas availableReplicas",
  ready: "readyReplicas",
};

/** Observed of kube-apiserver 1.35; pkg/apis/<group>/validation has them as Validate<Kind>Status. */
const RULES: Readonly<Record<string, StatusRules>> = {
  "apps/Deployment": {
    counts:
      "observedGeneration replicas updatedReplicas readyReplicas availableReplicas unavailableReplicas terminatingReplicas collisionCount",
    parts: "updatedReplicas readyReplicas availableReplicas",
    ready: "readyReplicas",
    collides: true,
  },
  "apps/ReplicaSet": { ...REPLICAS, counts: `${REPLICAS.counts} terminatingReplicas` },
  "/ReplicationController": REPLICAS,
  "apps/StatefulSet": {
    counts:
      "replicas readyReplicas currentReplicas updatedReplicas availableReplicas observedGeneration collisionCount",
    parts: "readyReplicas currentReplicas updatedReplicas availableReplicas",
    ready: "status.readyReplicas",
    collides: true,
  },
  "apps/DaemonSet": {
    counts:
      "currentNumberScheduled numberMisscheduled desiredNumberScheduled numberReady observedGeneration " +
      "updatedNumberScheduled numberAvailable numberUnavailable collisionCount",
    collides: true,
  },
  "policy/PodDisruptionBudget": { counts: "disruptionsAllowed currentHealthy desiredHealthy expectedPods" },
  "autoscaling/HorizontalPodAutoscaler": { counts: "currentReplicas desiredReplicas" },
};

/** Kinds whose rules look at nothing but the spec, which a write of the status leaves as it is. */
const RULED_BY_SPEC = new Set(["/Pod", "apps/Deployment", "apps/ReplicaSet", "apps/StatefulSet", "apps/DaemonSet"]);

/** What is wrong besides the numbers of a status that is written: kube-apiserver looks at the metadata then, and not at the spec. */
export function otherFaults(resource: Resource, after: KubeObject, before: KubeObject): FieldFault[] {
  return RULED_BY_SPEC.has(`${resource.group}/${resource.kind}`)
    ? validateMetadataUpdate(after.metadata, before.metadata).map(faultOf)
    : validate(resource, after, before);
}

export function statusFaults(resource: Resource, after: KubeObject, before: KubeObject): FieldFault[] {
  const rules = RULES[`${resource.group}/${resource.kind}`];
  if (rules === undefined) return [];
  const number = numbersOf(after);
  const faults: FieldFault[] = [];
  const tell = (field: string, why: string): void => {
    faults.push({
      type: "FieldValueInvalid",
      field: `status.${field}`,
      message: `Invalid value: ${number(field)}: ${why}`,
    });
  };
  for (const field of rules.counts.split(" ")) if (number(field) < 0) tell(field, "must be greater than or equal to 0");
  for (const field of rules.parts?.split(" ") ?? [])
    if (number(field) > number("replicas")) tell(field, "cannot be greater than status.replicas");
  if (rules.ready !== undefined && number("availableReplicas") > number("readyReplicas"))
    tell("availableReplicas", `cannot be greater than ${rules.ready}`);
  if (rules.collides === true && number("collisionCount") < numbersOf(before)("collisionCount", -Infinity))
    tell("collisionCount", "cannot be decremented");
  return faults;
}

/** Numbers of a status by their fields; what is absent is 0, as in Go, where nothing else is said. */
function numbersOf(object: KubeObject): (field: string, absent?: number) => number {
  const status = isJsonObject(object["status"]) ? object["status"] : {};
  return (field, absent = 0) => Number(status[field] ?? absent);
}
