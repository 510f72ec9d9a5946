import type { Resource } from "../registry/types.ts";

/** `io.k8s.api.apps.v1.Deployment` for built-in kinds, `io.argoproj.v1alpha1.Application` for custom ones. */
export function definitionName(resource: Resource): string {
  if (!resource.isCustom && resource.schema?.ref !== undefined) return resource.schema.ref;
  return `${resource.group.split(".").reverse().join(".")}.${resource.version}.${resource.kind}`;
}

export function referenceName(name: string): string {
  return `#/components/schemas/${name}`;
}
