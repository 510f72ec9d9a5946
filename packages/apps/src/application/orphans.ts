import { parseApiVersion, refOf, type KubeObject, type ObjectRef } from "@fairlead/apimachinery";
import type { KindRef } from "@fairlead/kube";
import { globMatches } from "../glob.ts";
import type { LiveObject } from "../live/types.ts";
import { permitsObject } from "../project/permit.ts";
import type { Target } from "./target.ts";
import type { ConditionFact } from "./types.ts";

/** What every namespace has of its own accord (facts/argocd.md §1.7). */
function isOfCluster({ kind, metadata }: KubeObject): boolean {
  const { name = "", annotations } = metadata;
  return (
    (kind === "ServiceAccount" && name === "default") ||
    (kind === "Service" && name === "kubernetes") ||
    (kind === "ConfigMap" && name === "kube-root-ca.crt") ||
    (kind === "Secret" && annotations?.["kubernetes.io/service-account.name"] === "default")
  );
}

/** Kinds that people make by hand; with the kinds that applications use, these are looked at for orphans. */
const ORPHAN_KINDS: readonly KindRef[] = [
  ...["ConfigMap", "Secret", "Service", "ServiceAccount", "PersistentVolumeClaim", "Pod"].map((kind) => ({
    apiVersion: "v1",
    kind,
  })),
  ...["Deployment", "StatefulSet", "DaemonSet"].map((kind) => ({ apiVersion: "apps/v1", kind })),
  ...["Job", "CronJob"].map((kind) => ({ apiVersion: "batch/v1", kind })),
  ...["Role", "RoleBinding"].map((kind) => ({ apiVersion: "rbac.authorization.k8s.io/v1", kind })),
  ...["Ingress", "NetworkPolicy"].map((kind) => ({ apiVersion: "networking.k8s.io/v1", kind })),
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
];

/** What has to be watched to find orphans; nothing where the project does not ask for them. */
export function orphanKinds(target: Target): readonly KindRef[] {
  const isAsked = target.project.spec.orphanedResources !== undefined && target.namespace !== "";
  // A kind the project does not permit is no orphan of its applications, and may not be ours to read.
  return isAsked
    ? ORPHAN_KINDS.filter((kind) => permitsObject(target.project, refFor(kind, target), true, target.cluster).ok)
    : [];
}

function refFor(kind: KindRef, target: Target): ObjectRef {
  return { group: parseApiVersion(kind.apiVersion).group, kind: kind.kind, namespace: target.namespace, name: "" };
}

/** Objects in the destination namespace that no application tracks and nobody owns. */
function orphansOf(target: Target): number {
  const rule = target.project.spec.orphanedResources;
  if (!rule || target.namespace === "") return 0;
  const isIgnored = ({ object }: LiveObject): boolean => {
    const ref = refOf(object);
    const matches = (entry: (typeof rule.ignore)[number]): boolean =>
      globMatches(entry.group, ref.group) && globMatches(entry.kind, ref.kind) && globMatches(entry.name, ref.name);
    if (isOfCluster(object) || rule.ignore.some(matches)) return true;
    return !permitsObject(target.project, ref, true, target.cluster).ok;
  };
  let count = 0;
  for (const live of target.live.store.values()) {
    const { namespace, ownerReferences } = live.object.metadata;
    if (namespace !== target.namespace || live.instance !== undefined || ownerReferences?.length) continue;
    if (!isIgnored(live)) count++;
  }
  return count;
}

/** A warning with their number, unless the project says not to warn. */
export function orphanCondition(target: Target): ConditionFact[] {
  if (!target.project.spec.orphanedResources?.warn) return [];
  const count = orphansOf(target);
  return count === 0
    ? []
    : [{ type: "OrphanedResourceWarning", message: `Application has ${count} orphaned resources` }];
}
