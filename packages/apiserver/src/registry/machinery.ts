import type { KubeObject } from "@fairlead/apimachinery";
import type { FieldFault } from "../http/status.ts";
import type { Resource, WriteOptions } from "./types.ts";

/** Fields that the schema does not have, taken away and named. */
export function pruneUnknown(resource: Resource, object: KubeObject): string[] {
  return resource.custom?.prune(object) ?? [];
}

export function applyDefaults(resource: Resource, object: KubeObject): void {
  resource.custom?.applyDefaults(object);
}

export function validate(resource: Resource, object: KubeObject, before: KubeObject | undefined): FieldFault[] {
  return resource.custom?.validate(object, before) ?? [];
}

export function trackUpdate(
  _resource: Resource,
  _before: KubeObject | undefined,
  after: KubeObject,
  _options: WriteOptions,
  _subresource: string,
  _nowMs: number,
): KubeObject {
  return after;
}
