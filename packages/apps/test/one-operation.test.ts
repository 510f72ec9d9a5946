import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { silentLogger } from "@fairlead/base";
import { createInformer } from "@fairlead/kube";
import type { OperationState } from "../src/application/types.ts";
import { APPLICATION_KIND } from "../src/names.ts";
import { application, configMap, World } from "./support/world.ts";

type Act = "commit" | "sync" | "heal" | "restart" | "hook ends" | "hook fails" | "wait" | "terminate";

const acts = fc.array(
  fc.constantFrom<Act>(
    "commit",
    "sync",
    "heal",
    "restart",
    "hook ends",
    "hook ends",
    "hook fails",
    "wait",
    "terminate",
  ),
  { minLength: 2, maxLength: 10 },
);
const JOB = `apiVersion: batch/v1
kind: Job
metadata: { name: pre, annotations: { argocd.argoproj.io/hook: PreSync } }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: job, image: "job:1" }] } } }
`;

async function endHook(world: World, type: "Complete" | "Failed"): Promise<void> {
  if (!world.hub.get("Job", "pre")) return;
  const conditions = [{ type, status: "True", reason: "Test", message: "by the test" }];
  await world.edit("Job", "pre", { status: { conditions } }, { manager: "kube-controller-manager" });
}

async function perform(world: World, act: Act, round: number): Promise<void> {
  if (act === "commit") world.commit({ "one/a.yaml": configMap("a", { key: `round ${round}` }) });
  if (act === "sync") {
    const operation = { initiatedBy: { username: `user-${round}` }, sync: { prune: round % 2 === 0 } };
    await world.edit("Application", "one", { operation }, { manager: "argocd-cli" });
  }
  if (act === "heal" && world.hub.get("ConfigMap", "a"))
    await world.edit("ConfigMap", "a", { data: { key: "by hand" } });
  if (act === "restart") {
    await world.stopEngine();
    await world.startEngine();
  }
  if (act === "hook ends") await endHook(world, "Complete");
  if (act === "hook fails") await endHook(world, "Failed");
  if (act === "terminate" && world.status("one").operationState?.phase === "Running") {
    await world.edit("Application", "one", { status: { operationState: { phase: "Terminating" } } });
  }
  await world.tick(act === "wait" ? 20_000 : 1_000);
}

/** Hooks that an operation before this one began and that have not ended. */
function leftRunning(world: World, startedAt: string): string[] {
  const job = world.hub.get("Job", "pre");
  const { conditions } = (job?.["status"] ?? {}) as { conditions?: readonly unknown[] };
  const began = job?.metadata.creationTimestamp ?? "";
  const isOlder = began !== "" && began < startedAt && job?.metadata.deletionTimestamp === undefined;
  return isOlder && conditions === undefined
    ? [`the hook of ${began} runs when the operation of ${startedAt} begins`]
    : [];
}

test("an application has one operation at a time: the next begins after the one before has ended", async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      const world = await World.start();
      let count = 0;
      let startedAt = "";
      const faults: string[] = [];
      const watching = new AbortController();
      const { clock } = world;
      const informer = createInformer(world.hub.as.user("test"), {
        kind: APPLICATION_KIND,
        clock,
        logger: silentLogger,
      });
      informer.subscribe(({ object }) => {
        const { operationState } = (object["status"] ?? {}) as { operationState?: OperationState };
        if (!operationState) return;
        count++;
        if (operationState.startedAt !== startedAt) faults.push(...leftRunning(world, operationState.startedAt));
        ({ startedAt } = operationState);
      });
      informer.start(watching.signal);
      world.commit({ "one/a.yaml": configMap("a"), "one/pre.yaml": JOB });
      await world.apply(application("one"));
      await world.settle();
      for (const [round, act] of list.entries()) await perform(world, act, round);
      assert.deepEqual(faults, []);
      assert.ok(count > 0);
      watching.abort();
      await world.stopEngine();
    }),
    { numRuns: Number(process.env["FAIRLEAD_RUNS"] ?? 15) },
  );
});
