import { ProblemError } from "@fairlead/base";
import { describeRef, type KubeObject } from "@fairlead/apimachinery";
import { ApiError, isNotFound } from "@fairlead/kube";
import { forbiddenAdditions, takeBaseline } from "../compare/compare.ts";
import { removalPatch } from "../drift/additions.ts";
import type { LiveObject } from "../live/types.ts";
import type { FieldNode } from "../drift/field-set.ts";
import { LIMITS } from "../limits.ts";
import { ANNOTATIONS, CRD_KIND, FIELD_MANAGER, FINALIZERS } from "../names.ts";
import { generatedHookName } from "../sync/hooks.ts";
import { isDeletionApproved } from "../sync/approval.ts";
import type { Task } from "../sync/tasks.ts";
import { withTracking } from "../sync/tracking.ts";
import { refusalOf, unservedKind } from "./valid.ts";
import { establish } from "./ready-cluster.ts";
import { adopt, counted, isImmutable, send } from "./send.ts";
import type { Execution } from "./execution.ts";
import { imagesOf } from "./status.ts";
import { listOf, type Target } from "./target.ts";
import type { ResourceResult } from "./types.ts";

/**
 * Does the tasks of one step, kind after kind in their order, the objects of one kind side by side. A failure does not stop the
 * others of the step: every object's fault is reported at once. Stops early after new CRDs, since what follows may be of their
 * kinds and is planned again.
 */
export async function runTasks(execution: Execution, tasks: readonly Task[]): Promise<void> {
  for (const chunk of chunks(tasks)) {
    if (execution.signal.aborted) return;
    await Promise.all(chunk.map((task) => runOne(execution, task)));
    if (execution.isDryRun || !chunk.some(({ ref }) => ref.kind === CRD_KIND.kind)) continue;
    await establish(execution, chunk);
    return;
  }
}

/** Neighbours of one kind, at most as many as may run side by side; prunes apart. */
function* chunks(tasks: readonly Task[]): Generator<Task[]> {
  let chunk: Task[] = [];
  for (const task of tasks) {
    const [first] = chunk;
    const isSame =
      first && first.kind === task.kind && first.ref.kind === task.ref.kind && first.ref.group === task.ref.group;
    if (first && (!isSame || chunk.length >= LIMITS.parallelTasks)) {
      yield chunk;
      chunk = [];
    }
    chunk.push(task);
  }
  if (chunk.length > 0) yield chunk;
}

async function runOne(execution: Execution, task: Task): Promise<void> {
  const { active } = execution;
  try {
    const result = task.kind === "prune" ? await prune(execution, task) : await applyTask(execution, task);
    active.results.set(task.id, result);
  } catch (error) {
    if (execution.signal.aborted) return;
    active.results.set(
      task.id,
      resultOf(task, "SyncFailed", execution.state.redactor.text(explain(error, task, execution.target))),
    );
  }
}

const PHASES_OF_STATUS = {
  Synced: "Running",
  SyncFailed: "Failed",
  Pruned: "Succeeded",
  PruneSkipped: "Succeeded",
} as const;

export function resultOf(task: Task, status: NonNullable<ResourceResult["status"]>, message: string): ResourceResult {
  const images = task.desired ? imagesOf(task.desired.object) : [];
  return {
    group: task.ref.group,
    version: task.version,
    kind: task.ref.kind,
    namespace: task.ref.namespace ?? "",
    name: task.ref.name,
    status,
    message: message.length > LIMITS.messageChars ? `${message.slice(0, LIMITS.messageChars)}…` : message,
    syncPhase: task.phase,
    ...(task.kind === "hook" ? { hookType: task.phase } : {}),
    ...(images.length > 0 ? { images } : {}),
    // Argo CD gives every object such a phase, hook or not.
    hookPhase: PHASES_OF_STATUS[status],
  };
}

/** The server's own words, and what to do about the faults that people meet most. */
function explain(error: unknown, task: Task, target: Target): string {
  const text = error instanceof Error ? error.message : String(error);
  const origin = task.desired?.origin;
  const place = origin ? ` (${origin.file}${origin.line ? `:${origin.line}` : ""})` : "";
  const isApi = error instanceof ApiError;
  const { namespace } = task.ref;
  if (isApi && error.code === 404 && namespace !== undefined && /namespaces? /.test(text)) {
    return `${text}${place}: create the namespace, or set CreateNamespace=true in spec.syncPolicy.syncOptions`;
  }
  if (isApi && error.code === 403 && /being terminated/.test(text)) {
    return `${text}${place}: namespace ${namespace} is being deleted; the sync goes on once it is gone`;
  }
  if (isApi && isImmutable(error)) {
    return `${text}${place}: the field cannot be changed in place; Force=true or Replace=true,Force=true in argocd.argoproj.io/sync-options recreates the object`;
  }
  if (isApi && error.code === 413) return `${text}${place}: the object is larger than the API takes`;
  if (error instanceof ProblemError) return `${text}${place} (cluster ${target.cluster.name})`;
  return `${text}${place}`;
}

async function applyTask(execution: Execution, task: Task): Promise<ResourceResult> {
  const { engine, target, active, isDryRun } = execution;
  const { desired } = task;
  if (!desired) return resultOf(task, "SyncFailed", "nothing to apply");
  const refusal = refusalOf(target, task);
  if (refusal !== undefined) return resultOf(task, "SyncFailed", refusal);
  const unserved = unservedKind(target, task);
  if (unserved !== undefined) {
    if (task.options.skipDryRunOnMissingResource && isDryRun)
      return resultOf(task, "Synced", "skipped: kind is not served yet");
    return resultOf(task, "SyncFailed", unserved);
  }
  // Work in proportion to change: of three thousand objects only those that differ are sent.
  if (task.kind === "apply" && isUnchanged(task)) return resultOf(task, "Synced", `${nameOf(task)} unchanged`);
  const before = task.kind === "hook" ? undefined : target.live.store.get(task.key);
  const object = await objectToSend(execution, task);
  if (before && !isDryRun && before.ours === undefined) await adopt(execution, task, object);
  const answer = await send(execution, task, object);
  // A hook that has generateName only is named by now.
  const named = { ...task, ref: { ...task.ref, name: object.metadata.name ?? task.ref.name } };
  if (isDryRun) return resultOf(named, "Synced", `${nameOf(named)} serverside-applied (dry run)`);
  const live = await withoutAdditions(execution, task, target.live.absorb(answer));
  const isChanged = before?.object.metadata.resourceVersion !== answer.metadata.resourceVersion;
  if (task.kind !== "hook" && !live.isStub && (await isPrepared(target, task, live))) {
    execution.state.baselines.set(task.key, takeBaseline(desired, live, target.ignore.for(task.ref)));
  }
  active.applied++;
  engine.emit({
    type: "applied",
    app: execution.state.key,
    at: engine.clock.now(),
    object: describeRef(task.ref),
    changed: isChanged,
  });
  return resultOf(named, "Synced", `${nameOf(named)} ${isChanged ? "serverside-applied" : "unchanged"}`);
}

/** What is there is what would be sent. */
export function isUnchanged(task: Task): boolean {
  return task.isInSync === true && !task.options.replace;
}

/** In strict mode what others added beside our fields goes with the apply that is about it. */
async function withoutAdditions(execution: Execution, task: Task, live: LiveObject): Promise<LiveObject> {
  const { target, writer, signal } = execution;
  const { annotations } = target.object.metadata;
  const policy =
    task.desired?.object.metadata.annotations?.[ANNOTATIONS.additions] ?? annotations?.[ANNOTATIONS.additions];
  if (policy !== "forbid" || task.kind !== "apply" || !(await isPrepared(target, task, live))) return live;
  const yieldTo = listOf(annotations?.[ANNOTATIONS.yieldTo]);
  const paths = forbiddenAdditions(live, target.ignore.for(task.ref), yieldTo).map(({ path }) => path);
  if (paths.length === 0) return live;
  const { apiVersion, kind } = live.object;
  const { name, namespace } = task.ref;
  const patch = { type: "json" as const, body: removalPatch(live.object, paths) };
  return target.live.absorb(
    await writer.patch({ apiVersion, kind, name, namespace }, patch, { fieldManager: FIELD_MANAGER, signal }),
  );
}

/** Whether the rules could be read on the answer; if not, the next comparison says so and takes the baseline. */
async function isPrepared(target: Target, task: Task, live: LiveObject): Promise<boolean> {
  if (!target.ignore.needsJq) return true;
  return (await target.ignore.prepare([{ ref: task.ref, object: live.object }])).length === 0;
}

/** As kubectl prints it: `deployment.apps/checkout`. */
function nameOf(task: Task): string {
  const { group, kind, name } = task.ref;
  return `${kind.toLowerCase()}${group ? `.${group}` : ""}/${name}`;
}

async function objectToSend(execution: Execution, task: Task): Promise<KubeObject> {
  const { engine, target, active } = execution;
  const desired = task.desired?.object as KubeObject;
  if (task.kind === "hook") return hookObject(execution, task, desired);
  const live = target.live.store.get(task.key);
  if (!live || live.isStub) return desired;
  const ignore = target.ignore.for(task.ref);
  let object = desired;
  if (task.options.respectIgnoreDifferences && !ignore.isEmpty) {
    const { ref } = task;
    // Read anew: what a watch has not told yet would be overwritten with what it was.
    const { name, namespace } = ref;
    const fresh = await target.live.client.find(desired, name, namespace, { signal: execution.signal });
    if (!fresh) return desired;
    const broken = await target.ignore.prepare([
      { ref, object: desired },
      { ref, object: fresh },
    ]);
    if (broken[0]) throw new ProblemError(broken);
    object = ignore.overlay(desired, fresh) as KubeObject;
  }
  const yielded = [
    ...listOf(target.object.metadata.annotations?.[ANNOTATIONS.yieldTo]),
    ...(task.options.respectIgnoreDifferences ? ignore.managers : []),
  ];
  const theirs = live.others.filter((entry) => yielded.includes(entry.manager));
  if (theirs.length === 0) return object;
  engine.logger.debug("fields left to their manager", {
    app: execution.state.key,
    object: describeRef(task.ref),
    operation: active.id,
  });
  return withoutFields(object, theirs);
}

/** A hook carries the mark of its operation, and a finalizer so that it cannot vanish before its end was seen. */
function hookObject(execution: Execution, task: Task, desired: KubeObject): KubeObject {
  const { engine, target, active } = execution;
  const name =
    desired.metadata.name ??
    generatedHookName(desired.metadata.generateName ?? "", active.revision, task.phase, active.startedAt);
  const { generateName: _generateName, ...metadata } = desired.metadata;
  const ref = { ...task.ref, name };
  const named: KubeObject = { ...desired, metadata: { ...metadata, name } };
  const marked = withTracking(
    named,
    { instance: target.instance, ref, destinationNamespace: target.namespace },
    engine.tracking,
  );
  return {
    ...marked,
    metadata: {
      ...marked.metadata,
      annotations: { ...marked.metadata.annotations, [HOOK_OPERATION]: hookMark(active, task) },
      finalizers: [...new Set([...(marked.metadata.finalizers ?? []), FINALIZERS.hook])],
    },
  };
}

/** Ours: which attempt of which operation made a hook, and for which phase: one of two phases is made twice. */
export const HOOK_OPERATION = "fairlead.dev/operation";

export function hookMark(active: Execution["active"], task: Pick<Task, "phase">): string {
  return `${active.id} ${task.phase}`;
}

async function prune(execution: Execution, task: Task): Promise<ResourceResult> {
  const { engine, target, signal, isDryRun, state } = execution;
  const { live } = task;
  if (!live) return resultOf(task, "Pruned", "already gone");
  if (task.options.prune === false) return resultOf(task, "PruneSkipped", "ignored (no prune)");
  if (task.options.prune === "confirm" && !isDeletionApproved(target.app)) {
    return resultOf(
      task,
      "PruneSkipped",
      "ignored (requires pruning confirmation: set argocd.argoproj.io/deletion-approved)",
    );
  }
  const heir = engine.claims.otherHolder(target.cluster.server, task.key, target.instance);
  if (heir !== undefined) return resultOf(task, "PruneSkipped", `handed over to application ${heir}`);
  if (isDryRun) return resultOf(task, "Pruned", "pruned (dry run)");
  try {
    const options = {
      propagationPolicy: task.options.prunePropagation,
      preconditions: { uid: live.object.metadata.uid },
      signal,
    };
    const asked = execution.writer.delete(live.object, task.ref.name, task.ref.namespace, options);
    const answer = await counted(execution, task, "Delete", asked);
    takeInDeletion(target, task.key, answer as KubeObject);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    target.live.absorbDeleted(task.key);
  }
  engine.emit({ type: "pruned", app: state.key, at: engine.clock.now(), object: describeRef(task.ref) });
  return resultOf(task, "Pruned", "pruned");
}

/** The answer to a delete is the object while something holds it, and a Status once it is gone. */
export function takeInDeletion(
  target: Pick<Target, "live">,
  key: string,
  answer: { kind?: string; metadata?: unknown },
): void {
  const object = answer as KubeObject;
  if (answer.kind !== "Status" && object.metadata?.deletionTimestamp) target.live.absorb(object);
  else target.live.absorbDeleted(key);
}

/** The object without the fields of other managers, so that applying it does not take them. */
function withoutFields(
  object: KubeObject,
  theirs: readonly { readonly set: { readonly root: FieldNode } }[],
): KubeObject {
  return theirs.reduce((left, { set }) => dropFields(left, set.root) as KubeObject, object);
}

function dropFields(value: unknown, node: FieldNode): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const below = node.fields.get(name);
    if (below?.isLeaf && name !== "name" && name !== "namespace") continue;
    kept[name] = below ? dropFields(item, below) : item;
  }
  return kept;
}
