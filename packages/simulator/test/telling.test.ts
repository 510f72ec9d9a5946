import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger, type Clock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { Teller } from "../src/engine/teller.ts";

const POD: KubeObject = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop", uid: "1" } };

/** A clock that is moved by hand, and the events that reached the server. */
function world(): {
  teller: Teller;
  pass(ms: number, earlyMs?: number): Promise<void>;
  told: string[];
  setBack(ms: number): void;
} {
  // Timers go by a time that nobody sets; the clock shows it with an offset.
  let steady = 0;
  let offset = 1_000;
  let timers: { at: number; go: () => void }[] = [];
  const told: string[] = [];
  const clock: Clock = {
    now: () => steady + offset,
    after(ms, go) {
      const timer = { at: steady + ms, go };
      timers.push(timer);
      return () => void (timers = timers.filter((other) => other !== timer));
    },
  } as Clock;
  const client = {
    async create(object: KubeObject) {
      told.push(String(object["reason"]));
      return object;
    },
  } as unknown as KubeClient;
  const teller = new Teller({ client, clock, logger: silentLogger }, 50);
  return {
    teller,
    told,
    setBack: (ms) => (offset -= ms),
    async pass(ms, earlyMs = 0) {
      const until = steady + ms;
      for (;;) {
        const next = timers.toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > until) break;
        timers = timers.filter((other) => other !== next);
        steady = next.at - earlyMs;
        next.go();
      }
      steady = until;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const told = (reason: string) => ({ about: POD, type: "Normal", reason, message: reason }) as const;

test("events are told at once when nothing else is written", async () => {
  const { teller, pass, told: heard } = world();
  teller.tell("kubelet", told("Started"));
  await pass(20);
  assert.deepEqual(heard, ["Started"]);
});

test("events wait for a pause between writes, but not for ever", async () => {
  const { teller, pass, told: heard } = world();
  teller.tell("kubelet", told("Started"));
  for (let ms = 0; ms < 900; ms += 10) {
    teller.noteWrite();
    await pass(10);
    assert.deepEqual(heard, []);
  }
  for (let ms = 0; ms < 200; ms += 10) {
    teller.noteWrite();
    await pass(10);
  }
  assert.deepEqual(heard, ["Started"]);
});

test("events go out by a timer that fires early and by a clock that is set back", async () => {
  const { teller, pass, setBack, told: heard } = world();
  teller.noteWrite();
  teller.tell("kubelet", told("Early"));
  await pass(60, 1);
  assert.deepEqual(heard, ["Early"]);
  teller.noteWrite();
  teller.tell("kubelet", told("Back"));
  setBack(1_000_000);
  await pass(20);
  assert.deepEqual(heard, ["Early", "Back"]);
});

test("what is still held is told when the simulator stops", async () => {
  const { teller, told: heard } = world();
  teller.noteWrite();
  teller.tell("kubelet", told("Killing"));
  await teller.flush();
  assert.deepEqual(heard, ["Killing"]);
});
