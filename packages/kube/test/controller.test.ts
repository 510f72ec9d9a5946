import assert from "node:assert/strict";
import { test } from "node:test";
import { type Logger, silentLogger, VirtualClock } from "@fairlead/base";
import { again, createController, createWorkQueue, done, failed, type Outcome, stalled } from "@fairlead/kube";

function rig(
  reconcile: (key: string, signal: AbortSignal) => Promise<Outcome>,
  options: { workers?: number; timeoutMs?: number } = {},
) {
  const clock = new VirtualClock();
  const queue = createWorkQueue({ clock, random: () => 1, backoffBaseMs: 100 });
  const lines: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields) => lines.push(`${message} ${String(fields?.["error"])}`),
  };
  const outcomes: string[] = [];
  const controller = createController({
    name: "test",
    queue,
    clock,
    logger: { ...logger, with: () => logger },
    reconcile: (key, { signal }) => reconcile(key, signal),
    onOutcome: (key, outcome) => outcomes.push(`${key} ${outcome.kind}`),
    ...options,
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  return { clock, queue, controller, lines, outcomes, stop, running };
}

test("each outcome becomes its next wake-up", async () => {
  const seen: string[] = [];
  const answers: Record<string, Outcome[]> = {
    done: [done()],
    again: [again(500, "not yet"), done()],
    failed: [failed(new Error("busy")), failed(new Error("busy")), done()],
    given: [failed(new Error("no"), false)],
    stalled: [stalled(new Error("bad input"))],
  };
  const { clock, queue, controller, lines, stop, running } = rig((key) => {
    seen.push(`${clock.now()} ${key}`);
    return Promise.resolve(answers[key]?.shift() ?? done());
  });
  for (const key of Object.keys(answers)) queue.add(key);
  await clock.advance(10_000);
  assert.deepEqual(seen, [
    "0 done",
    "0 again",
    "0 failed",
    "0 given",
    "0 stalled",
    "100 failed",
    "300 failed",
    "500 again",
  ]);
  assert.deepEqual(controller.counts, { done: 3, again: 1, failed: 3, stalled: 1, active: 0 });
  assert.deepEqual(lines, [
    "reconcile failed busy",
    "reconcile failed no",
    "reconcile stalled bad input",
    "reconcile failed busy",
  ]);
  stop.abort();
  await running;
});

test("a reconcile that throws has failed and is tried again", async () => {
  let count = 0;
  const { clock, queue, outcomes } = rig(() => {
    if (++count === 1) throw new Error("a bug");
    return Promise.resolve(done());
  });
  queue.add("k");
  await clock.advance(1_000);
  assert.deepEqual(outcomes, ["k failed", "k done"]);
});

test("a reconcile that takes too long is told to end and counts as failed", async () => {
  let isFirst = true;
  const { clock, queue, outcomes, lines } = rig(
    (_key, signal) => {
      if (!isFirst) return Promise.resolve(done());
      isFirst = false;
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    },
    { timeoutMs: 1_000 },
  );
  queue.add("k");
  await clock.advance(3_000);
  assert.deepEqual(outcomes, ["k failed", "k done"]);
  assert.match(lines[0] ?? "", /took longer than 1000 ms/);
});

test("no more reconciles run at once than there are workers, and none of one key", async () => {
  let running = 0;
  let most = 0;
  const { clock, queue } = rig(
    async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => clock.after(10, () => resolve(undefined)));
      running--;
      return done();
    },
    { workers: 3 },
  );
  for (let index = 0; index < 10; index++) queue.add(`k${index}`);
  await clock.advance(1_000);
  assert.equal(most, 3);
  assert.equal(running, 0);
});

test("stopping aborts what runs, waits for it and hands out nothing more", async () => {
  const events: string[] = [];
  const { clock, queue, stop, running, outcomes } = rig(
    async (key, signal) => {
      events.push(`start ${key}`);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      events.push(`end ${key}`);
      throw new Error("interrupted");
    },
    { workers: 1 },
  );
  queue.add("a");
  queue.add("b");
  await clock.advance(1);
  stop.abort();
  await running;
  assert.deepEqual(events, ["start a", "end a"]);
  assert.deepEqual(outcomes, [], "an interrupted reconcile is neither a success nor a failure");
});
