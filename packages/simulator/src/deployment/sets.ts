import { controllerReference } from "@fairlead/apimachinery";
import { cloneJson, type JsonObject, jsonEqual } from "@fairlead/base";
import { hashName } from "../api/hash.ts";
import { createdAt } from "../api/time.ts";
import type { Deployment, PodTemplate, ReplicaSet } from "../api/types.ts";
import { desiredReplicas, maxSurge, newSetSize } from "./arithmetic.ts";

/** ReplicaSets of a Deployment: which is the new one, how they are numbered, how a new one looks. */

const HASH_LABEL = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const REVISION_HISTORY_CHARS_MAX = 2_000;

/** Annotations of a Deployment that are its own affair and are not handed down. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  LAST_APPLIED,
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);

/** The oldest set whose template is the Deployment's; names and hashes do not count. */
export function findNewSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = withoutHash(deployment.spec.template);
  return byAge(sets).find((set) => jsonEqual(withoutHash(set.spec.template), wanted));
}

export function byAge(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return [...sets].sort(
    (a, b) => createdAt(a) - createdAt(b) || ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
  );
}

export function revisionOf(object: { readonly metadata: { annotations?: Record<string, string> } }): number {
  const text = object.metadata.annotations?.[REVISION] ?? "";
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}

/** The revision of the new set: one more than any old one's. */
export function nextRevision(old: readonly ReplicaSet[]): number {
  return Math.max(0, ...old.map(revisionOf)) + 1;
}

export function newSet(deployment: Deployment, old: readonly ReplicaSet[], revision: number): ReplicaSet {
  const hash = hashName(deployment.spec.template, deployment.status?.collisionCount);
  const template = cloneJson(deployment.spec.template);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  template.metadata = { ...template.metadata, labels };
  const desired = desiredReplicas(deployment);
  const { namespace } = deployment.metadata;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: setName(deployment.metadata.name ?? "", hash),
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: {
        ...inheritedAnnotations(deployment),
        [REVISION]: String(revision),
        [DESIRED_REPLICAS]: String(desired),
        [MAX_REPLICAS]: String(desired + maxSurge(deployment)),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: newSetSize(deployment, old, 0),
      ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
      selector: selectorWithHash(deployment.spec.selector ?? {}, hash),
      template,
    },
  };
}

/** Annotations the new set lacks: those of the Deployment, and its revision when it comes back from the past. */
export function newSetAnnotations(deployment: Deployment, set: ReplicaSet, revision: number): Record<string, string> {
  const changed: Record<string, string> = {};
  const has = set.metadata.annotations ?? {};
  for (const [key, value] of Object.entries(inheritedAnnotations(deployment))) {
    if (has[key] !== value) changed[key] = value;
  }
  const before = revisionOf(set);
  if (before >= revision) return changed;
  changed[REVISION] = String(revision);
  if (has[REVISION] !== undefined) changed[REVISION_HISTORY] = longerHistory(has[REVISION_HISTORY] ?? "", before);
  return changed;
}

function longerHistory(history: string, revision: number): string {
  const revisions = history === "" ? [] : history.split(",");
  revisions.push(String(revision));
  while (revisions.join(",").length > REVISION_HISTORY_CHARS_MAX) revisions.shift();
  return revisions.join(",");
}

function inheritedAnnotations(deployment: Deployment): Record<string, string> {
  const annotations = Object.entries(deployment.metadata.annotations ?? {});
  return Object.fromEntries(annotations.filter(([key]) => !OWN_ANNOTATIONS.has(key)));
}

/** Names end at 253 characters, and the hash must survive. */
function setName(deployment: string, hash: string): string {
  return `${deployment.slice(0, 253 - hash.length - 1)}-${hash}`;
}

function selectorWithHash(selector: JsonObject, hash: string): JsonObject {
  const labels = selector["matchLabels"] as JsonObject | undefined;
  return { ...selector, matchLabels: { ...labels, [HASH_LABEL]: hash } };
}

function withoutHash(template: PodTemplate): unknown {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  const { creationTimestamp: __, ...metadata } = (template.metadata ?? {}) as JsonObject;
  return { ...template, metadata: { ...metadata, labels } };
}
