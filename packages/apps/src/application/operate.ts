import { describeRef, refKey, type KubeObject } from "@fairlead/apimachinery";
import { isNotFound } from "@fairlead/kube";
import { jsonEqual, parseGoDuration } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import { ANNOTATIONS, FINALIZERS } from "../names.ts";
import { parseSyncOptions } from "../sync/options.ts";
import { hookPhaseOf, isStaged, planStep, type PlanInput, type Step, type TaskFact } from "../sync/plan.ts";
import { buildTasks, deletionHookTasks, groupKey, type Task } from "../sync/tasks.ts";
import { effectiveSources, operationSources } from "./held.ts";
import { HOOK_OPERATION, hookMark, isUnchanged, resultOf, runTasks, takeInDeletion } from "./execute.ts";
import type { Execution } from "./execution.ts";
import { invalidTasks } from "./valid.ts";
import { generatedHookName } from "../sync/hooks.ts";
import { ensureNamespace, namespaceDiffers } from "./ready-cluster.ts";
import { compareApplication, type Comparison } from "./observe.ts";
import type { ActiveOperation } from "./state.ts";
import type { FixedSources } from "./sources.ts";
import type { ApplicationSource, OperationPhase, ResourceResult } from "./types.ts";

/** How far an operation got. */
export type Progressed =
  | { readonly kind: "waiting"; readonly message: string; readonly wakeAt: number }
  | { readonly kind: "finished"; readonly phase: OperationPhase; readonly message: string }
  /** Its objects or its cluster are not there to be compared; it goes on when they are. */
  | { readonly kind: "blocked" };

/** Steps of one reconcile at most: a guard against a plan that never ends, far above what waves and hooks need. */
const STEPS_MAX = 10_000;

/**
 * Takes an operation as far as it goes without waiting. Each step is planned anew from what is there, so a kill between any two
 * changes nothing about the end. `persist` writes status before the first thing that must not be done twice.
 */
export async function operate(
  execution: Execution,
  compare: () => Promise<Comparison | undefined>,
  persist: () => Promise<void>,
): Promise<Progressed> {
  const { active, signal } = execution;
  for (let count = 0; count < STEPS_MAX && !signal.aborted; count++) {
    const comparison = await compare();
    if (!comparison) return { kind: "blocked" };
    if (signal.aborted) break;
    active.desired ??= comparison.digest;
    active.revision = comparison.revision;
    active.revisions = comparison.revisions;
    const tasks = tasksOf(execution, comparison);
    recallGenerated(execution, tasks);
    const invalid = refuseInvalid(execution, tasks);
    if (invalid !== undefined) return { kind: "finished", phase: "Failed", message: invalid };
    const step = planStep(planInput(execution, tasks));
    noteHooks(execution, tasks);
    if (step.do === "finish") return await finish(execution, tasks, comparison, step);
    if (step.do === "wait") return { kind: "waiting", message: step.message, wakeAt: step.until };
    await takeStep(execution, step, tasks, persist);
  }
  return { kind: "blocked" };
}

function tasksOf(execution: Execution, comparison: Comparison): Task[] {
  const { active, target } = execution;
  if (execution.only) return deletionHookTasks(comparison.resources, execution.only);
  const sync = active.operation.sync ?? {};
  const own = sync.syncOptions ? parseSyncOptions(sync.syncOptions) : target.options;
  return buildTasks({ resources: comparison.resources, operation: sync, options: own });
}

/** Results say what a hook with generateName is called in the cluster; after a restart they are found by that. */
function recallGenerated({ active }: Execution, tasks: readonly Task[]): void {
  for (const { id, kind, phase, ref, desired } of tasks) {
    const { generateName, name } = desired?.object.metadata ?? {};
    if (kind !== "hook" || name !== undefined || generateName === undefined || active.results.has(id)) continue;
    const own = generatedHookName(generateName, active.revision, phase, active.startedAt);
    const told = `${phase}/${refKey({ ...ref, name: own })}`;
    const result = active.results.get(told);
    if (!result) continue;
    active.results.delete(told);
    active.results.set(id, result);
  }
}

/** Before the first step: all that is known to fail, told at once, and nothing done. */
function refuseInvalid(execution: Execution, tasks: readonly Task[]): string | undefined {
  const { active, target } = execution;
  if (active.results.size > 0 || execution.only) return undefined;
  const faults = invalidTasks(target, tasks);
  for (const task of tasks) {
    const message = faults.get(task.id);
    if (message === undefined) continue;
    const { hookPhase: _none, ...result } = resultOf(task, "SyncFailed", message);
    active.results.set(task.id, result);
  }
  const [first] = faults.values();
  return first === undefined ? undefined : `one or more synchronization tasks are not valid, reason: ${first}`;
}

async function takeStep(
  execution: Execution,
  step: Extract<Step, { do: "run" | "clear" }>,
  tasks: readonly Task[],
  persist: () => Promise<void>,
): Promise<void> {
  const { active, engine, isDryRun } = execution;
  const staged = isStaged(tasks);
  const [first] = step.tasks;
  const wave = first ? groupKey(first) : "";
  if (active.wave !== wave) {
    active.wave = wave;
    active.waveStartedAt = engine.clock.now();
  }
  // Waves and hooks must go on where they were; a sync of one step is simply done again.
  const isIdle = step.do === "run" && step.tasks.every((task) => task.kind === "apply" && isUnchanged(task));
  if (((staged && !isIdle) || bringsNewKind(execution, step)) && !isDryRun) await persist();
  if (step.do === "clear") return clearHooks(execution, step.tasks);
  const isFirst = active.results.size === 0;
  if (!isDryRun && !execution.only) await ensureNamespace(execution);
  if (staged && !isDryRun && isFirst) await rehearse(execution, tasks);
  if ([...active.results.values()].some(({ status }) => status === "SyncFailed")) return;
  await runTasks(execution, step.tasks);
}

/**
 * Kinds are found again by status.resources after a restart. A kind that is not there yet is written down before the first object
 * of it exists: else a kill in between, and a removal from Git before the next start, would leave an object that nobody looks for.
 * An application's very first sync needs no such write: its finalizer renders it again to learn its kinds.
 */
function bringsNewKind(execution: Execution, step: { readonly tasks: readonly Task[] }): boolean {
  const { resources } = execution.target.app.status;
  if (!resources || execution.active.isPersisted) return false;
  const known = new Set(resources.map(({ group, kind }) => `${group ?? ""}/${kind}`));
  return step.tasks.some(({ kind, ref }) => kind === "apply" && !known.has(`${ref.group}/${ref.kind}`));
}

/**
 * Before the first of several steps everything is tried as a dry run, so that no migration job runs for a deployment the server
 * will refuse. Objects of kinds that come with the operation cannot be tried (facts/argocd.md §1.3).
 */
async function rehearse(execution: Execution, tasks: readonly Task[]): Promise<void> {
  const { target, active } = execution;
  const ready = tasks.filter(({ kind, desired }) => {
    if (kind !== "apply" || !desired) return false;
    const { namespace = "" } = desired.ref;
    // A namespace that this very sync makes is not there to try anything in.
    const isMade = tasks.some(({ ref }) => ref.kind === "Namespace" && ref.group === "" && ref.name === namespace);
    const mayBeMissing = isMade || (target.options.createNamespace && namespace === target.namespace);
    const hasNamespace = !mayBeMissing || target.live.store.get(`/Namespace//${namespace}`) !== undefined;
    return hasNamespace && target.live.stateOf(desired.object) === "ready";
  });
  await runTasks({ ...execution, isDryRun: true }, ready);
  for (const [id, { status }] of active.results) if (status !== "SyncFailed") active.results.delete(id);
}

function planInput(execution: Execution, tasks: readonly Task[]): PlanInput {
  const { active, engine, target } = execution;
  return {
    tasks,
    results: active.results,
    fact: (task) => factOf(execution, task),
    now: engine.clock.now(),
    waveStartedAt: active.waveStartedAt,
    waveTimeoutMs: waveTimeout(target.object),
    isTerminating: active.phase === "Terminating",
    isDryRun: execution.isDryRun,
  };
}

function waveTimeout(object: KubeObject): number {
  const text = object.metadata.annotations?.[ANNOTATIONS.waveTimeout];
  if (text === undefined) return LIMITS.waveTimeoutMs;
  try {
    return parseGoDuration(text);
  } catch {
    return LIMITS.waveTimeoutMs;
  }
}

function factOf(execution: Execution, task: Task): TaskFact {
  const { active, engine, target } = execution;
  const live = target.live.store.get(hookKey(execution, task));
  const object = live?.object;
  return {
    exists: object !== undefined,
    isDeleting: object?.metadata.deletionTimestamp !== undefined,
    health: object && !live.isStub ? engine.health(object) : undefined,
    isOfThisOperation: object?.metadata.annotations?.[HOOK_OPERATION] === hookMark(active, task),
  };
}

/** A hook with generateName has its real name only once it runs; its result says which. */
function hookKey(execution: Execution, task: Task): string {
  const { generateName, name } = task.desired?.object.metadata ?? {};
  if (task.kind !== "hook" || name !== undefined || generateName === undefined) return task.key;
  const wanted = hookMark(execution.active, task);
  for (const live of execution.target.live.store.tracked(execution.target.instance)) {
    const { annotations, name: own = "" } = live.object.metadata;
    if (annotations?.[HOOK_OPERATION] === wanted && own.startsWith(generateName)) return live.key;
  }
  return task.key;
}

/** Keeps the phases of hooks in the results, where status shows them and a restart finds them. */
function noteHooks(execution: Execution, tasks: readonly Task[]): void {
  const { active } = execution;
  const last = tasks.findLast(({ phase }) => phase !== "SyncFail");
  for (const task of tasks) {
    if (task.kind === "apply") noteHealth(execution, task, last);
    if (task.kind !== "hook") continue;
    const phase = hookPhaseOf(task, { results: active.results, fact: (each) => factOf(execution, each) });
    const known = active.results.get(task.id);
    if (!phase || !known || known.hookPhase === phase) continue;
    const message = factOf(execution, task).health?.message;
    // As Argo CD has it: what has ended has a phase and no status any more.
    const { status: _status, ...rest } = known;
    const ended = phase === "Running" || known.status === "SyncFailed" ? known : rest;
    active.results.set(task.id, { ...ended, hookPhase: phase, ...(message ? { message } : {}) });
  }
}

/** What a later wave waited for has succeeded; nobody waits for the last one. */
function noteHealth(execution: Execution, task: Task, last: Task | undefined): void {
  const { active } = execution;
  const known = active.results.get(task.id);
  if (known?.hookPhase !== "Running" || (last && groupKey(task) === groupKey(last))) return;
  const { health } = factOf(execution, task);
  if (health === undefined || health.status === "Healthy")
    active.results.set(task.id, { ...known, hookPhase: "Succeeded" });
}

async function finish(
  execution: Execution,
  tasks: readonly Task[],
  comparison: Comparison,
  step: { readonly phase: OperationPhase; readonly message: string },
): Promise<Progressed> {
  const { active, isDryRun } = execution;
  if (!isDryRun) await cleanHooks(execution, tasks);
  // Where nothing else was to be done, the namespace's labels and annotations may be.
  if (!isDryRun && step.phase === "Succeeded" && namespaceDiffers(execution.target)) await ensureNamespace(execution);
  const sync = active.operation.sync ?? {};
  if (!execution.only && !sync.prune && !sync.resources?.length) {
    // Told, not done: what Git no longer has stays because pruning was not asked for.
    for (const { requiresPruning, ref, version, key } of comparison.resources) {
      if (!requiresPruning) continue;
      active.results.set(`Sync/${key}`, skipped(ref, version));
    }
  }
  return { kind: "finished", phase: step.phase, message: step.message };
}

function skipped(ref: Task["ref"], version: string): ResourceResult {
  return {
    group: ref.group,
    version,
    kind: ref.kind,
    namespace: ref.namespace ?? "",
    name: ref.name,
    status: "PruneSkipped",
    message: "ignored (requires pruning)",
    hookPhase: "Succeeded",
    syncPhase: "Sync",
  };
}

/** Hooks that ended: their finalizer goes, and they themselves if their delete policy says so. */
async function cleanHooks(execution: Execution, tasks: readonly Task[]): Promise<void> {
  for (const task of tasks) {
    if (task.kind !== "hook") continue;
    const live = execution.target.live.store.get(hookKey(execution, task));
    if (!live || live.object.metadata.annotations?.[HOOK_OPERATION] !== hookMark(execution.active, task)) continue;
    const phase = execution.active.results.get(task.id)?.hookPhase;
    const policies = task.desired?.hook.deletePolicies ?? [];
    const mustGo =
      (phase === "Succeeded" && policies.includes("HookSucceeded")) ||
      ((phase === "Failed" || phase === "Error") && policies.includes("HookFailed"));
    await releaseHook(execution, live.object, live.key, mustGo);
  }
}

async function clearHooks(execution: Execution, tasks: readonly Task[]): Promise<void> {
  for (const task of tasks) {
    const live = execution.target.live.store.get(hookKey(execution, task));
    if (live) await releaseHook(execution, live.object, live.key, true);
  }
}

/** Removes our finalizer and, if asked, the hook. Gone already is as good. */
async function releaseHook(execution: Execution, object: KubeObject, key: string, mustGo: boolean): Promise<void> {
  const { target, engine, signal, state, writer: client } = execution;
  const { name = "", namespace, finalizers = [], uid } = object.metadata;
  const ref = { apiVersion: object.apiVersion, kind: object.kind, name, namespace };
  try {
    if (mustGo) {
      const options = { propagationPolicy: "Background" as const, preconditions: { uid }, signal };
      takeInDeletion(target, key, (await client.delete(object, name, namespace, options)) as KubeObject);
    }
    if (finalizers.includes(FINALIZERS.hook)) {
      const rest = finalizers.filter((finalizer) => finalizer !== FINALIZERS.hook);
      const body = { metadata: { finalizers: rest.length > 0 ? rest : null } };
      const answer = await client.patch(ref, { type: "merge", body }, { signal });
      if (mustGo) target.live.absorbDeleted(key);
      else target.live.absorb(answer);
    }
  } catch (error) {
    if (!isNotFound(error)) throw error;
    target.live.absorbDeleted(key);
  }
  engine.logger.debug("hook released", { app: state.key, object: describeRef({ ...ref }), deleted: mustGo });
}

/** A comparison at the operation's own revisions, where it names any that differ from what Git says now. */
export function comparisonFor(
  execution: Execution,
  current: () => Promise<Comparison | undefined>,
): () => Promise<Comparison | undefined> {
  const { engine, target, state, active } = execution;
  return async () => {
    const now = await current();
    if (!now) return undefined;
    const fixed = fixedSources(active, now.revisions, effectiveSources(target));
    if (!fixed) return now;
    const result = await compareApplication(engine, target, state, fixed);
    if (result.ok) return result.comparison;
    if (result.kind === "loading") return undefined;
    throw new Error(result.conditions.map(({ message }) => message).join("; "));
  };
}

/**
 * What an operation names itself instead of what the Application says now: revisions, the sources of a line of history (a rollback
 * brings its parameters along), or manifests from somebody's disk. Undefined when it names nothing else.
 */
function fixedSources(
  active: ActiveOperation,
  current: readonly string[],
  effective: readonly ApplicationSource[],
): FixedSources | undefined {
  const { operation } = active;
  // An automated operation means what Git says now; only a person's operation names a revision of its own.
  if (operation.initiatedBy?.automated || !operation.sync) return undefined;
  const { revision, revisions = [], manifests = [] } = operation.sync;
  const wanted = revisions.length > 0 ? revisions : revision ? [revision] : [];
  const own = operationSources(active);
  const isSameRevision = wanted.every((entry, index) => entry === "" || entry === current[index]);
  const isSameSource = own.length === 0 || jsonEqual(own, effective);
  if (isSameRevision && isSameSource && manifests.length === 0) return undefined;
  return {
    revisions: wanted,
    ...(isSameSource ? {} : { sources: own }),
    ...(manifests.length > 0 ? { manifests } : {}),
  };
}
