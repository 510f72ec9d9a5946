import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { Telling } from "../src/apps/telling.ts";
import { LIMITS } from "../src/limits.ts";

const OBJECT: KubeObject = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "shop", namespace: "argocd", uid: "1", resourceVersion: "7" },
  spec: { project: "default" },
};

function newTelling() {
  const clock = new VirtualClock(1_000);
  const recorded: { reason: string; at: number | undefined; object: KubeObject }[] = [];
  const queue = { waiting: 0 };
  const recorder = {
    event: (object: KubeObject, { reason, at }: { reason: string; at?: number | undefined }) =>
      void recorded.push({ reason, at, object }),
    flush: async () => undefined,
  };
  const telling = new Telling({ recorder, clock, waiting: () => queue.waiting });
  return {
    clock,
    queue,
    telling,
    recorded,
    tell: (reason: string) => telling.tell(OBJECT, { type: "Normal", reason, message: "" }),
    reasons: () => recorded.map(({ reason }) => reason),
  };
}

test("while the workers keep up, an event is told at once", () => {
  const { queue, tell, reasons } = newTelling();
  queue.waiting = LIMITS.workers;
  tell("First");
  assert.deepEqual(reasons(), ["First"]);
});

test("while more applications wait than are worked on, events wait until none does; then they come in their order, with their times", async () => {
  const { clock, queue, tell, reasons, recorded } = newTelling();
  queue.waiting = LIMITS.workers + 1;
  tell("First");
  await clock.advance(2_000);
  queue.waiting = 1;
  tell("Second");
  await clock.advance(2_000);
  assert.deepEqual(reasons(), []);
  queue.waiting = 0;
  await clock.advance(LIMITS.eventLookMs);
  assert.deepEqual(reasons(), ["First", "Second"]);
  assert.deepEqual(
    recorded.map(({ at }) => at),
    [1_000, 3_000],
  );
  tell("Third");
  assert.deepEqual(reasons(), ["First", "Second", "Third"]);
});

test("no event waits longer than the limit, however much there is to do", async () => {
  const { clock, queue, tell, reasons } = newTelling();
  queue.waiting = 1_000;
  tell("Early");
  await clock.advance(LIMITS.eventDelayMs / 2);
  tell("Late");
  await clock.advance(LIMITS.eventDelayMs / 2 + LIMITS.eventLookMs);
  assert.deepEqual(reasons(), ["Early"]);
  await clock.advance(LIMITS.eventDelayMs / 2);
  assert.deepEqual(reasons(), ["Early", "Late"]);
});

test("what waits when the engine stops is told then, and of the object only what an event names is kept", () => {
  const { queue, tell, telling, reasons, recorded } = newTelling();
  queue.waiting = 1_000;
  tell("Last");
  telling.close();
  assert.deepEqual(reasons(), ["Last"]);
  assert.deepEqual(recorded[0]?.object.metadata, OBJECT.metadata);
  assert.equal(recorded[0]?.object["spec"], undefined);
});

test("more events than may wait are let go, the oldest are kept", async () => {
  const { clock, queue, tell, recorded } = newTelling();
  queue.waiting = 1_000;
  for (let count = 0; count < LIMITS.eventsWaitingMax + 5; count++) tell(String(count));
  queue.waiting = 0;
  await clock.advance(LIMITS.eventLookMs);
  await clock.advance(LIMITS.eventLookMs);
  assert.equal(recorded.length, LIMITS.eventsWaitingMax);
  assert.equal(recorded.at(-1)?.reason, String(LIMITS.eventsWaitingMax - 1));
});
