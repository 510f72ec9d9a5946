import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type JsonObject, jsonEqual } from "@fairlead/base";

/** What a decision wants done. Pure deciders return these; the shell carries them out and learns from the answers. */
export type Action =
  | { readonly do: "create"; readonly object: KubeObject; readonly created?: Told; readonly failed?: Told }
  | { readonly do: "patch"; readonly object: KubeObject; readonly patch: JsonObject; readonly subresource?: "status" }
  | {
      readonly do: "delete";
      readonly object: KubeObject;
      readonly graceSeconds?: number;
      /** Background when absent. */
      readonly propagation?: "Foreground" | "Background";
      readonly deleted?: Told;
    }
  | { readonly do: "bind"; readonly object: KubeObject; readonly node: string }
  | ({ readonly do: "event" } & Told);

/** An event about an object. `{name}` in the message is the name the server gave to what was created, `{error}` its refusal. */
export interface Told {
  readonly about: KubeObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface Decision {
  readonly actions: readonly Action[];
  /** When to look again though nothing changes; undefined: not before something does. */
  readonly wakeAtMs?: number | undefined;
}

/** Writes a status if it differs from the one there, as a merge patch of what changed. */
export function statusAction(object: KubeObject, status: JsonObject): Action[] {
  const before = (object["status"] ?? {}) as JsonObject;
  const patch = mergePatchOf(before, status);
  return patch === undefined ? [] : [{ do: "patch", object, patch: { status: patch }, subresource: "status" }];
}

/** The RFC 7386 patch that turns `before` into `after`; undefined when they are equal. Lists are replaced whole. */
export function mergePatchOf(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const key of Object.keys(before)) {
    if (after[key] === undefined && before[key] !== undefined) patch[key] = null;
  }
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const old = before[key];
    if (isJsonObject(old) && isJsonObject(value)) {
      const inner = mergePatchOf(old, value);
      if (inner !== undefined) patch[key] = inner;
    } else if (!jsonEqual(old, value)) {
      patch[key] = value;
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
