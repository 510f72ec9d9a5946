import { describeRef, gvkOf, type KubeObject, type ObjectRef } from "@fairlead/apimachinery";
import { ProblemError } from "@fairlead/base";
import { again, done, isNotFound, type KindRef, type KubeClient, type Outcome } from "@fairlead/kube";
import type { Engine } from "../apps/engine.ts";
import { LIMITS } from "../limits.ts";
import type { Cluster } from "../cluster/types.ts";
import type { LiveCluster } from "../live/cluster.ts";
import type { LiveObject } from "../live/types.ts";
import { ANNOTATIONS, FINALIZERS } from "../names.ts";
import { permitsObject } from "../project/permit.ts";
import { hookOf, waveOf } from "../sync/hooks.ts";
import { optionsFor, parseSyncOptions, type SyncOptions } from "../sync/options.ts";
import { instanceName } from "../sync/tracking.ts";
import { runDeletionHooks, type DeletionHooks } from "./delete-hooks.ts";
import { findCluster } from "./destination.ts";
import { writerFor } from "./identity.ts";
import { patientResolve } from "./late.ts";
import { compareApplication } from "./observe.ts";
import { parseApplication } from "./parse.ts";
import { findTarget, listOf } from "./target.ts";
import { takeInDeletion } from "./execute.ts";
import type { AppState } from "./state.ts";
import { timeMs, timeText } from "./times.ts";
import type { Application, ApplicationStatus } from "./types.ts";
import { writeApplication } from "./write.ts";

const CASCADE: readonly string[] = [FINALIZERS.cascade, FINALIZERS.cascadeForeground, FINALIZERS.cascadeBackground];

const OURS: readonly string[] = [
  ...CASCADE,
  FINALIZERS.preDelete,
  FINALIZERS.preDeleteCleanup,
  FINALIZERS.postDelete,
  FINALIZERS.postDeleteCleanup,
];

/**
 * Deletes what an application owns before the application itself goes, one wave at a time, the highest first, each waited for
 * (facts/argocd.md §1.3). Without one of our finalizers nothing is deleted. A cluster that is not registered any more keeps the
 * application where it is, with a condition: Argo CD forgets its objects there, we do not. The same holds for clusters that the
 * application was on before.
 */
export async function finalize(
  engine: Engine,
  object: KubeObject,
  app: Application,
  state: AppState,
  signal: AbortSignal,
): Promise<Outcome> {
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.some((finalizer) => OURS.includes(finalizer))) return done();
  state.active = undefined;
  const cluster = findCluster(app, engine.clusters);
  if (!("server" in cluster)) {
    const hint = "register the cluster again, or remove the finalizer to leave its objects where they are";
    await hold(engine, object, app, `${cluster.message}, so its objects there cannot be deleted: ${hint}`);
    return done();
  }
  const away = await untilKnown(engine, object, app, state, cluster);
  if (away) return away;
  const before = await runDeletionHooks(engine, object, state, "PreDelete", signal);
  if (before.kind !== "done") return held(engine, object, app, before);
  if (finalizers.some((finalizer) => CASCADE.includes(finalizer))) {
    const going =
      (await cascade(engine, object, app, state, cluster, signal)) ??
      (await cascadeElsewhere(engine, object, app, state, cluster, signal));
    if (going) return going;
    state.server = cluster.server;
  }
  const after = await runDeletionHooks(engine, object, state, "PostDelete", signal);
  if (after.kind !== "done") return held(engine, object, app, after);
  engine.claims.set(instanceName(app.metadata, engine.namespace), cluster.server, []);
  return release(engine, object);
}

/** Undefined once everything that the application may have there is known; the cluster wakes us otherwise. */
async function untilKnown(
  engine: Engine,
  object: KubeObject,
  app: Application,
  state: AppState,
  cluster: Cluster,
): Promise<Outcome | undefined> {
  state.server = cluster.server;
  const live = engine.live(cluster);
  // Deleted before its first status was written: what Git says tells which kinds it may have made.
  const found = app.status.resources ? undefined : findTarget(engine, object, parseApplication(object));
  if (found?.ok) {
    const known = await compareApplication(engine, found.target, state, undefined, patientResolve(engine, state));
    if (!known.ok && state.late) {
      const why = "which would say what kinds of objects it may have made";
      await hold(engine, object, app, `waiting for ${state.late.repoURL} to answer, ${why}`);
      return done();
    }
  }
  state.waitsForCluster = !live.ensure(kindsOf(app)) || !live.isSettled;
  if (!state.waitsForCluster) return undefined;
  if (live.trouble === undefined) return done();
  await hold(engine, object, app, `cluster ${cluster.name} cannot be reached: ${live.trouble}`);
  return again(LIMITS.againMaxMs, "cluster away");
}

/** Deletes what the application owns on one cluster, a wave at a time; undefined once nothing is left that may be deleted. */
async function cascade(
  engine: Engine,
  object: KubeObject,
  app: Application,
  state: AppState,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  const live = engine.live(cluster);
  const instance = instanceName(app.metadata, engine.namespace);
  const options = cascadeOptions(app, object.metadata.finalizers ?? []);
  const tracked = live.store.tracked(instance);
  const left = tracked.filter((entry) => mayDelete(engine, app, live, entry, instance, options));
  if (left.length === 0) return undefined;
  const unconfirmed = left.find((entry) => needsConfirmation(app, entry, options));
  if (unconfirmed) {
    const what = `${describeRef(refOf(unconfirmed))} is deleted only when somebody confirms it`;
    await hold(engine, object, app, `${what}: set the annotation ${ANNOTATIONS.deletionApproved} to the present time`);
    return done();
  }
  const project = engine.project(app.spec.project)?.project;
  try {
    const writer = project ? writerFor(engine, app, project, cluster) : live.client;
    return await deleteWave(engine, object, app, state, { live, writer, left, options, signal });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    await hold(engine, object, app, error.message);
    return done();
  }
}

/** What an application that was moved left on other clusters goes with it; nothing would remember it afterwards. */
async function cascadeElsewhere(
  engine: Engine,
  object: KubeObject,
  app: Application,
  state: AppState,
  present: Cluster,
  signal: AbortSignal,
): Promise<Outcome | undefined> {
  for (const server of listOf(object.metadata.annotations?.[ANNOTATIONS.movedFrom])) {
    if (server === present.server) continue;
    const cluster = engine.clusters.byServer(server);
    if (!cluster) {
      const hint = `register it again, or remove the annotation ${ANNOTATIONS.movedFrom} to leave them where they are`;
      const what = `the application was on ${server} before, which is not registered any more, so its objects there cannot be deleted`;
      await hold(engine, object, app, `${what}: ${hint}`);
      return done();
    }
    const going =
      (await untilKnown(engine, object, app, state, cluster)) ??
      (await cascade(engine, object, app, state, cluster, signal));
    if (going) return going;
  }
  return undefined;
}

/** Hooks that still run wake us when they end; a failed one keeps the application, and says so. */
async function held(engine: Engine, object: KubeObject, app: Application, hooks: DeletionHooks): Promise<Outcome> {
  if (hooks.kind === "failed") await hold(engine, object, app, hooks.message);
  if (hooks.wakeAt === undefined) return done();
  return again(Math.max(0, hooks.wakeAt - engine.clock.now()), hooks.message);
}

function kindsOf(app: Application): KindRef[] {
  return (app.status.resources ?? []).map(({ group, version, kind }) => ({
    apiVersion: group ? `${group}/${version}` : version,
    kind,
  }));
}

function cascadeOptions(app: Application, finalizers: readonly string[]): SyncOptions {
  const base = parseSyncOptions(app.spec.syncOptions);
  return finalizers.includes(FINALIZERS.cascadeBackground) ? { ...base, prunePropagation: "Background" } : base;
}

/** Left where it is: Delete=false, kinds the project does not permit, and what another application wants by now. */
function mayDelete(
  engine: Engine,
  app: Application,
  live: LiveCluster,
  entry: LiveObject,
  instance: string,
  options: SyncOptions,
): boolean {
  if (optionsFor(entry.object, options).delete === false) return false;
  // These run when everything else is gone; their own delete policy says what becomes of them.
  if (hookOf(entry.object).phases.includes("PostDelete")) return false;
  if (engine.claims.otherHolder(live.cluster.server, entry.key, instance) !== undefined) return false;
  const project = engine.project(app.spec.project)?.project;
  const { namespace } = entry.object.metadata;
  return project === undefined || permitsObject(project, refOf(entry), namespace !== undefined, live.cluster).ok;
}

/** Delete=confirm: a confirmation from before the deletion was for something else. */
function needsConfirmation(app: Application, entry: LiveObject, options: SyncOptions): boolean {
  if (optionsFor(entry.object, options).delete !== "confirm") return false;
  const approvedAt = timeMs(app.metadata.annotations?.[ANNOTATIONS.deletionApproved]);
  const since = timeMs(app.metadata.deletionTimestamp) ?? 0;
  return approvedAt === undefined || approvedAt < since;
}

function refOf(entry: LiveObject): ObjectRef {
  const { group, kind } = gvkOf(entry.object);
  const { name = "", namespace } = entry.object.metadata;
  return { group, kind, namespace, name };
}

interface Deletion {
  readonly live: LiveCluster;
  readonly writer: KubeClient;
  readonly left: readonly LiveObject[];
  readonly options: SyncOptions;
  readonly signal: AbortSignal;
}

async function deleteWave(
  engine: Engine,
  object: KubeObject,
  app: Application,
  state: AppState,
  deletion: Deletion,
): Promise<Outcome> {
  const { live, left, signal } = deletion;
  const highest = Math.max(...left.map((entry) => waveOf(entry.object).wave));
  const wave = left.filter((entry) => waveOf(entry.object).wave === highest);
  const toDelete = wave.filter((entry) => !entry.object.metadata.deletionTimestamp);
  const failures: string[] = [];
  for (let at = 0; at < toDelete.length && !signal.aborted; at += LIMITS.parallelTasks) {
    const group = toDelete.slice(at, at + LIMITS.parallelTasks);
    await Promise.all(
      group.map((entry) =>
        deleteOne(engine, state, deletion, entry).catch((error: unknown) => {
          failures.push(`${describeRef(refOf(entry))}: ${error instanceof Error ? error.message : String(error)}`);
        }),
      ),
    );
  }
  if (failures.length > 0) {
    await hold(engine, object, app, failures.slice(0, 5).join("; "));
    return again(LIMITS.againMaxMs / 4, "deletion failed");
  }
  // Each deletion that is seen wakes us; what went at once makes room for the next wave now.
  const isGone = wave.every((entry) => live.store.get(entry.key) === undefined);
  return isGone ? again(0, "next wave") : done();
}

async function deleteOne(engine: Engine, state: AppState, deletion: Deletion, entry: LiveObject): Promise<void> {
  const { live, writer, options, signal } = deletion;
  const { name = "", namespace, uid, finalizers = [] } = entry.object.metadata;
  const { prunePropagation } = optionsFor(entry.object, options);
  try {
    const answer = await writer.delete(entry.object, name, namespace, {
      propagationPolicy: prunePropagation,
      preconditions: { uid },
      signal,
    });
    takeInDeletion({ live }, entry.key, answer as KubeObject);
    if (finalizers.includes(FINALIZERS.hook)) await dropHookFinalizer(writer, entry, signal);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    live.absorbDeleted(entry.key);
  }
  engine.emit({ type: "pruned", app: state.key, at: engine.clock.now(), object: describeRef(refOf(entry)) });
}

async function dropHookFinalizer(writer: KubeClient, entry: LiveObject, signal: AbortSignal): Promise<void> {
  const { name = "", namespace, finalizers = [] } = entry.object.metadata;
  const rest = finalizers.filter((finalizer) => finalizer !== FINALIZERS.hook);
  const ref = { apiVersion: entry.object.apiVersion, kind: entry.object.kind, name, namespace };
  const body = { metadata: { finalizers: rest.length > 0 ? rest : null } };
  await writer.patch(ref, { type: "merge", body }, { signal });
}

/** Nothing of it is left: our finalizers go, and with them the application. */
async function release(engine: Engine, object: KubeObject): Promise<Outcome> {
  const rest = (object.metadata.finalizers ?? []).filter((finalizer) => !OURS.includes(finalizer));
  const status = (object["status"] ?? {}) as ApplicationStatus;
  await writeApplication(engine, object, status, { metadata: { finalizers: rest.length > 0 ? rest : null } });
  return done();
}

async function hold(engine: Engine, object: KubeObject, app: Application, message: string): Promise<void> {
  const before = app.status.conditions?.find(({ type }) => type === "DeletionError");
  if (before?.message === message) return;
  const others = (app.status.conditions ?? []).filter(({ type }) => type !== "DeletionError");
  const entry = { type: "DeletionError" as const, message, lastTransitionTime: timeText(engine.clock.now()) };
  await writeApplication(engine, object, { ...app.status, conditions: [...others, entry] });
  engine.tell(object, "Warning", "DeletionError", message);
}
