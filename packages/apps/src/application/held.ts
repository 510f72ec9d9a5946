import { jsonEqual } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { ANNOTATIONS } from "../names.ts";
import type { ActiveOperation } from "./state.ts";
import type { Application, ApplicationSource, ConditionFact } from "./types.ts";

/**
 * Where a rollback beside automated sync holds an application. Without a hold it would be undone at once, which is why Argo CD refuses
 * rollbacks then (facts/argocd.md §3.17).
 */
export interface Hold {
  /** One a source. */
  readonly revisions: readonly string[];
  /** The line of history whose sources count in place of the Application's own; undefined where these are the same. */
  readonly history: number | undefined;
}

interface Held {
  readonly app: Application;
  readonly object: KubeObject;
}

/** Revisions at which an application is held, whatever its targetRevision has come to mean; undefined when it is not. */
export function heldRevisions({ object }: Held, count: number): readonly string[] | undefined {
  const text = object.metadata.annotations?.[ANNOTATIONS.heldAt];
  if (!text) return undefined;
  const parts = text.split(",").map((part) => part.trim());
  return parts.length === count
    ? parts
    : Array.from({ length: count }, (_, index) => (index === 0 ? (parts[0] ?? "") : ""));
}

/** The sources that count: the Application's own, or those of the line of history at which it is held. */
export function effectiveSources({ app, object }: Held): readonly ApplicationSource[] {
  const { annotations = {} } = object.metadata;
  const id = annotations[ANNOTATIONS.heldHistory];
  if (!annotations[ANNOTATIONS.heldAt] || id === undefined) return app.spec.sources;
  const line = app.status.history?.find((entry) => String(entry.id) === id);
  return line?.sources ?? (line?.source ? [line.source] : app.spec.sources);
}

/** Sources that an operation brings along itself; none where it means the Application's. */
export function operationSources({ operation }: Pick<ActiveOperation, "operation">): readonly ApplicationSource[] {
  const { source, sources = [] } = operation.sync ?? {};
  return sources.length > 0 ? sources : source ? [source] : [];
}

/**
 * Where an application is to be held after a person's operation succeeded: one that chose other revisions or other sources than Git
 * and the Application say now. Undefined when nothing is to change about it.
 * @param current revisions that Git says, or at which it is held
 * @param line id of the line of history that the operation made
 */
export function holdAfter(
  held: Held,
  active: ActiveOperation,
  current: readonly string[],
  line: number | undefined,
): Hold | undefined {
  const { spec } = held.app;
  if (!spec.automated || !active.isRequested || active.operation.sync?.resources?.length) return undefined;
  const effective = effectiveSources(held);
  const own = operationSources(active);
  const used = own.length > 0 ? own : effective;
  const isSame = active.revisions.every((revision, index) => revision === current[index]) && jsonEqual(used, effective);
  if (isSame) return undefined;
  return { revisions: active.revisions, history: jsonEqual(used, spec.sources) ? undefined : line };
}

/** The annotations that hold it so. */
export function holdAnnotations(object: KubeObject, hold: Hold): Record<string, string | null> {
  const { revisions, history } = hold;
  const hadHistory = object.metadata.annotations?.[ANNOTATIONS.heldHistory] !== undefined;
  return {
    [ANNOTATIONS.heldAt]: revisions.join(","),
    ...(history === undefined ? {} : { [ANNOTATIONS.heldHistory]: String(history) }),
    ...(history === undefined && hadHistory ? { [ANNOTATIONS.heldHistory]: null } : {}),
  };
}

export function heldCondition(object: KubeObject): ConditionFact[] {
  const { annotations = {} } = object.metadata;
  const held = annotations[ANNOTATIONS.heldAt];
  if (!held) return [];
  const line = annotations[ANNOTATIONS.heldHistory];
  const sources = line === undefined ? "" : ` with the sources of line ${line} of its history`;
  const message = `held at revision ${held}${sources}; remove the annotation ${ANNOTATIONS.heldAt} to follow targetRevision again`;
  return [{ type: "RevisionHeld", message }];
}
