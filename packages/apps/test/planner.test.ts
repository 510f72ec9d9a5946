import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ResourceResult, SyncPhase } from "../src/application/types.ts";
import { parseSyncOptions } from "../src/sync/options.ts";
import { planStep, type Step, type TaskFact } from "../src/sync/plan.ts";
import { groupKey, type Task } from "../src/sync/tasks.ts";

/** A sync of made-up objects: what each does once it is applied, and how many steps that takes. */
interface Script {
  readonly task: Task;
  readonly behaviour: "healthy" | "slow" | "degraded" | "refused" | "stuck";
}

const PHASES: readonly SyncPhase[] = ["PreSync", "Sync", "PostSync", "SyncFail"];
const OPTIONS = parseSyncOptions([]);

const script = fc
  .record({
    phase: fc.constantFrom(...PHASES),
    wave: fc.integer({ min: -1, max: 2 }),
    isPrune: fc.boolean(),
    behaviour: fc.constantFrom("healthy", "healthy", "slow", "degraded", "refused", "stuck" as const),
  })
  .map(
    ({ phase, wave, isPrune, behaviour }) =>
      ({ phase, wave, kind: phase === "Sync" ? (isPrune ? "prune" : "apply") : "hook", behaviour }) as const,
  );

function scriptsOf(
  plan: readonly { phase: SyncPhase; wave: number; kind: Task["kind"]; behaviour: Script["behaviour"] }[],
): Script[] {
  const scripts = plan.map(({ phase, wave, kind, behaviour }, index) => {
    const key = `/ConfigMap/default/o${index}`;
    const ref = { group: "", kind: "ConfigMap", namespace: "default", name: `o${index}` };
    const task: Task = { id: `${phase}/${key}`, kind, phase, wave, key, ref, version: "v1", options: OPTIONS };
    return { task, behaviour };
  });
  return scripts.sort(
    (a, b) => PHASES.indexOf(a.task.phase) - PHASES.indexOf(b.task.phase) || a.task.wave - b.task.wave,
  );
}

/** The world a plan is carried out in; survives a kill, while the plan's own memory does not. */
class Sandbox {
  readonly results = new Map<string, ResourceResult>();
  readonly age = new Map<string, number>();
  readonly order: Task[] = [];
  now = 0;
  waveStartedAt = 0;
  readonly scripts: readonly Script[];

  constructor(scripts: readonly Script[]) {
    this.scripts = scripts;
  }

  plan(): Step {
    return planStep({
      tasks: this.scripts.map(({ task }) => task),
      results: this.results,
      fact: (task) => this.#fact(task),
      now: this.now,
      waveStartedAt: this.waveStartedAt,
      waveTimeoutMs: 1_000,
      isTerminating: false,
      isDryRun: false,
    });
  }

  /** One step; `only` cuts the step short, as a kill in the middle of it does. */
  take(step: Step, only = Number.POSITIVE_INFINITY): void {
    if (step.do === "wait") this.now += 100;
    if (step.do !== "run") return;
    this.waveStartedAt = this.now;
    for (const task of step.tasks.slice(0, only)) this.#run(task);
  }

  #run(task: Task): void {
    this.order.push(task);
    const isRefused = this.scripts.find((entry) => entry.task === task)?.behaviour === "refused";
    const status = isRefused ? "SyncFailed" : task.kind === "prune" ? "Pruned" : "Synced";
    const hookPhase = task.kind === "hook" ? { hookPhase: isRefused ? ("Failed" as const) : ("Running" as const) } : {};
    const { group, kind, name } = task.ref;
    this.results.set(task.id, { group, version: "v1", kind, namespace: "default", name, status, ...hookPhase });
    if (!isRefused) this.age.set(task.id, this.now);
  }

  #fact(task: Task): TaskFact {
    const since = this.age.get(task.id);
    const behaviour = this.scripts.find((entry) => entry.task === task)?.behaviour ?? "healthy";
    if (task.kind === "prune") {
      const isGone = since !== undefined && behaviour !== "stuck" && (behaviour !== "slow" || this.now - since >= 300);
      return { exists: !isGone, isDeleting: since !== undefined, health: undefined, isOfThisOperation: false };
    }
    if (since === undefined) return { exists: false, isDeleting: false, health: undefined, isOfThisOperation: false };
    const isDone = behaviour === "healthy" || (behaviour === "slow" && this.now - since >= 300);
    const status = isDone ? "Healthy" : behaviour === "degraded" ? "Degraded" : "Progressing";
    return { exists: true, isDeleting: false, health: { status }, isOfThisOperation: task.kind === "hook" };
  }
}

const STEPS_MAX = 500;

function runToEnd(sandbox: Sandbox): Extract<Step, { do: "finish" }> {
  for (let count = 0; count < STEPS_MAX; count++) {
    const step = sandbox.plan();
    if (step.do === "finish") return step;
    sandbox.take(step);
  }
  throw new Error("the plan has no end");
}

const plans = fc.array(script, { maxLength: 8 }).map(scriptsOf);

test("every plan ends, whatever its objects do", () => {
  fc.assert(fc.property(plans, (scripts) => void runToEnd(new Sandbox(scripts))));
});

test("no object of a later wave or phase is touched before the earlier ones are done", () => {
  fc.assert(
    fc.property(plans, (scripts) => {
      const sandbox = new Sandbox(scripts);
      runToEnd(sandbox);
      const main = sandbox.order.filter(({ phase }) => phase !== "SyncFail");
      const groups = main.map(groupKey);
      const expected = scripts.map(({ task }) => groupKey(task)).filter((group) => groups.includes(group));
      assert.deepEqual([...new Set(groups)], [...new Set(expected)]);
      const last = groups.at(-1);
      for (const { task, behaviour } of scripts) {
        if (task.phase === "SyncFail" || groupKey(task) === last || !groups.includes(groupKey(task))) continue;
        // A prune has no health: "degraded" means nothing to it.
        if (task.kind === "prune" && behaviour === "degraded") continue;
        assert.ok(behaviour === "healthy" || behaviour === "slow", `${task.id} ${behaviour} and yet ${last}`);
      }
    }),
  );
});

test("it succeeds exactly when nothing was refused and everything that is waited for got well", () => {
  fc.assert(
    fc.property(plans, (scripts) => {
      const { phase } = runToEnd(new Sandbox(scripts));
      const main = scripts.filter(({ task }) => task.phase !== "SyncFail");
      const finalGroup = main.at(-1) && groupKey((main.at(-1) as Script).task);
      const isFinalFree = main
        .filter(({ task }) => groupKey(task) === finalGroup)
        .every(({ task }) => task.kind !== "hook");
      const isFine = ({ task, behaviour }: Script): boolean => {
        if (behaviour === "refused") return false;
        if (behaviour === "healthy" || behaviour === "slow") return true;
        if (task.kind === "prune" && behaviour === "degraded") return true;
        return isFinalFree && groupKey(task) === finalGroup;
      };
      assert.equal(phase, main.every(isFine) ? "Succeeded" : "Failed");
    }),
  );
});

test("a kill after any step, or in the middle of one, leads to the same end", () => {
  fc.assert(
    fc.property(plans, fc.array(fc.nat({ max: 3 }), { maxLength: 6 }), (scripts, kills) => {
      const expected = runToEnd(new Sandbox(scripts)).phase;
      const sandbox = new Sandbox(
        scripts.map((entry) => ({ ...entry, behaviour: entry.behaviour === "stuck" ? "degraded" : entry.behaviour })),
      );
      const plain = runToEnd(new Sandbox(sandbox.scripts)).phase;
      for (const only of kills) {
        const step = sandbox.plan();
        if (step.do === "finish") break;
        sandbox.take(step, only);
      }
      const end = runToEnd(sandbox).phase;
      assert.equal(end, plain);
      assert.ok(["Succeeded", "Failed"].includes(expected));
    }),
  );
});

test("a hook runs at most once", () => {
  fc.assert(
    fc.property(plans, fc.array(fc.nat({ max: 3 }), { maxLength: 6 }), (scripts, kills) => {
      const sandbox = new Sandbox(scripts);
      for (const only of kills) {
        const step = sandbox.plan();
        if (step.do === "finish") break;
        sandbox.take(step, only);
      }
      runToEnd(sandbox);
      const hooks = sandbox.order.filter(({ kind }) => kind === "hook").map(({ id }) => id);
      assert.equal(new Set(hooks).size, hooks.length);
    }),
  );
});

test("SyncFail hooks run only when something failed", () => {
  fc.assert(
    fc.property(plans, (scripts) => {
      const sandbox = new Sandbox(scripts);
      const { phase } = runToEnd(sandbox);
      if (phase === "Succeeded") assert.ok(sandbox.order.every((task) => task.phase !== "SyncFail"));
    }),
  );
});
