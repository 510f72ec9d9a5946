import { matchesLabels, parseLabelSelector } from "@fairlead/apimachinery";
import type { SelectorSpec } from "../kustomization/types.ts";
import { anchored, compilePattern, type Pattern } from "../pattern.ts";
import { stringMapOf } from "./annotations.ts";
import type { Gvk } from "./gvk.ts";
import type { Resource } from "./resource.ts";

/** A selector whose parts are regular expressions that must match the whole text; absent parts match everything. */
export interface CompiledSelector {
  matchesGvk(gvk: Gvk): boolean;
  matchesName(name: string): boolean;
  matchesNamespace(namespace: string): boolean;
}

/** @throws ProblemError KustomizeTransform for a pattern that is none */
export function compileSelector(spec: SelectorSpec): CompiledSelector {
  const part = (text: string | undefined): Pattern | undefined => (text ? compilePattern(anchored(text)) : undefined);
  const [group, version, kind] = [part(spec.group), part(spec.version), part(spec.kind)];
  const [name, namespace] = [part(spec.name), part(spec.namespace)];
  return {
    matchesGvk: (gvk) =>
      (group?.test(gvk.group) ?? true) && (version?.test(gvk.version) ?? true) && (kind?.test(gvk.kind) ?? true),
    matchesName: (text) => name?.test(text) ?? true,
    matchesNamespace: (text) => namespace?.test(text) ?? true,
  };
}

/** The resources that a selector names, by their original or their present namespace and name. */
export function selectResources(resources: readonly Resource[], spec: SelectorSpec): Resource[] {
  const selector = compileSelector(spec);
  return resources.filter((resource) => {
    const [current, original] = [resource.currentId, resource.originalId];
    return (
      (selector.matchesNamespace(original.effectiveNamespace) ||
        selector.matchesNamespace(current.effectiveNamespace)) &&
      (selector.matchesName(original.name) || selector.matchesName(current.name)) &&
      selector.matchesGvk(current.gvk) &&
      matchesMaps(resource, spec)
    );
  });
}

/** Label and annotation selectors. */
export function matchesMaps(resource: Resource, spec: SelectorSpec): boolean {
  return (
    matchesMap(resource, "labels", spec.labelSelector) && matchesMap(resource, "annotations", spec.annotationSelector)
  );
}

function matchesMap(resource: Resource, field: "labels" | "annotations", selector: string | undefined): boolean {
  if (!selector || !resource.root) return true;
  return matchesLabels(parseLabelSelector(selector), Object.fromEntries(stringMapOf(resource.root, field)));
}
