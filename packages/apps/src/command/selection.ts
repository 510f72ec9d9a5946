import { problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { SyncOperationResource } from "../application/types.ts";
import { resourcesOf } from "./inspect.ts";

/** Objects of an application as a flag names them. `*` is any; an empty group is the core group, an empty namespace any. */
export interface ResourcePattern {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly isExcluded: boolean;
}

interface Ref {
  readonly group?: string | undefined;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Reads `[!]GROUP:KIND:NAME` or `[!]GROUP:KIND:NAMESPACE/NAME`; kind and name may be left blank. @throws ProblemError */
export function parseResourcePattern(written: string): ResourcePattern {
  const isExcluded = written.startsWith("!");
  const match = /^([^:]*):([^:]*):(?:([^:/]+)\/)?([^/]*)$/.exec(isExcluded ? written.slice(1) : written);
  if (!match) {
    throw problemError("InvalidInput", `${JSON.stringify(written)} names no object`, {
      hint: "write group:kind:name or group:kind:namespace/name; the core group is empty, e.g. :ConfigMap:settings",
    });
  }
  const [, group = "", kind = "", namespace = "", name = ""] = match;
  return { group, kind: kind || "*", namespace: namespace === "*" ? "" : namespace, name: name || "*", isExcluded };
}

/** Whether the patterns mean the object: one that includes it or none that includes, and none that excludes it. */
export function isMeant(ref: Ref, patterns: readonly ResourcePattern[]): boolean {
  const including = patterns.filter(({ isExcluded }) => !isExcluded);
  const matches = (pattern: ResourcePattern): boolean =>
    (pattern.group === "*" || pattern.group === (ref.group ?? "")) &&
    (pattern.kind === "*" || pattern.kind === ref.kind) &&
    (pattern.namespace === "" || pattern.namespace === (ref.namespace ?? "")) &&
    (pattern.name === "*" || pattern.name === ref.name);
  if (patterns.some((pattern) => pattern.isExcluded && matches(pattern))) return false;
  return including.length === 0 || including.some(matches);
}

/**
 * What an operation is told to sync. Patterns without wildcards are handed on as they are, so that an object may be named before
 * the application's status knows it; others become the objects of status that they mean.
 * @throws ProblemError when they mean none
 */
export function operationResources(object: KubeObject, patterns: readonly ResourcePattern[]): SyncOperationResource[] {
  const isPlain = patterns.every(
    ({ group, kind, name, isExcluded }) => ![group, kind, name].includes("*") && !isExcluded,
  );
  const known = resourcesOf(object).filter(({ hook }) => hook !== true);
  const chosen: readonly Ref[] = isPlain ? patterns : known.filter((ref) => isMeant(ref, patterns));
  if (chosen.length === 0) {
    throw problemError("InvalidInput", "no object of the application is meant", {
      hint: `fairlead app resources ${object.metadata.name ?? ""} lists them`,
    });
  }
  return chosen.map(operationResource);
}

export function operationResource({ group, kind, namespace, name }: Ref): SyncOperationResource {
  return { ...(group ? { group } : {}), kind, name, ...(namespace ? { namespace } : {}) };
}
