import { jsonEqual } from "@fairlead/base";
import type { Engine } from "../apps/engine.ts";
import { appLabels } from "../apps/metrics.ts";
import { retryDelayMs, type StartDecision } from "./decide.ts";
import type { Execution } from "./execution.ts";
import { effectiveSources, holdAfter, type Hold } from "./held.ts";
import { newOperation } from "./new-operation.ts";
import { extendHistory, operationState } from "./operation-state.ts";
import { compareApplication, type Comparison } from "./observe.ts";
import { managedMetadata, type Target } from "./target.ts";
import { comparisonFor, operate, type Progressed } from "./operate.ts";
import { writerFor } from "./identity.ts";
import { forgetFixed } from "./sources.ts";
import type { WindowVerdict } from "../project/windows.ts";
import type { ActiveOperation, AppState } from "./state.ts";
import { timeMs, timeText } from "./times.ts";
import type {
  OperationPhase,
  OperationState,
  ResourceResult,
  RevisionHistory,
  SyncResult,
  ConditionFact,
} from "./types.ts";

/** What an operation did in one reconcile, for status and for the next wake-up. */
export interface OperationOutcome {
  readonly status: {
    readonly operationState?: OperationState;
    readonly history?: readonly RevisionHistory[];
    readonly clearsOperation?: boolean;
    /** A rollback beside automated sync: where to stay. */
    readonly hold?: Hold;
  };
  readonly conditions: readonly ConditionFact[];
  readonly wakeAt: number | undefined;
  /** The operation ended in a way after which there may be something to start at once. */
  readonly lookAgain: boolean;
  readonly isHealed: boolean;
  readonly durationMs: number;
}

export function begin(
  engine: Engine,
  target: Target,
  state: AppState,
  comparison: Comparison,
  decision: Extract<StartDecision, { do: "start" }>,
): void {
  const now = engine.clock.now();
  // Hooks know their operation by its start in whole seconds, so no two operations may start in the same one.
  const before = timeMs(target.app.status.operationState?.startedAt) ?? 0;
  tellStart(engine, target, comparison, decision);
  state.active = newOperation(decision.operation, Math.max(now, before + 1_000), now, decision);
  state.active.revision = comparison.revision;
  state.active.revisions = comparison.revisions;
  if (decision.isHeal) state.heal = { attempts: decision.operation.sync?.autoHealAttemptsCount ?? 1, lastAt: now };
  const { revision } = comparison;
  const objects = decision.operation.sync?.resources?.length ?? comparison.desired.objects.length;
  engine.logger.info("sync started", { app: state.key, why: decision.why, revision, objects });
  engine.emit({ type: "syncing", app: state.key, at: now, revision, why: decision.why, objects });
}

/**
 * Finds again what was under way before a restart: a Running operationState is taken up where its results left it, and how the
 * last operation ended says whether what Git says now was tried already. A request to terminate is read here, too.
 */
export async function resume(engine: Engine, target: Target, state: AppState, comparison: Comparison): Promise<void> {
  const { operationState } = target.app.status;
  if (state.active) {
    if (operationState?.phase === "Terminating") state.active.phase = "Terminating";
    return supersede(engine, state, comparison);
  }
  if (operationState?.phase === "Running" || operationState?.phase === "Terminating") {
    state.active = resumed(operationState, engine.clock.now(), target.app.operation !== undefined);
    return;
  }
  if (state.attempt || !operationState?.syncResult || operationState.operation.sync?.dryRun) return;
  if (comparison.syncStatus !== "OutOfSync") {
    // What is there is what was applied: nothing need be rendered again to know that.
    if (operationState.phase !== "Succeeded") return;
    state.attempt = { desired: comparison.digest, isSuccess: true, message: operationState.message ?? "" };
    return;
  }
  state.attempt = {
    desired: await attemptedDigest(engine, target, state, comparison, operationState.syncResult),
    isSuccess: operationState.phase === "Succeeded",
    message: operationState.message ?? "",
  };
}

/** Content decides, not commits: what was tried last is rendered once more, and compared with what Git says now. */
async function attemptedDigest(
  engine: Engine,
  target: Target,
  state: AppState,
  comparison: Comparison,
  result: SyncResult,
): Promise<string> {
  const tried = result.revisions ?? [result.revision];
  const sources = result.sources ?? (result.source ? [result.source] : []);
  if (JSON.stringify(sources) !== JSON.stringify(effectiveSources(target))) return "";
  if (!jsonEqual(result.managedNamespaceMetadata, managedMetadata(target))) return "";
  if (tried.every((revision, index) => revision === comparison.revisions[index])) return comparison.digest;
  const before = await compareApplication(engine, target, state, { revisions: tried });
  forgetFixed(engine, state, sources.length);
  return before.ok ? before.comparison.digest : "";
}

function resumed(operationState: OperationState, now: number, isRequested: boolean): ActiveOperation {
  const startedAt = timeMs(operationState.startedAt) ?? now;
  const active = newOperation(operationState.operation, startedAt, now, {
    why: "resumed after a restart",
    isHeal: false,
    isRequested,
  });
  const retryCount = operationState.retryCount ?? 0;
  const results = new Map<string, ResourceResult>();
  for (const result of operationState.syncResult?.resources ?? []) {
    const namespace = result.namespace ?? "";
    results.set(`${result.syncPhase ?? "Sync"}/${result.group}/${result.kind}/${namespace}/${result.name}`, result);
  }
  // It was waiting to be tried again: that time is now.
  const hasFailed = [...results.values()].some(
    ({ status, hookPhase }) => status === "SyncFailed" || hookPhase === "Failed",
  );
  if (hasFailed) results.clear();
  return {
    ...active,
    id: `${timeText(startedAt)}#${retryCount}`,
    retryCount,
    phase: operationState.phase,
    message: operationState.message ?? "",
    results,
    waveStartedAt: now,
    isPersisted: true,
  };
}

/**
 * A newer commit always wins over retrying or waiting for an older one, except while a hook runs (facts/argocd.md §3.2). Only an
 * automated operation gives way: what a person asked for is finished.
 */
function supersede(engine: Engine, state: AppState, comparison: Comparison): void {
  const { active } = state;
  if (!active?.operation.initiatedBy?.automated || active.desired === undefined) return;
  if (active.desired === comparison.digest) return;
  const hasRunningHook = [...active.results.values()].some(({ hookPhase }) => hookPhase === "Running");
  if (hasRunningHook && active.retryAt === undefined) return;
  engine.logger.info("sync superseded by a newer commit", {
    app: state.key,
    from: active.revision,
    to: comparison.revision,
  });
  state.active = undefined;
  state.attempt = undefined;
}

/** In Argo CD's words: what watches its events goes on working. */
function tellStart(
  engine: Engine,
  target: Target,
  comparison: Comparison,
  { operation }: Extract<StartDecision, { do: "start" }>,
): void {
  const revision = operation.sync?.revision || comparison.revisions.join(", ");
  const kind = operation.sync?.resources?.length ? "partial sync" : "sync";
  const who = operation.initiatedBy?.username;
  const message = operation.initiatedBy?.automated
    ? `Initiated automated ${kind} to '${revision}'`
    : `${who || "Unknown user"} initiated ${kind} to ${revision}`;
  engine.tell(target.object, "Normal", "OperationStarted", message);
}

/** Takes the operation as far as it goes now. `persist` writes its state while it runs. */
export async function advance(
  engine: Engine,
  target: Target,
  state: AppState,
  signal: AbortSignal,
  persist: (running: { operationState: OperationState }) => Promise<void>,
): Promise<OperationOutcome> {
  const active = state.active as ActiveOperation;
  const now = engine.clock.now();
  if (active.retryAt !== undefined && active.phase !== "Terminating") {
    if (now < active.retryAt) return outcomeOf(target, active, { wakeAt: active.retryAt, now });
    startRetry(active, now);
  }
  const execution: Execution = {
    engine,
    target,
    state,
    active,
    signal,
    isDryRun: active.operation.sync?.dryRun === true,
    get writer() {
      return writerFor(engine, target.app, target.project, target.cluster);
    },
  };
  const current = async (): Promise<Comparison | undefined> => {
    const result = await compareApplication(engine, target, state);
    return result.ok ? result.comparison : undefined;
  };
  let progressed: Progressed;
  try {
    // Whom it acts as is settled before anything is written.
    const { writer } = execution;
    progressed = await operate({ ...execution, writer }, comparisonFor(execution, current), async () => {
      active.isPersisted = true;
      await persist({ operationState: operationState(target, active, undefined) });
    });
  } catch (error) {
    if (signal.aborted) throw error;
    // What was tried is remembered by content; without it the same would be tried again at once, without end.
    active.desired ??= (await current())?.digest;
    const text = error instanceof Error ? error.message : String(error);
    progressed = { kind: "finished", phase: "Error", message: state.redactor.text(text) };
  }
  return settle(execution, progressed);
}

/**
 * A sync window has closed over an operation that may not overrun it: it waits where it is, and its wave's time stands still
 * (facts/argocd.md §1.7).
 */
export function holdInWindow(
  engine: Engine,
  target: Target,
  active: ActiveOperation,
  window: WindowVerdict,
): OperationOutcome {
  const now = engine.clock.now();
  active.message = window.why;
  active.isPersisted = true;
  active.waveStartedAt = now;
  return outcomeOf(target, active, { ...(window.changesAt === undefined ? {} : { wakeAt: window.changesAt }), now });
}

function startRetry(active: ActiveOperation, now: number): void {
  active.retryAt = undefined;
  active.results.clear();
  active.desired = undefined;
  active.wave = "";
  active.waveStartedAt = now;
  active.id = `${timeText(active.startedAt)}#${active.retryCount}`;
}

function settle(execution: Execution, progressed: Progressed): OperationOutcome {
  const { engine, target, state, active } = execution;
  const now = engine.clock.now();
  if (progressed.kind === "blocked") return outcomeOf(target, active, { now });
  if (progressed.kind === "waiting") {
    if (active.message !== progressed.message) {
      active.message = progressed.message;
      engine.emit({ type: "waiting", app: state.key, at: now, message: progressed.message });
    }
    active.isPersisted = true;
    return outcomeOf(target, active, { wakeAt: progressed.wakeAt, now });
  }
  const isSuccess = progressed.phase === "Succeeded";
  if (!isSuccess && mayRetry(active)) return scheduleRetry(execution, progressed.message);
  return end(execution, progressed, now);
}

function mayRetry(active: ActiveOperation): boolean {
  return active.phase !== "Terminating" && (active.retry.limit < 0 || active.retryCount < active.retry.limit);
}

function scheduleRetry(execution: Execution, message: string): OperationOutcome {
  const { engine, target, state, active } = execution;
  const now = engine.clock.now();
  active.retryAt = now + retryDelayMs(active.retry, active.retryCount);
  active.retryCount++;
  active.message = `${message}. Retrying attempt #${active.retryCount} at ${timeText(active.retryAt)}.`;
  active.isPersisted = true;
  engine.logger.warn("sync failed, will be tried again", { app: state.key, message: active.message });
  if (active.retryCount === 1) {
    engine.emit({ type: "failed", app: state.key, at: now, message: active.message });
    engine.tell(target.object, "Warning", "OperationFailed", active.message);
  }
  return outcomeOf(target, active, { wakeAt: active.retryAt, now });
}

function end(
  execution: Execution,
  finished: { phase: OperationPhase; message: string },
  now: number,
): OperationOutcome {
  const { target, state, active, isDryRun } = execution;
  const isSuccess = finished.phase === "Succeeded";
  forgetFixed(execution.engine, state, target.app.spec.sources.length);
  active.phase = finished.phase;
  active.message = finished.message;
  state.active = undefined;
  if (!isDryRun) {
    const isSame = active.operation.sync?.resources?.length ? state.attempt?.desired === active.desired : true;
    if (isSame || !isSuccess) {
      state.attempt = { desired: active.desired ?? "", isSuccess, message: finished.message };
    }
    // The next try of a failed sync is a heal, after a heal's back-off.
    if (!isSuccess) state.heal = { attempts: Math.max(1, state.heal.attempts), lastAt: now };
    else if (!active.isHeal) state.heal = { attempts: 0, lastAt: Number.NEGATIVE_INFINITY };
  }
  const durationMs = now - active.beganAt;
  tellEnd(execution, durationMs);
  const history =
    isSuccess && !isDryRun && !active.operation.sync?.resources?.length
      ? extendHistory(target, active, now)
      : undefined;
  const current = state.sources?.map(({ revision }) => revision) ?? [];
  const hold = isSuccess && !isDryRun ? holdAfter(target, active, current, history?.at(-1)?.id) : undefined;
  return {
    status: {
      operationState: operationState(target, active, now),
      ...(history ? { history } : {}),
      clearsOperation: active.isRequested,
      ...(hold ? { hold } : {}),
    },
    conditions: isSuccess ? [] : [{ type: "SyncError", message: syncError(active) }],
    wakeAt: undefined,
    // A failed self-heal is tried again after its back-off, and a person's operation may leave something to automate.
    lookAgain: !isSuccess || active.isRequested,
    isHealed: active.isHeal && isSuccess,
    durationMs,
  };
}

function syncError(active: ActiveOperation): string {
  return `Failed last sync attempt to ${active.revision.slice(0, 12)}: ${active.message}`;
}

function tellEnd(execution: Execution, durationMs: number): void {
  const { engine, target, state, active } = execution;
  const { revision, message, phase } = active;
  engine.metrics.synced(appLabels(target.object, target.cluster.server), phase, execution.isDryRun, durationMs);
  const at = engine.clock.now();
  if (phase === "Succeeded") {
    engine.logger.info("sync ended", { app: state.key, revision, objects: active.applied, durationMs });
    engine.emit({ type: "synced", app: state.key, at, revision, durationMs, objects: active.applied });
    engine.tell(target.object, "Normal", "OperationCompleted", `Sync operation to ${revision} succeeded`);
    return;
  }
  state.lastFailure = syncError(active);
  engine.logger.warn("sync failed", { app: state.key, revision, phase, message });
  engine.emit({ type: "failed", app: state.key, at, message });
  engine.tell(target.object, "Warning", "OperationCompleted", `Sync operation to ${revision} failed: ${message}`);
}

function outcomeOf(
  target: Target,
  active: ActiveOperation,
  at: { readonly wakeAt?: number; readonly now: number },
): OperationOutcome {
  return {
    status: active.isPersisted ? { operationState: operationState(target, active, undefined) } : {},
    conditions: [],
    wakeAt: at.wakeAt,
    lookAgain: false,
    isHealed: false,
    durationMs: at.now - active.beganAt,
  };
}
