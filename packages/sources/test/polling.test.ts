import { test } from "node:test";
import assert from "node:assert/strict";
import { VirtualClock } from "@fairlead/base";
import { startPolling } from "../src/polling.ts";

test("it is looked again and again, each time after the interval and a random part of the jitter", async () => {
  const clock = new VirtualClock();
  const looks: number[] = [];
  const began = clock.now();
  const stop = startPolling({ polling: { everyMs: 100, jitterMs: 50 }, clock, random: () => 0.5 }, () => {
    looks.push(clock.now() - began);
  });
  await clock.advance(400);
  assert.deepEqual(looks, [125, 250, 375]);
  stop();
  await clock.advance(1_000);
  assert.equal(looks.length, 3);
});

test("an interval that is changed counts from the next turn on, and 0 switches polling off until it is set again", async () => {
  const clock = new VirtualClock();
  const polling = { everyMs: 100, jitterMs: 0 };
  let looks = 0;
  startPolling({ polling, clock, random: () => 0 }, () => void looks++);
  await clock.advance(100);
  assert.equal(looks, 1);
  polling.everyMs = 0;
  await clock.advance(600_050);
  const whileOff = looks;
  assert.ok(whileOff <= 2);
  polling.everyMs = 100;
  await clock.advance(60_300);
  assert.ok(looks > whileOff + 1);
});
