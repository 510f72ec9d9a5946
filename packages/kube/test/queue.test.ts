import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@fairlead/base";
import { createWorkQueue, type WorkQueue, type WorkQueueOptions } from "@fairlead/kube";
import fc from "fast-check";

function queue(options: Partial<WorkQueueOptions> = {}): { clock: VirtualClock; q: WorkQueue } {
  const clock = new VirtualClock();
  return { clock, q: createWorkQueue({ clock, random: () => 1, ...options }) };
}

function drain(q: WorkQueue): string[] {
  const keys: string[] = [];
  for (let key = q.take(); key !== undefined; key = q.take()) {
    keys.push(key);
    q.done(key);
  }
  return keys;
}

test("a key added many times is handed out once, in the order of first adding", () => {
  const { q } = queue();
  for (const key of ["a", "b", "a", "c", "b"]) q.add(key);
  assert.deepEqual(drain(q), ["a", "b", "c"]);
});

test("a key being worked on is not handed out, and comes again after done if it was added meanwhile", () => {
  const { q } = queue();
  q.add("a");
  assert.equal(q.take(), "a");
  q.add("a");
  assert.equal(q.take(), undefined);
  q.done("a");
  assert.equal(q.take(), "a");
  q.done("a");
  assert.equal(q.take(), undefined);
  assert.deepEqual(q.counts, { ready: 0, delayed: 0, held: 0, active: 0 });
});

test("higher priorities go first, and adding again can only raise a key", () => {
  const { q } = queue();
  q.add("low");
  q.add("high", { priority: 5 });
  q.add("raised");
  q.add("raised", { priority: 9 });
  q.add("raised", { priority: 1 });
  assert.deepEqual(drain(q), ["raised", "high", "low"]);
});

test("delayed keys come when they are due; the shortest delay counts", async () => {
  const { clock, q } = queue();
  q.add("late", { afterMs: 1_000 });
  q.add("soon", { afterMs: 1_000 });
  q.add("soon", { afterMs: 100 });
  q.add("now", { afterMs: 500 });
  q.add("now");
  assert.deepEqual(drain(q), ["now"]);
  await clock.advance(100);
  assert.deepEqual(drain(q), ["soon"]);
  await clock.advance(899);
  assert.deepEqual(drain(q), []);
  await clock.advance(1);
  assert.deepEqual(drain(q), ["late"]);
});

test("a clock that is set back delays no key beyond its time", async () => {
  const clock = new VirtualClock(10_000_000);
  let offset = 0;
  const jumping = { now: () => clock.now() + offset, after: clock.after.bind(clock) };
  const q = createWorkQueue({ clock: jumping });
  q.add("a", { afterMs: 100 });
  q.add("b", { afterMs: 300 });
  offset = -3_600_000;
  q.add("c", { afterMs: 200 });
  await clock.advance(100);
  assert.deepEqual(drain(q), ["a"]);
  await clock.advance(100);
  assert.deepEqual(drain(q), ["c"]);
  await clock.advance(100);
  assert.deepEqual(drain(q), ["b"]);
});

test("retries of a key wait twice as long each time, up to a bound, until it is forgotten", () => {
  const { q } = queue({ backoffBaseMs: 100, backoffMaxMs: 1_000 });
  const delays = Array.from({ length: 6 }, () => q.addRateLimited("a"));
  assert.deepEqual(delays, [100, 200, 400, 800, 1_000, 1_000]);
  assert.equal(q.retriesOf("a"), 6);
  q.forget("a");
  assert.equal(q.addRateLimited("a"), 100);
});

test("those who wait for a key get it as soon as it is there", async () => {
  const { clock, q } = queue();
  const first = q.next();
  const second = q.next();
  q.add("a");
  q.add("b", { afterMs: 50 });
  assert.equal(await first, "a");
  await clock.advance(50);
  assert.equal(await second, "b");
  const stop = new AbortController();
  const aborted = q.next(stop.signal);
  stop.abort();
  assert.equal(await aborted, undefined);
  const shut = q.next();
  q.shutDown();
  assert.equal(await shut, undefined);
  q.add("c");
  assert.equal(q.take(), undefined);
});

test("shares take turns by weight, so a flood of one does not delay another", () => {
  const weights: Record<string, number> = { big: 1, vip: 2 };
  const { q } = queue({ shareOf: (key) => key.split("/")[0] ?? "", weightOf: (share) => weights[share] ?? 1 });
  for (let index = 0; index < 1_000; index++) q.add(`big/${index}`);
  for (let index = 0; index < 4; index++) q.add(`small/${index}`);
  for (let index = 0; index < 6; index++) q.add(`vip/${index}`);
  const first = drain(q)
    .slice(0, 12)
    .map((key) => key.split("/")[0]);
  assert.equal(first.filter((share) => share === "vip").length, 6);
  assert.equal(first.filter((share) => share === "small").length, 3);
  assert.equal(first.filter((share) => share === "big").length, 3);
});

test("a share that comes late does not get the turns it did not need", () => {
  const { q } = queue({ shareOf: (key) => key.slice(0, 1) });
  for (let index = 0; index < 10; index++) q.add(`a${index}`);
  for (let index = 0; index < 5; index++) q.done(q.take() ?? "");
  for (let index = 0; index < 5; index++) q.add(`b${index}`);
  assert.deepEqual(
    drain(q)
      .map((key) => key.slice(0, 1))
      .join(""),
    "bababababa",
  );
});

test("no more keys of a group are worked on at once than its limit, and others go ahead", () => {
  const { q } = queue({ groupOf: (key) => key.slice(0, 1), groupLimit: 2 });
  for (const key of ["x1", "x2", "x3", "x4", "y1"]) q.add(key);
  assert.deepEqual([q.take(), q.take(), q.take(), q.take()], ["x1", "x2", "y1", undefined]);
  assert.equal(q.counts.held, 2);
  q.done("x1");
  assert.deepEqual([q.take(), q.take()], ["x3", undefined]);
  q.add("x4", { priority: 7 });
  q.add("x5", { priority: 3 });
  assert.equal(q.take(), undefined);
  q.done("x2");
  assert.equal(q.take(), "x4");
});

test("a removed key does not come, wherever it was", async () => {
  const { clock, q } = queue({ groupOf: () => "g", groupLimit: 1 });
  q.add("active");
  q.add("held");
  q.add("delayed", { afterMs: 10 });
  assert.equal(q.take(), "active");
  assert.equal(q.take(), undefined);
  q.add("ready");
  q.add("active");
  for (const key of ["active", "held", "delayed", "ready"]) q.remove(key);
  q.done("active");
  await clock.advance(100);
  assert.equal(q.take(), undefined);
  assert.deepEqual(q.counts, { ready: 0, delayed: 0, held: 0, active: 0 });
});

type Step =
  | { readonly do: "add"; readonly key: string; readonly afterMs: number; readonly priority: number }
  | { readonly do: "take" | "done" | "remove" | "fail" | "wait"; readonly key: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("add" as const),
    key: fc.constantFrom("a1", "a2", "b1", "b2", "b3"),
    afterMs: fc.constantFrom(0, 0, 5, 50),
    priority: fc.constantFrom(0, 0, 1),
  }),
  fc.record({
    do: fc.constantFrom(
      "take" as const,
      "take" as const,
      "done" as const,
      "remove" as const,
      "fail" as const,
      "wait" as const,
    ),
    key: fc.constantFrom("a1", "a2", "b1", "b2", "b3"),
  }),
);

test("whatever is done to it, the queue loses no key, works on none twice and keeps its limits", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const group = (key: string): string => key.slice(0, 1);
      const { clock, q } = queue({ groupOf: group, shareOf: group, groupLimit: 2, backoffBaseMs: 5 });
      const active = new Set<string>();
      const owed = new Set<string>();
      const take = (): void => {
        const key = q.take();
        if (key === undefined) return;
        assert.ok(!active.has(key), `${key} was handed out twice`);
        assert.ok(owed.delete(key), `${key} was not asked for`);
        active.add(key);
        assert.ok([...active].filter((each) => group(each) === group(key)).length <= 2, "beyond the group's limit");
      };
      for (const each of steps) {
        if (each.do === "add") {
          q.add(each.key, { afterMs: each.afterMs, priority: each.priority });
          owed.add(each.key);
        } else if (each.do === "take") take();
        else if (each.do === "wait") await clock.advance(20);
        else if (each.do === "remove") {
          q.remove(each.key);
          owed.delete(each.key);
        } else if (each.do === "fail") {
          q.addRateLimited(each.key);
          owed.add(each.key);
        } else if (active.delete(each.key)) q.done(each.key);
      }
      for (let rounds = 0; rounds < 20; rounds++) {
        await clock.advance(1_000_000);
        for (let count = 0; count < 5; count++) take();
        for (const key of active) q.done(key);
        active.clear();
      }
      assert.deepEqual([...owed], []);
      assert.deepEqual(q.counts, { ready: 0, delayed: 0, held: 0, active: 0 });
    }),
    { numRuns: 150 },
  );
});
