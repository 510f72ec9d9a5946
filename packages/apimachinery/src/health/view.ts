import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "../object/types.ts";

/** Reading of objects that may hold anything anywhere: what is not of the expected type counts as absent. */

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number | undefined;
  readonly raw: JsonObject;
}

/** The value at a dotted path, where a number is a place in a list; undefined when a part is missing. */
export function at(object: unknown, path: string): unknown {
  let value = object;
  for (const part of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

export function textAt(object: unknown, path: string): string | undefined {
  const value = at(object, path);
  return typeof value === "string" ? value : undefined;
}

export function numberAt(object: unknown, path: string): number | undefined {
  const value = at(object, path);
  return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
}

export function listAt(object: unknown, path: string): readonly unknown[] {
  const value = at(object, path);
  return Array.isArray(value) ? value : [];
}

export function objectsAt(object: unknown, path: string): readonly JsonObject[] {
  return listAt(object, path).filter(isJsonObject);
}

/** The conditions of an object, or of a part of its status. */
export function conditionsOf(object: unknown, path = "status.conditions"): Condition[] {
  return objectsAt(object, path).map((raw) => ({
    type: textAt(raw, "type") ?? "",
    status: textAt(raw, "status") ?? "",
    reason: textAt(raw, "reason") ?? "",
    message: textAt(raw, "message") ?? "",
    observedGeneration: numberAt(raw, "observedGeneration"),
    raw,
  }));
}

/** Whether the controller has seen the newest spec; true when the object does not say. */
export function isObserved(object: KubeObject): boolean {
  const generation = numberAt(object, "metadata.generation");
  const observed = numberAt(object, "status.observedGeneration");
  return generation === undefined || observed === undefined || observed === generation;
}

export function annotationOf(object: KubeObject, name: string): string | undefined {
  const annotations: unknown = object.metadata.annotations;
  const value = isJsonObject(annotations) && Object.hasOwn(annotations, name) ? annotations[name] : undefined;
  return typeof value === "string" ? value : undefined;
}
