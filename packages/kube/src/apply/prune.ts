import { compareForDelete, type KubeObject, type ObjectRef, parseApiVersion } from "@fairlead/apimachinery";
import type { NamedRef } from "../client/refs.ts";
import type { KubeClient } from "../client/types.ts";
import { ApiError, isNotFound } from "../http/status.ts";
import { batchesOf, CONCURRENCY, inParallel, type RunOptions } from "./run.ts";
import { type ChangeEntry, type ChangeSet, changeSet } from "./types.ts";

export interface PruneTarget extends NamedRef {
  /** Only this very object: one of the same name that was made since is left alone. */
  readonly uid?: string | undefined;
}

export interface PruneOptions extends RunOptions {
  /** Default Background. */
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground" | undefined;
  /** A reason to keep an object after all, judged on its live state. */
  readonly keep?: ((live: KubeObject) => string | undefined) | undefined;
}

/**
 * Deletes objects in the reverse of the order in which they are applied. Each is read first and deleted only if it is still the
 * same, so one that was kept, recreated or taken over meanwhile survives. Never throws for what happens to an object.
 */
export async function pruneObjects(
  client: KubeClient,
  targets: readonly PruneTarget[],
  options: PruneOptions = {},
): Promise<ChangeSet> {
  const ordered = targets.map((target) => ({ target, ref: refFor(target), kind: target.kind }));
  ordered.sort((a, b) => compareForDelete(a.ref, b.ref));
  const entries: ChangeEntry[] = [];
  for (const batch of batchesOf(ordered)) {
    const step = async ({ target, ref }: (typeof batch)[number]): Promise<ChangeEntry> => {
      const entry = { ref, ...(await pruneOne(client, target, options)) };
      options.onEntry?.(entry);
      return entry;
    };
    entries.push(...(await inParallel(batch, options.concurrency ?? CONCURRENCY, step)));
  }
  return changeSet(entries);
}

async function pruneOne(
  client: KubeClient,
  target: PruneTarget,
  options: PruneOptions,
): Promise<Omit<ChangeEntry, "ref">> {
  const { propagationPolicy = "Background", dryRun, signal, keep } = options;
  try {
    signal?.throwIfAborted();
    const live = await client.find(target, target.name, target.namespace, { signal });
    const reason = reasonToKeep(target, live, keep);
    if (live === undefined || reason !== undefined) return { action: "skipped", reason, before: live };
    const { uid } = live.metadata;
    const preconditions = { uid };
    await client.delete(target, target.name, target.namespace, { propagationPolicy, preconditions, dryRun, signal });
    return { action: "pruned", before: live };
  } catch (caught) {
    if (isNotFound(caught)) return { action: "skipped", reason: "is already gone" };
    if (caught instanceof ApiError && caught.code === 409) {
      return { action: "skipped", reason: "was made anew meanwhile" };
    }
    return { action: "failed", error: caught instanceof Error ? caught : new Error(String(caught)) };
  }
}

function reasonToKeep(
  target: PruneTarget,
  live: KubeObject | undefined,
  keep: PruneOptions["keep"],
): string | undefined {
  if (live === undefined) return "is already gone";
  if (target.uid !== undefined && live.metadata.uid !== target.uid) return "was made anew meanwhile";
  if (live.metadata.deletionTimestamp !== undefined) return "is being deleted already";
  return keep?.(live);
}

function refFor({ apiVersion, kind, name, namespace }: NamedRef): ObjectRef {
  return { group: parseApiVersion(apiVersion).group, kind, namespace, name };
}
