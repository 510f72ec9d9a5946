import { LIMITS } from "../limits.ts";
import { managedMetadata, type Target } from "./target.ts";
import type { ActiveOperation } from "./state.ts";
import { timeText } from "./times.ts";
import type { OperationState, ResourceResult, RevisionHistory, SyncOperation, SyncResult } from "./types.ts";

/** status.operationState as Argo CD writes it. */
export function operationState(
  target: Target,
  active: ActiveOperation,
  finishedAt: number | undefined,
): OperationState {
  const { spec } = target.app;
  const sync: SyncOperation = active.operation.sync ?? {};
  const ofNamespace = managedMetadata(target);
  const syncResult: SyncResult = {
    revision: spec.isMultiSource ? "" : active.revision,
    ...(spec.isMultiSource
      ? { revisions: [...active.revisions], sources: sync.sources ?? [...spec.sources] }
      : { source: sync.source ?? (spec.sources[0] as NonNullable<SyncResult["source"]>) }),
    resources: boundedResults([...active.results.values()]),
    ...(ofNamespace ? { managedNamespaceMetadata: ofNamespace } : {}),
  };
  return {
    operation: active.operation,
    phase: active.phase,
    ...(active.message === "" ? {} : { message: active.message }),
    startedAt: timeText(active.startedAt),
    ...(finishedAt === undefined ? {} : { finishedAt: timeText(Math.max(finishedAt, active.startedAt)) }),
    ...(active.retryCount > 0 ? { retryCount: active.retryCount } : {}),
    syncResult,
  };
}

/** In their order when they fit; else failures first, then what changed, then the rest up to the limit. */
function boundedResults(results: readonly ResourceResult[]): ResourceResult[] {
  if (results.length <= LIMITS.syncResultsMax) return [...results];
  const rank = ({ status, hookType, message }: ResourceResult): number => {
    if (status === "SyncFailed") return 0;
    if (hookType !== undefined) return 1;
    return message?.endsWith(" unchanged") ? 3 : 2;
  };
  return results.toSorted((a, b) => rank(a) - rank(b)).slice(0, LIMITS.syncResultsMax);
}

export function extendHistory(target: Target, active: ActiveOperation, now: number): RevisionHistory[] {
  const { spec, status } = target.app;
  const before = status.history ?? [];
  const sync: SyncOperation = active.operation.sync ?? {};
  const entry: RevisionHistory = {
    id: (before.at(-1)?.id ?? -1) + 1,
    deployedAt: timeText(now),
    deployStartedAt: timeText(active.startedAt),
    ...(spec.isMultiSource
      ? { revisions: [...active.revisions], sources: sync.sources ?? [...spec.sources] }
      : {
          revision: active.revision,
          source: sync.source ?? (spec.sources[0] as NonNullable<RevisionHistory["source"]>),
        }),
    ...(active.operation.initiatedBy ? { initiatedBy: active.operation.initiatedBy } : {}),
  };
  const all = [...before, entry];
  return spec.revisionHistoryLimit > 0 ? all.slice(-spec.revisionHistoryLimit) : [];
}
