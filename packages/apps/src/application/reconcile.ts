import { jsonEqual, problemsOf } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { again, done, type Outcome, type ReconcileContext } from "@fairlead/kube";
import type { Engine } from "../apps/engine.ts";
import { LIMITS } from "../limits.ts";
import { ANNOTATIONS } from "../names.ts";
import { decideWindows, type WindowVerdict } from "../project/windows.ts";
import { decideStart, type StartDecision } from "./decide.ts";
import { unmetDependency } from "./depends.ts";
import { driftCondition, reportDrift, reportHealed } from "./drift.ts";
import { missingFinalizers } from "./delete-hooks.ts";
import { finalize } from "./finalize.ts";
import { heldCondition, holdAnnotations, type Hold } from "./held.ts";
import { compareApplication, type Comparison, type ComparisonResult } from "./observe.ts";
import { findTarget, managedMetadata, type Target } from "./target.ts";
import { advance, begin, holdInWindow, resume, type OperationOutcome } from "./operation.ts";
import { leftBehind } from "./moved.ts";
import { parseApplication } from "./parse.ts";
import { noticingLate, patientResolve, wakeToTell } from "./late.ts";
import { StillWaiting } from "./patience.ts";
import type { AppState } from "./state.ts";
import { buildStatus, type StatusFacts } from "./status.ts";
import type { Application, ApplicationStatus, ConditionFact } from "./types.ts";
import { verifyResources } from "./verify.ts";
import { writeApplication } from "./write.ts";

/** One look at one application, from its spec to its status. Level-based: whatever woke it, everything is decided anew. */
export async function reconcile(engine: Engine, key: string, context: ReconcileContext): Promise<Outcome> {
  const object = engine.application(key);
  if (!object) return done();
  const state = engine.state(key);
  const parsed = parseApplication(object);
  if (object.metadata.deletionTimestamp) return finalize(engine, object, parsed.application, state, context.signal);
  if (object.metadata.annotations?.[ANNOTATIONS.skipReconcile] === "true") return done();
  const found = findTarget(engine, object, parsed);
  if (!found.ok) {
    await write(engine, object, parsed.application, state, { conditions: found.conditions, isHealthKnown: false });
    return done();
  }
  state.server = found.target.cluster.server;
  state.keepsNamespace = managedMetadata(found.target) && `/Namespace//${found.target.namespace}`;
  const isRefreshing = object.metadata.annotations?.[ANNOTATIONS.refresh] !== undefined;
  const isFresh = !isRefreshing || (await serveRefresh(engine, found.target, state));
  // Only the first look of a reconcile can meet a source that is slow: what it brought, or that it is late, is known to the others.
  const resolve = isFresh ? patientResolve(engine, state) : undefined;
  const result = await compareApplication(engine, found.target, state, undefined, resolve);
  if (!result.ok) return notComparable(engine, found.target, state, result);
  state.failures = 0;
  state.isCompared = true;
  const comparison = await verifyResources(engine, found.target, state, result.comparison, context.signal);
  return withComparison(engine, found.target, state, comparison, context.signal);
}

/**
 * A refresh asks the repository itself, and a hard one forgets what was rendered. Returns false while a repository has not answered;
 * the application is woken when it has.
 */
async function serveRefresh(engine: Engine, target: Target, state: AppState): Promise<boolean> {
  const isHard = target.object.metadata.annotations?.[ANNOTATIONS.refresh] === "hard";
  for (const [index, source] of target.app.spec.sources.entries()) {
    if (isHard) {
      engine.sources.forget(`${state.key}#${index}`);
      engine.plugins.forget(`${state.key}#${index}`);
    }
    try {
      const what = JSON.stringify(["refresh", source.repoURL, source.chart]);
      await noticingLate(engine, state, source.repoURL, () =>
        engine.patience.within(what, state.key, () => engine.sources.poke(source), true),
      );
    } catch (error) {
      if (error instanceof StillWaiting) return false;
      // A repository that cannot be reached says so when it is resolved, just after.
    }
  }
  if (isHard) state.verified.clear();
  return true;
}

async function notComparable(
  engine: Engine,
  target: Target,
  state: AppState,
  result: Extract<ComparisonResult, { ok: false }>,
): Promise<Outcome> {
  const { app, object } = target;
  if (result.kind === "loading") {
    // The cluster or the source wakes us; only when a cluster is away there is something to say meanwhile.
    if (result.conditions.length > 0)
      await write(engine, object, app, state, { conditions: result.conditions, isHealthKnown: true });
    const tellAt = wakeToTell(engine, state);
    if (tellAt !== undefined) return again(Math.max(0, tellAt - engine.clock.now()), "source late");
    // A source that answers wakes us, too.
    return result.conditions.length > 0 && !state.late ? again(LIMITS.againMaxMs, "cluster away") : done();
  }
  state.sources = undefined;
  engine.follow(state.key, app.spec.sources);
  await write(engine, object, app, state, { conditions: result.conditions, isHealthKnown: true });
  tellFailure(engine, target.object, state, result.conditions[0]?.message ?? "");
  if (!result.retry) return done();
  const delay = Math.min(LIMITS.againMaxMs, LIMITS.againBaseMs * 2 ** state.failures++);
  return again(delay, result.conditions[0]?.message ?? "source away");
}

function tellFailure(engine: Engine, object: KubeObject, state: AppState, message: string): void {
  if (state.lastFailure === message) return;
  state.lastFailure = message;
  engine.logger.warn("application cannot be compared", { app: state.key, message });
  engine.emit({ type: "failed", app: state.key, at: engine.clock.now(), message });
  engine.tell(object, "Warning", "ComparisonError", message);
}

async function withComparison(
  engine: Engine,
  target: Target,
  state: AppState,
  comparison: Comparison,
  signal: AbortSignal,
): Promise<Outcome> {
  reportDrift(engine, target, state, comparison);
  await resume(engine, target, state, comparison);
  const left = leftBehind(engine, target, state);
  const conditions: ConditionFact[] = [
    ...comparison.conditions,
    ...driftCondition(target, comparison, state.redactor),
    ...left.conditions,
  ];
  let wakeAt: number | undefined;
  let decision: StartDecision = { do: "rest" };
  // What somebody asks for is about what Git says now, not about what it said before it became late.
  const mustWait = state.late !== undefined && (state.active?.isRequested ?? target.app.operation !== undefined);
  if (!state.active && !mustWait) {
    decision = decideStart(await startFacts(engine, target, state, comparison));
    if (decision.do === "start") begin(engine, target, state, comparison, decision);
    if (decision.do === "hold") {
      wakeAt = decision.wakeAt;
      conditions.push(...holdCondition(engine, target, state, decision));
    }
  }
  let latest = comparison;
  let outcome: OperationOutcome | undefined;
  if (state.active && !mustWait) {
    const { active } = state;
    const isManual = active.operation.initiatedBy?.automated !== true;
    const window = windowsOf(target, engine.clock.now(), isManual, active.startedAt);
    const mayGoOn = window.canSync || active.phase === "Terminating";
    outcome = mayGoOn
      ? await advance(engine, target, state, signal, async (running) => {
          await write(engine, engine.application(state.key) ?? target.object, target.app, state, {
            conditions,
            comparison: latest,
            isHealthKnown: true,
            ...running,
          });
        })
      : holdInWindow(engine, target, active, window);
    const after = await compareApplication(engine, target, state);
    if (after.ok) latest = after.comparison;
    wakeAt = outcome.wakeAt;
    if (outcome.isHealed) reportHealed(engine, target, state, latest, outcome);
  }
  if (signal.aborted) return done();
  const settled = outcome ? latest.conditions : conditions;
  await write(engine, engine.application(state.key) ?? target.object, target.app, state, {
    conditions: [
      ...settled,
      ...(outcome
        ? [...driftCondition(target, latest, state.redactor), ...left.conditions, ...outcome.conditions]
        : []),
    ],
    movedFrom: left.annotation,
    comparison: latest,
    isHealthKnown: true,
    ...outcome?.status,
  });
  if (state.lastFailure !== undefined && latest.syncStatus === "Synced") state.lastFailure = undefined;
  return next(engine, earliest(wakeAt, wakeToTell(engine, state)), outcome);
}

function earliest(one: number | undefined, two: number | undefined): number | undefined {
  return one === undefined || two === undefined ? (one ?? two) : Math.min(one, two);
}

function next(engine: Engine, wakeAt: number | undefined, outcome: OperationOutcome | undefined): Outcome {
  if (outcome?.lookAgain) return again(0, "operation ended");
  if (wakeAt === undefined) return done();
  return again(Math.max(0, wakeAt - engine.clock.now()), "waiting");
}

async function startFacts(
  engine: Engine,
  target: Target,
  state: AppState,
  comparison: Comparison,
): Promise<Parameters<typeof decideStart>[0]> {
  const now = engine.clock.now();
  return {
    app: target.app,
    resources: comparison.resources.filter(
      ({ sharedWith, desired }) => sharedWith === undefined || desired?.options.failOnSharedResource,
    ),
    syncStatus: comparison.syncStatus,
    staleNamespace: comparison.isNamespaceStale ? target.namespace : undefined,
    desired: comparison.digest,
    revision: comparison.revision,
    revisions: comparison.revisions,
    attempt: state.attempt,
    heal: state.heal,
    windows: (isManual) => windowsOf(target, now, isManual),
    waitsFor: unmetDependency(engine, target),
    isAudit: target.object.metadata.annotations?.[ANNOTATIONS.driftPolicy] === "audit",
    now,
  };
}

function windowsOf(target: Target, now: number, isManual: boolean, startedAt?: number): WindowVerdict {
  const { app, project, cluster, namespace } = target;
  const where = { application: app.metadata.name, namespace, server: cluster.server, clusterName: cluster.name };
  return decideWindows(project.spec.syncWindows, where, now, { isManual, startedAt });
}

function holdCondition(
  engine: Engine,
  target: Target,
  state: AppState,
  decision: Extract<StartDecision, { do: "hold" }>,
): ConditionFact[] {
  const { message } = decision;
  if (decision.as !== "fault") {
    engine.emit({ type: "waiting", app: state.key, at: engine.clock.now(), message });
    // Argo CD shows nothing of it in the Application; who looks there is to find it.
    return decision.as === "pending" ? [{ type: "SyncPending", message }] : [];
  }
  if (state.lastFailure !== decision.message) {
    state.lastFailure = decision.message;
    engine.emit({ type: "failed", app: state.key, at: engine.clock.now(), message: decision.message });
    engine.tell(target.object, "Warning", "SyncError", decision.message);
  }
  return [{ type: "SyncError", message: decision.message }];
}

interface WriteFacts extends Pick<StatusFacts, "conditions" | "isHealthKnown"> {
  readonly comparison?: Comparison | undefined;
  readonly operationState?: StatusFacts["operationState"];
  readonly history?: StatusFacts["history"];
  readonly clearsOperation?: boolean | undefined;
  readonly hold?: Hold | undefined;
  readonly movedFrom?: string | null | undefined;
}

/** Status, the served refresh annotation and the ended operation, in one write; none when nothing changed. */
async function write(
  engine: Engine,
  object: KubeObject,
  app: Application,
  state: AppState,
  facts: WriteFacts,
): Promise<void> {
  const { comparison } = facts;
  const status = buildStatus({
    app: { ...app, status: (object["status"] ?? {}) as ApplicationStatus },
    resources: comparison?.resources ?? [],
    syncStatus: comparison?.syncStatus ?? "Unknown",
    isComparable: comparison !== undefined,
    revision: comparison?.revision,
    revisions: comparison?.revisions ?? [],
    sourceTypes: comparison?.sourceTypes ?? [],
    conditions: [...facts.conditions, ...heldCondition(object)],
    operationState: facts.operationState,
    history: facts.history,
    controllerNamespace: engine.namespace,
    hasResourceHealth: engine.settings.persistResourceHealth,
    isHealthKnown: facts.isHealthKnown,
    now: engine.clock.now(),
  });
  const metadata = metadataChanges(object, facts, state.late === undefined);
  const more = {
    ...(metadata ? { metadata } : {}),
    ...(facts.clearsOperation && object["operation"] ? { operation: null } : {}),
  };
  const before = object["status"] as ApplicationStatus | undefined;
  const isOnlyRevision = comparison !== undefined && !metadata && onlyRevisionMoved(before, status);
  if (isOnlyRevision && more.operation === undefined) return;
  try {
    await writeApplication(engine, object, status, more);
  } catch (error) {
    engine.logger.warn("status could not be written", { app: state.key, message: problemsOf(error)[0]?.message });
    throw error;
  }
  tellTransitions(engine, object, before, status);
  emitStatus(engine, state, status);
}

function tellTransitions(
  engine: Engine,
  object: KubeObject,
  before: ApplicationStatus | undefined,
  after: ApplicationStatus,
): void {
  const tell = (what: string, from: string | undefined, to: string | undefined): void => {
    if (from === undefined || to === undefined || from === to) return;
    engine.tell(object, "Normal", "ResourceUpdated", `Updated ${what} status: ${from} -> ${to}`);
  };
  tell("sync", before?.sync?.status, after.sync?.status);
  tell("health", before?.health?.status, after.health?.status);
}

/** A refresh that was served, a rollback that is to last, finalizers for hooks that run at deletion. */
function metadataChanges(
  object: KubeObject,
  facts: WriteFacts,
  isRefreshServed: boolean,
): Record<string, unknown> | undefined {
  const annotations: Record<string, string | null> = {};
  if (isRefreshServed && object.metadata.annotations?.[ANNOTATIONS.refresh]) annotations[ANNOTATIONS.refresh] = null;
  if (facts.hold) Object.assign(annotations, holdAnnotations(object, facts.hold));
  if (facts.movedFrom !== undefined) annotations[ANNOTATIONS.movedFrom] = facts.movedFrom;
  const finalizers = facts.comparison ? missingFinalizers(object, facts.comparison.desired.objects) : [];
  if (Object.keys(annotations).length === 0 && finalizers.length === 0) return undefined;
  return {
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(finalizers.length > 0 ? { finalizers: [...(object.metadata.finalizers ?? []), ...finalizers] } : {}),
  };
}

/**
 * A commit that touches nothing of an application is no news about it: writing its number into a thousand applications would be a
 * thousand writes, watched by everyone. The revision is brought up to date with the next real change or refresh (docs/decisions).
 */
function onlyRevisionMoved(before: ApplicationStatus | undefined, after: ApplicationStatus): boolean {
  if (!before?.sync || before.sync.status !== "Synced" || after.sync?.status !== "Synced") return false;
  const patch = { ...after, sync: before.sync, reconciledAt: before.reconciledAt };
  return jsonEqual(before.sync.comparedTo, after.sync.comparedTo) && jsonEqual(patch, before);
}

function emitStatus(engine: Engine, state: AppState, status: ApplicationStatus): void {
  const sync = status.sync?.status ?? "Unknown";
  const health = status.health?.status ?? "Unknown";
  const objects = status.resources?.length ?? 0;
  const text = `${sync}/${health}/${objects}`;
  if (text === state.lastStatusEvent) return;
  state.lastStatusEvent = text;
  engine.emit({ type: "status", app: state.key, at: engine.clock.now(), sync, health, objects });
}
