import { isJsonObject } from "@fairlead/base";
import { applyOrder, type ObjectRef } from "@fairlead/apimachinery";
import type { SyncOperation, SyncPhase } from "../application/types.ts";
import type { ResourceComparison } from "../compare/compare.ts";
import type { LiveObject } from "../live/types.ts";
import type { DesiredObject } from "./desired.ts";
import { isHook } from "./desired.ts";
import { waveOf } from "./hooks.ts";
import { optionsFor, type SyncOptions } from "./options.ts";

/** One thing a sync does to one object. */
export interface Task {
  /** `phase/key`: unique in an operation, the same after a restart. */
  readonly id: string;
  readonly kind: "apply" | "prune" | "hook";
  readonly phase: SyncPhase;
  readonly wave: number;
  readonly key: string;
  readonly ref: ObjectRef;
  readonly version: string;
  readonly options: SyncOptions;
  /** For apply and hook. */
  readonly desired?: DesiredObject | undefined;
  /** What is there is what would be applied, and ours: nothing needs to be sent. */
  readonly isInSync?: boolean | undefined;
  /** Another application that wants the object: FailOnSharedResource makes that an error. */
  readonly sharedWith?: string | undefined;
  /** For prune: what is to go. */
  readonly live?: LiveObject | undefined;
}

export interface TaskInput {
  readonly resources: readonly ResourceComparison[];
  readonly operation: SyncOperation;
  readonly options: SyncOptions;
}

const PHASE_RANK: Readonly<Record<SyncPhase, number>> = {
  PreSync: 0,
  Sync: 1,
  PostSync: 2,
  SyncFail: 3,
  PreDelete: 4,
  PostDelete: 5,
};

/**
 * Everything an operation does, in order: phase, wave, and inside a wave prunes first, then kinds in applying order with
 * namespaces before what is in them and CRDs before their objects (facts/argocd.md §1.3). Pure.
 */
export function buildTasks(input: TaskInput): Task[] {
  const chosen = input.resources.filter((resource) => isChosen(resource, input.operation));
  const applies = chosen.flatMap((resource) => applyTask(resource, input) ?? []);
  const prunes = input.operation.prune
    ? mirrorWaves(chosen.flatMap((resource) => pruneTask(resource, input) ?? []))
    : [];
  const hooks = isPartial(input.operation) ? [] : input.resources.flatMap(hookTasks);
  const last = Math.max(0, ...[...applies, ...prunes].map(({ wave }) => wave)) + 1;
  const placed = prunes.map((task) => (task.options.pruneLast ? { ...task, wave: last } : task));
  return sortTasks([...applies, ...placed, ...hooks]);
}

/** A sync of chosen objects, or one that says `syncStrategy.apply`: hooks do not run then. */
function isPartial({ resources, syncStrategy }: SyncOperation): boolean {
  return (resources?.length ?? 0) > 0 || isJsonObject(syncStrategy?.["apply"]);
}

function isChosen(resource: ResourceComparison, operation: SyncOperation): boolean {
  const list = operation.resources ?? [];
  if (list.length === 0) return true;
  const { group, kind, name, namespace } = resource.ref;
  const names = (entry: (typeof list)[number]): boolean =>
    (entry.group ?? "") === group &&
    entry.kind === kind &&
    entry.name === name &&
    ((entry.namespace ?? "") === "" || entry.namespace === (namespace ?? ""));
  const excluded = list.some((entry) => entry.exclude === true && names(entry));
  const included = list.filter((entry) => entry.exclude !== true);
  return !excluded && (included.length === 0 || included.some(names));
}

function applyTask(resource: ResourceComparison, input: TaskInput): Task | undefined {
  const { desired } = resource;
  if (!desired || isHook(desired)) return undefined;
  // What another application has and wants stays with it; a warning says so.
  if (resource.sharedWith !== undefined && !desired.options.failOnSharedResource) return undefined;
  const isUnchanged =
    resource.status === "Synced" && (desired.options.applyOutOfSyncOnly || input.options.applyOutOfSyncOnly);
  if (isUnchanged) return undefined;
  return task("apply", "Sync", desired.wave, resource, desired.options, desired);
}

function pruneTask(resource: ResourceComparison, input: TaskInput): Task | undefined {
  if (!resource.requiresPruning || !resource.live || resource.live.object.metadata.deletionTimestamp) return undefined;
  const options = optionsFor(resource.live.object, input.options);
  return task("prune", "Sync", waveOf(resource.live.object).wave, resource, options);
}

function hookTasks(resource: ResourceComparison): Task[] {
  const { desired } = resource;
  if (!desired || !isHook(desired)) return [];
  return desired.hook.phases
    .filter((phase) => phase !== "PreDelete" && phase !== "PostDelete")
    .map((phase) => task("hook", phase, desired.wave, resource, desired.options, desired));
}

/** Hooks that run around an application's deletion, in the order of a sync. */
export function deletionHookTasks(resources: readonly ResourceComparison[], phase: SyncPhase): Task[] {
  const tasks = resources.flatMap((resource) => {
    const { desired } = resource;
    return desired?.hook.phases.includes(phase)
      ? [task("hook", phase, desired.wave, resource, desired.options, desired)]
      : [];
  });
  return sortTasks(tasks);
}

function task(
  kind: Task["kind"],
  phase: SyncPhase,
  wave: number,
  resource: ResourceComparison,
  options: SyncOptions,
  desired?: DesiredObject,
): Task {
  const { key, ref, version, live, sharedWith } = resource;
  const isInSync = resource.status === "Synced" && live?.ours !== undefined;
  return { id: `${phase}/${key}`, kind, phase, wave, key, ref, version, options, desired, isInSync, sharedWith, live };
}

/** What was applied last goes first: the distinct waves of the prunes, mirrored onto each other (facts/argocd.md §1.3). */
function mirrorWaves(prunes: readonly Task[]): Task[] {
  const waves = [...new Set(prunes.map(({ wave }) => wave))].sort((a, b) => a - b);
  return prunes.map((prune) => {
    const at = waves.indexOf(prune.wave);
    return { ...prune, wave: waves[waves.length - 1 - at] ?? prune.wave };
  });
}

function sortTasks(tasks: readonly Task[]): Task[] {
  const groups = new Map<string, Task[]>();
  for (const entry of tasks) {
    const key = groupKey(entry);
    const group = groups.get(key);
    if (group) group.push(entry);
    else groups.set(key, [entry]);
  }
  return [...groups.values()]
    .sort((a, b) => compareGroups(a[0], b[0]))
    .flatMap((group) => {
      const prunes = group.filter(({ kind }) => kind === "prune").sort((a, b) => (a.key < b.key ? -1 : 1));
      const byObject = new Map(
        group.flatMap((entry) => (entry.desired ? [[entry.desired.object, entry] as const] : [])),
      );
      const ordered = applyOrder([...byObject.keys()]).flatMap((object) => byObject.get(object) ?? []);
      return [...prunes, ...ordered];
    });
}

export function groupKey(entry: Task): string {
  return `${entry.phase}/${entry.wave}`;
}

function compareGroups(a: Task | undefined, b: Task | undefined): number {
  if (!a || !b) return 0;
  return PHASE_RANK[a.phase] - PHASE_RANK[b.phase] || a.wave - b.wave;
}
