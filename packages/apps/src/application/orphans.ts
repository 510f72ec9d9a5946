import { gvkOf } from "@fairlead/apimachinery";
import { globMatches } from "../glob.ts";
import type { LiveObject } from "../live/types.ts";
import type { Target } from "./target.ts";
import type { ConditionFact } from "./types.ts";

/** What every namespace has of its own accord (facts/argocd.md §1.7). */
function isOfCluster({ kind, name }: { kind: string; name: string }): boolean {
  return (
    (kind === "ServiceAccount" && name === "default") ||
    (kind === "Service" && name === "kubernetes") ||
    (kind === "ConfigMap" && name === "kube-root-ca.crt")
  );
}

/**
 * Objects in the destination namespace that no application tracks and nobody owns, when the project asks for it. Only kinds that
 * applications use on that cluster are looked at: nothing else is watched.
 */
export function orphanCondition(target: Target): ConditionFact[] {
  const rule = target.project.spec.orphanedResources;
  if (!rule?.warn || target.namespace === "") return [];
  const isIgnored = ({ object }: LiveObject): boolean => {
    const { group, kind } = gvkOf(object);
    const { name = "" } = object.metadata;
    const matches = (entry: (typeof rule.ignore)[number]): boolean =>
      globMatches(entry.group, group) && globMatches(entry.kind, kind) && globMatches(entry.name, name);
    return isOfCluster({ kind, name }) || rule.ignore.some(matches);
  };
  let count = 0;
  for (const live of target.live.store.values()) {
    const { namespace, ownerReferences } = live.object.metadata;
    if (namespace !== target.namespace || live.instance !== undefined || ownerReferences?.length) continue;
    if (!isIgnored(live)) count++;
  }
  return count === 0
    ? []
    : [{ type: "OrphanedResourceWarning", message: `Application has ${count} orphaned resources` }];
}
