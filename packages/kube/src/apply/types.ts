import type { KubeObject, ObjectRef } from "@fairlead/apimachinery";

export type ChangeAction = "created" | "configured" | "unchanged" | "pruned" | "skipped" | "failed";

/** A field another manager holds: why an apply without force was refused. */
export interface FieldConflict {
  /** As the server words it: `.spec.replicas`. */
  readonly field: string;
  readonly manager: string;
  readonly message: string;
}

export interface ChangeEntry {
  readonly ref: ObjectRef;
  readonly action: ChangeAction;
  /** Why it was skipped. */
  readonly reason?: string | undefined;
  readonly error?: Error | undefined;
  readonly conflicts?: readonly FieldConflict[] | undefined;
  /** As the server returned it, for created, configured and unchanged. */
  readonly object?: KubeObject | undefined;
  /** As it was before, where it was read. */
  readonly before?: KubeObject | undefined;
}

/** What a run did to each object, in the order of the run. */
export interface ChangeSet {
  readonly entries: readonly ChangeEntry[];
  readonly counts: Readonly<Record<ChangeAction, number>>;
  readonly hasFailed: boolean;
}

export function changeSet(entries: readonly ChangeEntry[]): ChangeSet {
  const counts = { created: 0, configured: 0, unchanged: 0, pruned: 0, skipped: 0, failed: 0 };
  for (const entry of entries) counts[entry.action]++;
  return { entries, counts, hasFailed: counts.failed > 0 };
}
