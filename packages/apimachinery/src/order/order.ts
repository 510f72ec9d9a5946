import { isJsonObject } from "@fairlead/base";
import { parseApiVersion } from "../object/identity.ts";
import type { KubeObject, ObjectRef } from "../object/types.ts";

/** The kinds that go first, in Argo CD's order (facts/argocd.md §1.3); the group does not count, all other kinds come after. */
const KINDS_FIRST = [
  "Namespace",
  "NetworkPolicy",
  "ResourceQuota",
  "LimitRange",
  "PodSecurityPolicy",
  "PodDisruptionBudget",
  "ServiceAccount",
  "Secret",
  "SecretList",
  "ConfigMap",
  "StorageClass",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "CustomResourceDefinition",
  "ClusterRole",
  "ClusterRoleList",
  "ClusterRoleBinding",
  "ClusterRoleBindingList",
  "Role",
  "RoleList",
  "RoleBinding",
  "RoleBindingList",
  "Service",
  "DaemonSet",
  "Pod",
  "ReplicationController",
  "ReplicaSet",
  "Deployment",
  "HorizontalPodAutoscaler",
  "StatefulSet",
  "Job",
  "CronJob",
  "IngressClass",
  "Ingress",
  "APIService",
] as const;
const rankByKind = new Map<string, number>(KINDS_FIRST.map((kind, rank) => [kind, rank]));

/**
 * Compares for applying: by kind, then name. Argo CD leaves ties as they fall; here namespace and group break them, so that the
 * order is the same every time.
 */
export function compareForApply(a: ObjectRef, b: ObjectRef): number {
  return (
    rankOf(a.kind) - rankOf(b.kind) ||
    compareText(a.name, b.name) ||
    compareText(a.namespace ?? "", b.namespace ?? "") ||
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind)
  );
}

/** Compares for deleting: the reverse of applying. */
export function compareForDelete(a: ObjectRef, b: ObjectRef): number {
  return compareForApply(b, a);
}

/**
 * Objects in the order in which they can be applied: Argo CD's kinds, and then what the kinds cannot say: a namespace before the
 * first object in it, a CRD before the first object of its kind (a Knative `Service` ranks with Services). The input is left as
 * it is.
 */
export function applyOrder<T extends KubeObject>(objects: readonly T[]): T[] {
  const sorted = objects
    .map((object) => ({ object, ref: refFor(object) }))
    .sort((a, b) => compareForApply(a.ref, b.ref))
    .map(({ object }) => object);
  return beforeFirstUse(beforeFirstUse(sorted, namespaceProvided, namespaceUsed), kindProvided, kindUsed);
}

/** Objects in the order in which they can be deleted: the reverse of applyOrder. */
export function deleteOrder<T extends KubeObject>(objects: readonly T[]): T[] {
  return applyOrder(objects).reverse();
}

type Key = (object: KubeObject) => string | undefined;

/** Moves each provider right before the first object that uses what it provides; all else keeps its place. */
function beforeFirstUse<T extends KubeObject>(objects: readonly T[], provides: Key, uses: Key): T[] {
  const firstUse = new Map<string, number>();
  const moved = new Map<number, T[]>();
  const stays: Array<{ readonly object: T; readonly index: number }> = [];
  objects.forEach((object, index) => {
    const provided = provides(object);
    const target = provided === undefined ? undefined : firstUse.get(provided);
    if (target !== undefined) {
      moved.set(target, [...(moved.get(target) ?? []), object]);
      return;
    }
    stays.push({ object, index });
    const used = provided === undefined ? uses(object) : undefined;
    if (used !== undefined && !firstUse.has(used)) firstUse.set(used, index);
  });
  return stays.flatMap(({ object, index }) => [...(moved.get(index) ?? []), object]);
}

function namespaceProvided(object: KubeObject): string | undefined {
  return object.kind === "Namespace" && object.apiVersion === "v1" ? object.metadata.name : undefined;
}

function namespaceUsed(object: KubeObject): string | undefined {
  return object.metadata.namespace === "" ? undefined : object.metadata.namespace;
}

function kindProvided(object: KubeObject): string | undefined {
  if (object.kind !== "CustomResourceDefinition" || groupOf(object) !== "apiextensions.k8s.io") return undefined;
  const spec = isJsonObject(object["spec"]) ? object["spec"] : {};
  const names = isJsonObject(spec["names"]) ? spec["names"] : {};
  const { group } = spec;
  const { kind } = names;
  return typeof group === "string" && typeof kind === "string" ? `${group}/${kind}` : undefined;
}

function kindUsed(object: KubeObject): string {
  return `${groupOf(object)}/${object.kind}`;
}

function groupOf(object: KubeObject): string {
  return parseApiVersion(object.apiVersion).group;
}

/** Like refOf, but bad names from input must not stop the sorting. */
function refFor(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return {
    group: groupOf(object),
    kind: object.kind,
    name: typeof name === "string" ? name : "",
    namespace: typeof namespace === "string" ? namespace : undefined,
  };
}

function rankOf(kind: string): number {
  return rankByKind.get(kind) ?? KINDS_FIRST.length;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
