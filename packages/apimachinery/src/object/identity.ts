import type { GroupVersionKind, KubeObject, ObjectRef } from "./types.ts";

/** `apps/v1` → {group: "apps", version: "v1"}; `v1` → the core group `""`. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function formatApiVersion(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}

export function gvkOf(object: { readonly apiVersion: string; readonly kind: string }): GroupVersionKind {
  return { ...parseApiVersion(object.apiVersion), kind: object.kind };
}

export function refOf(object: KubeObject): ObjectRef {
  const { namespace, name = "" } = object.metadata;
  return { group: parseApiVersion(object.apiVersion).group, kind: object.kind, namespace, name };
}

/** `group/Kind/namespace/name`: a map key, unique in a cluster. Empty parts stay as empty strings. */
export function refKey(ref: ObjectRef): string {
  return `${ref.group}/${ref.kind}/${ref.namespace ?? ""}/${ref.name}`;
}

/** Reads back refKey. */
export function parseRefKey(key: string): ObjectRef {
  const [group = "", kind = "", namespace = "", ...name] = key.split("/");
  return { group, kind, namespace: namespace === "" ? undefined : namespace, name: name.join("/") };
}

/** `Deployment shop/checkout`, `Namespace shop`: how an object is named to people. */
export function describeRef(ref: Pick<ObjectRef, "kind" | "namespace" | "name">): string {
  return ref.namespace ? `${ref.kind} ${ref.namespace}/${ref.name}` : `${ref.kind} ${ref.name}`;
}
