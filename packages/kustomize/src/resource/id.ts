import { formatGvk, type Gvk, gvkEquals } from "./gvk.ts";

/** The namespace that stands for "has none", so that cluster-scoped objects never equal namespaced ones. */
export const NOT_A_NAMESPACE = "_non_namespaceable_";

/** An identity of a resource: the present one, or one it had before a transformer changed its name, namespace or kind. */
export interface ResourceId {
  readonly gvk: Gvk;
  readonly name: string;
  readonly namespace: string;
  /** `default` where none is written; NOT_A_NAMESPACE for kinds known to be cluster-scoped. */
  readonly effectiveNamespace: string;
  /** Kept by idKey. */
  key?: string | undefined;
}

export function idEquals(a: ResourceId, b: ResourceId): boolean {
  return a.name === b.name && a.effectiveNamespace === b.effectiveNamespace && gvkEquals(a.gvk, b.gvk);
}

/** One string for one identity, as a key of maps. */
export function idKey(id: ResourceId): string {
  const { gvk, name, effectiveNamespace } = id;
  return (id.key ??= `${gvk.group}/${gvk.version}/${gvk.kind}/${effectiveNamespace}/${name}`);
}

/** `Deployment.v1.apps/web.shop`: how messages name a resource. */
export function formatId({ gvk, name, namespace }: Pick<ResourceId, "gvk" | "name" | "namespace">): string {
  return `${formatGvk(gvk)}/${name || "[noName]"}.${namespace || "[noNs]"}`;
}

export function effectiveNamespaceOf(namespace: string, isClusterScoped: boolean): string {
  if (isClusterScoped) return NOT_A_NAMESPACE;
  return namespace === "" ? "default" : namespace;
}
