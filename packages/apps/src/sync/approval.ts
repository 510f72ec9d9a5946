import type { Application } from "../application/types.ts";
import { timeMs } from "../application/times.ts";
import type { ResourceComparison } from "../compare/compare.ts";
import { ANNOTATIONS } from "../names.ts";
import { optionsFor, type SyncOptions } from "./options.ts";

/**
 * Whether somebody confirmed deletions since the last operation began: `argocd.argoproj.io/deletion-approved` holds the time of the
 * confirmation (facts/argocd.md §1.2).
 */
export function isDeletionApproved(app: Application): boolean {
  const at = timeMs(app.metadata.annotations?.[ANNOTATIONS.deletionApproved]);
  const since = timeMs(app.status.operationState?.startedAt) ?? 0;
  return at !== undefined && at >= since;
}

/** Whether a sync that prunes would do anything about an object that Git no longer has. */
export function mayPrune(resource: ResourceComparison, app: Application, options: SyncOptions): boolean {
  const { live } = resource;
  if (!live || live.object.metadata.deletionTimestamp || resource.sharedWith !== undefined) return false;
  const { prune } = optionsFor(live.object, options);
  return prune === "confirm" ? isDeletionApproved(app) : prune;
}
