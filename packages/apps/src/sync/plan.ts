import { describeRef } from "@fairlead/apimachinery";
import type { OperationPhase, ResourceResult } from "../application/types.ts";
import type { Health } from "../compare/compare.ts";
import { groupKey, type Task } from "./tasks.ts";

/** What is known of a task's object right now. */
export interface TaskFact {
  readonly exists: boolean;
  readonly isDeleting: boolean;
  readonly health: Health | undefined;
  /** For hooks: whether the object there was made by this very operation, not left over from an earlier one. */
  readonly isOfThisOperation: boolean;
}

export interface PlanInput {
  /** From buildTasks, in order. */
  readonly tasks: readonly Task[];
  /** What has been done so far, by task id. */
  readonly results: ReadonlyMap<string, ResourceResult>;
  readonly fact: (task: Task) => TaskFact;
  readonly now: number;
  /** When the present wave began; a wave or hook that takes longer than the limit fails the operation. */
  readonly waveStartedAt: number;
  readonly waveTimeoutMs: number;
  /** The user asked to stop: nothing new begins. */
  readonly isTerminating: boolean;
  readonly isDryRun: boolean;
}

/** What to do next. `run`: these tasks, in this order; `clear`: delete left-over hooks first; `wait`: for the cluster; `finish`. */
export type Step =
  | { readonly do: "run"; readonly tasks: readonly Task[] }
  | { readonly do: "clear"; readonly tasks: readonly Task[] }
  | { readonly do: "wait"; readonly message: string; readonly until: number; readonly isFailing: boolean }
  | { readonly do: "finish"; readonly phase: OperationPhase; readonly message: string };

/** How far one task is. */
type Progress = "pending" | "running" | "done" | "failed";

/**
 * The next step of an operation. Pure and without memory of its own: the same tasks, results and facts give the same step, so an
 * operation goes on after a kill at any point (facts/argocd.md §1.3).
 */
export function planStep(input: PlanInput): Step {
  const main = input.tasks.filter(({ phase }) => phase !== "SyncFail");
  const last = finalGroup(main);
  const progress = new Map(input.tasks.map((task) => [task.id, progressOf(task, input, last)]));
  const at = (task: Task): Progress => progress.get(task.id) ?? "pending";
  const failed = main.filter((task) => at(task) === "failed");
  const running = main.filter((task) => at(task) === "running");
  if (input.isTerminating) return stop(running);
  if (failed.length > 0) return failing(input, failed, at);
  const pending = main.filter((task) => at(task) === "pending");
  const next = pending[0];
  if (input.isDryRun) return next ? { do: "run", tasks: pending } : finish(main, input);
  const group = next && groupKey(next);
  const earlier = running.filter((task) => groupKey(task) !== group);
  if (earlier.length > 0) return waitFor(earlier, input);
  if (!next) return finish(main, input);
  return begin(
    pending.filter((task) => groupKey(task) === group),
    input,
  );
}

/**
 * The last wave's objects need not be healthy for the operation to end; hooks and the objects of earlier waves must be
 * (facts/argocd.md §1.3). Undefined when the last wave has hooks.
 */
function finalGroup(main: readonly Task[]): string | undefined {
  const last = main.at(-1);
  if (!last) return undefined;
  const group = main.filter((task) => groupKey(task) === groupKey(last));
  return group.some((task) => task.kind === "hook") ? undefined : groupKey(last);
}

function begin(group: readonly Task[], input: PlanInput): Step {
  // Left-over hooks of the same name go first, as BeforeHookCreation says; the new one waits until they are gone.
  const inTheWay = group.filter((task) => {
    const fact = input.fact(task);
    return task.kind === "hook" && fact.exists && !fact.isOfThisOperation;
  });
  if (inTheWay.length === 0) return { do: "run", tasks: group };
  const toDelete = inTheWay.filter((task) => !input.fact(task).isDeleting);
  if (toDelete.length > 0) return { do: "clear", tasks: toDelete };
  return waitUntil(input, `waiting for deletion of hook ${named(inTheWay)}`);
}

function failing(input: PlanInput, failed: readonly Task[], at: (task: Task) => Progress): Step {
  const hooks = input.tasks.filter(({ phase }) => phase === "SyncFail");
  const pending = hooks.filter((task) => at(task) === "pending");
  if (pending.length > 0 && !input.isDryRun) return begin(pending, input);
  const running = hooks.filter((task) => at(task) === "running");
  if (running.length > 0) {
    const wait = waitFor(running, input);
    if (wait.do === "wait") return { ...wait, isFailing: true };
  }
  return { do: "finish", phase: "Failed", message: failureMessage(failed, input) };
}

function failureMessage(failed: readonly Task[], input: PlanInput): string {
  const unapplied = failed.filter((task) => input.results.get(task.id)?.status === "SyncFailed");
  if (unapplied.length > 0) {
    const first = unapplied[0];
    const detail = first ? `${describeRef(first.ref)}: ${input.results.get(first.id)?.message ?? ""}` : "";
    return `one or more objects failed to apply, reason: ${detail}`;
  }
  const first = failed[0];
  const reason = first ? `${describeRef(first.ref)}: ${input.fact(first).health?.message ?? "it failed"}` : "";
  return `one or more synchronization tasks completed unsuccessfully, reason: ${reason}`;
}

/** In Argo CD's words: a last wave with hooks is waited for, and then there is nothing more to do, as when there never was. */
function finish(tasks: readonly Task[], input: PlanInput): Step {
  const skipped = tasks.filter((task) => input.results.get(task.id)?.status === "PruneSkipped").length;
  // What was pruned, or is in sync by now, is no task any more.
  const isByRunning = tasks.length === 0 ? input.results.size > 0 : finalGroup(tasks) !== undefined;
  const message = `successfully synced (${isByRunning ? "all tasks run" : "no more tasks"})`;
  return { do: "finish", phase: "Succeeded", message: skipped > 0 ? `${message}, ${skipped} not pruned` : message };
}

function stop(running: readonly Task[]): Step {
  const hooks = running.filter((task) => task.kind === "hook");
  if (hooks.length > 0) return { do: "clear", tasks: hooks };
  return { do: "finish", phase: "Failed", message: "Operation terminated" };
}

function waitFor(tasks: readonly Task[], input: PlanInput): Step {
  const hooks = tasks.filter((task) => task.kind === "hook");
  if (hooks.length > 0) return waitUntil(input, `waiting for completion of hook ${named(hooks)}`);
  const prunes = tasks.filter((task) => task.kind === "prune");
  if (prunes.length > 0) return waitUntil(input, `waiting for deletion of ${named(prunes)}`);
  return waitUntil(input, `waiting for healthy state of ${named(tasks)}`);
}

function waitUntil(input: PlanInput, message: string): Step {
  const until = input.waveStartedAt + input.waveTimeoutMs;
  if (input.now < until) return { do: "wait", message, until, isFailing: false };
  const seconds = Math.round(input.waveTimeoutMs / 1000);
  return { do: "finish", phase: "Failed", message: `gave up after ${seconds} s ${message}` };
}

function named(tasks: readonly Task[]): string {
  const first = tasks[0];
  if (!first) return "";
  const name = `${first.ref.group ? `${first.ref.group}/` : ""}${first.ref.kind}/${first.ref.name}`;
  return tasks.length > 1 ? `${name} and ${tasks.length - 1} more resources` : name;
}

function progressOf(task: Task, input: PlanInput, last: string | undefined): Progress {
  const result = input.results.get(task.id);
  const fact = input.fact(task);
  if (task.kind === "hook") return hookProgress(result, fact);
  if (!result?.status) return "pending";
  if (result.status === "SyncFailed") return "failed";
  if (input.isDryRun || result.status === "PruneSkipped" || groupKey(task) === last) return "done";
  if (result.status === "Pruned") return fact.exists ? "running" : "done";
  return progressOfHealth(fact);
}

function progressOfHealth({ exists, health }: TaskFact): Progress {
  // Deleted by someone after we applied it: the comparison says so, and the next sync brings it back.
  if (!exists || health === undefined || health.status === "Healthy") return "done";
  return health.status === "Degraded" ? "failed" : "running";
}

function hookProgress(result: ResourceResult | undefined, fact: TaskFact): Progress {
  if (result?.hookPhase === "Succeeded") return "done";
  if (result?.hookPhase === "Failed" || result?.hookPhase === "Error" || result?.status === "SyncFailed")
    return "failed";
  const isMade = result?.hookPhase === "Running" || fact.isOfThisOperation;
  if (!isMade) return "pending";
  if (!fact.exists) return "failed";
  if (fact.health === undefined || fact.health.status === "Healthy") return "done";
  return fact.health.status === "Degraded" ? "failed" : "running";
}

/** The hook's phase as status shows it; undefined while it has not begun. */
export function hookPhaseOf(task: Task, input: Pick<PlanInput, "results" | "fact">): OperationPhase | undefined {
  const progress = hookProgress(input.results.get(task.id), input.fact(task));
  if (progress === "pending") return undefined;
  if (progress === "done") return "Succeeded";
  return progress === "failed" ? "Failed" : "Running";
}

/** Phases and waves of an operation: more than one, or a hook, means that it cannot end in one go. */
export function isStaged(tasks: readonly Task[]): boolean {
  return tasks.some((task) => task.kind === "hook") || new Set(tasks.map(groupKey)).size > 1;
}
