import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@fairlead/base";
import { eventRecorder, type KubeClient } from "@fairlead/kube";
import { configMap, startFake } from "./support/setup.ts";

const EVENT = { apiVersion: "v1", kind: "Event" } as const;

async function told(client: KubeClient): Promise<string[]> {
  const { items } = await client.list(EVENT, { namespace: "shop" });
  return items.map((item) => `${String(item["reason"])} ×${String(item["count"])}: ${String(item["message"])}`);
}

test("what is told again is counted up, what is told late or differently is told anew", async () => {
  const { client } = await startFake();
  const clock = new VirtualClock(1_700_000_000_000);
  const recorder = eventRecorder(client, { component: "apps", clock });
  const object = await client.create(configMap("settings"));
  const input = { type: "Normal", reason: "Synced", message: "in sync" } as const;
  recorder.event(object, input);
  recorder.event(object, input);
  recorder.event(object, { type: "Warning", reason: "Failed", message: "x".repeat(2_000) });
  await recorder.flush();
  const events = await client.list(EVENT, { namespace: "shop" });
  assert.deepEqual(await told(client), ["Synced ×2: in sync", `Failed ×1: ${"x".repeat(1_024)}`]);
  const [first] = events.items;
  assert.deepEqual(first?.["involvedObject"], {
    apiVersion: "v1",
    kind: "ConfigMap",
    name: "settings",
    namespace: "shop",
    uid: object.metadata.uid,
    resourceVersion: object.metadata.resourceVersion,
  });
  assert.deepEqual(first?.["source"], { component: "apps" });

  await clock.advance(700_000);
  recorder.event(object, input);
  await recorder.flush();
  assert.equal((await told(client)).length, 3);
});

test("an event that is gone is told anew, and a server that refuses harms nobody", async () => {
  const { client, server } = await startFake();
  const recorder = eventRecorder(client, {});
  const object = await client.create(configMap("settings"));
  const input = { type: "Normal", reason: "Synced", message: "in sync" } as const;
  recorder.event(object, input);
  await recorder.flush();
  const [event] = (await client.list(EVENT)).items;
  await client.delete(EVENT, event?.metadata.name ?? "", "shop");
  recorder.event(object, input);
  await recorder.flush();
  assert.deepEqual(await told(client), ["Synced ×1: in sync"]);

  server.faults.onRequest = () => ({ status: 403, body: {} });
  recorder.event(object, { ...input, reason: "Other" });
  await recorder.flush();
});

test("a flood of events about one object is cut after a burst", async () => {
  const { client } = await startFake();
  const clock = new VirtualClock(1_700_000_000_000);
  const recorder = eventRecorder(client, { clock });
  const object = configMap("settings");
  for (let index = 0; index < 100; index++) {
    recorder.event(object, { type: "Normal", reason: "Flood", message: `number ${index}` });
  }
  await recorder.flush();
  assert.equal((await told(client)).length, 25);
  await clock.advance(300_000);
  for (let index = 0; index < 5; index++) {
    recorder.event(object, { type: "Normal", reason: "Later", message: `number ${index}` });
  }
  await recorder.flush();
  assert.equal((await told(client)).length, 26);
});
