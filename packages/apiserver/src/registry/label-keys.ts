import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";

/**
 * `matchLabelKeys` and `mismatchLabelKeys` name labels of the pod itself: their values become part of the selector when it is made
 * (pkg/registry/core/pod/strategy.go, applyMatchLabelKeysAndMismatchLabelKeys).
 */
export function narrowByOwnLabels(pod: KubeObject): void {
  const spec = pod["spec"];
  const { labels } = pod.metadata;
  if (!isJsonObject(spec) || labels === undefined) return;
  for (const constraint of structs(spec["topologySpreadConstraints"])) narrow(constraint, labels);
  const affinity = isJsonObject(spec["affinity"]) ? spec["affinity"] : {};
  for (const side of [affinity["podAffinity"], affinity["podAntiAffinity"]]) {
    if (!isJsonObject(side)) continue;
    for (const term of structs(side["requiredDuringSchedulingIgnoredDuringExecution"])) narrow(term, labels);
    for (const { podAffinityTerm } of structs(side["preferredDuringSchedulingIgnoredDuringExecution"]))
      if (isJsonObject(podAffinityTerm)) narrow(podAffinityTerm, labels);
  }
}

function narrow(term: JsonObject, labels: Readonly<Record<string, string>>): void {
  const selector = term["labelSelector"];
  if (!isJsonObject(selector)) return;
  const requirements = (keys: Json | undefined, operator: string): JsonObject[] =>
    (Array.isArray(keys) ? keys : []).flatMap((key) => {
      const value = typeof key === "string" && Object.hasOwn(labels, key) ? labels[key] : undefined;
      return value === undefined ? [] : [{ key: key as string, operator, values: [value] }];
    });
  const more = [...requirements(term["matchLabelKeys"], "In"), ...requirements(term["mismatchLabelKeys"], "NotIn")];
  if (more.length === 0) return;
  const known = Array.isArray(selector["matchExpressions"]) ? selector["matchExpressions"] : [];
  selector["matchExpressions"] = [...known, ...more];
}

function structs(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
