import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@fairlead/base";
import { CONFIG_MAP, configMap, startFake } from "./support/setup.ts";

/** Moves a clock until a promise settles; real answers come in between. */
async function passUntil<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => (isSettled = true));
  settled.catch(() => undefined);
  for (let count = 0; !isSettled && count < 2_000; count++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const next = clock.nextAt;
    if (next !== undefined && next - clock.now() < 100_000) await clock.advance(next - clock.now());
  }
  return promise;
}

test("a call refused with 429 waits as long as it was asked to and is repeated, also a write", async () => {
  const clock = new VirtualClock(1_700_000_000_000);
  const { client, server } = await startFake({}, {}, { clock, random: () => 0 });
  await client.discovery.all();
  let refusals = 2;
  const at: number[] = [];
  server.faults.onRequest = () => {
    at.push(clock.now() - 1_700_000_000_000);
    return refusals-- > 0 ? { status: 429, headers: { "retry-after": "7" }, body: {} } : undefined;
  };
  const created = await passUntil(clock, client.create(configMap("a")));
  assert.equal(created.metadata.name, "a");
  assert.deepEqual(at, [0, 7_000, 14_000]);
});

test("a server that never stops refusing is obeyed for a while and then believed", async () => {
  const clock = new VirtualClock(1_700_000_000_000);
  const { client, server } = await startFake({}, {}, { clock, random: () => 0 });
  await client.discovery.all();
  server.faults.onRequest = () => ({ status: 429, headers: { "retry-after": "99999" }, body: {} });
  const started = clock.now();
  await assert.rejects(passUntil(clock, client.list(CONFIG_MAP)), { code: 429, retryAfterMs: 60_000 });
  assert.equal(server.requests.length, 2 + 9);
  assert.equal(clock.now() - started, 8 * 60_000, "one wait is at most a minute");
});

test("the 429 of an eviction is an answer, not a rate limit", async () => {
  const { client, server } = await startFake();
  server.faults.onRequest = () => ({ status: 429, headers: { "retry-after": "10" }, body: {} });
  const path = "/api/v1/namespaces/shop/pods/p/eviction";
  const answer = await client.request({ method: "POST", path, body: {} });
  assert.equal(answer.status, 429);
  assert.equal(server.requests.length, 1);
});

test("throttling of one priority level does not hold back another", async () => {
  const clock = new VirtualClock(1_700_000_000_000);
  const { client, server } = await startFake({}, {}, { clock, random: () => 0 });
  await client.discovery.all();
  const level = (name: string): Record<string, string> => ({ "x-kubernetes-pf-prioritylevel-uid": name });
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };
  const list = (kind: string): unknown => ({ kind: `${kind}List`, metadata: { resourceVersion: "1" }, items: [] });
  let isThrottled = false;
  server.faults.onRequest = ({ path }) => {
    if (path.endsWith("leases")) return { status: 200, headers: level("leases"), body: list("Lease") };
    if (isThrottled) return { status: 429, headers: { ...level("bulk"), "retry-after": "30" }, body: {} };
    return { status: 200, headers: level("bulk"), body: list("ConfigMap") };
  };
  await Promise.all([client.list(lease), client.list(CONFIG_MAP)]);
  isThrottled = true;
  const stop = new AbortController();
  const held = client.list(CONFIG_MAP, { signal: stop.signal });
  held.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 30));
  await client.list(lease);
  stop.abort();
  await assert.rejects(held);
});

test("after a refusal fewer calls go at the same time, and with success more again", async () => {
  const clock = new VirtualClock(1_700_000_000_000);
  const { client, server } = await startFake({}, {}, { clock, random: () => 0 });
  await client.discovery.all();
  let refusals = 40;
  let open = 0;
  let most = 0;
  server.faults.onRequest = () => {
    if (refusals-- > 0) return { status: 429, headers: { "retry-after": "1" }, body: {} };
    most = Math.max(most, ++open);
    setTimeout(() => open--, 3);
    return { delayMs: 3 };
  };
  await passUntil(clock, Promise.all(Array.from({ length: 40 }, () => client.list(CONFIG_MAP))));
  assert.ok(most <= 8, `${most} went at once`);
});

test("reads whose connection broke are repeated, writes are not", async () => {
  const { client, server } = await startFake();
  await client.discovery.all();
  let cuts = 2;
  server.faults.onRequest = () => (cuts-- > 0 ? "cut" : undefined);
  assert.equal((await client.list(CONFIG_MAP)).items.length, 0);
  cuts = 1;
  await assert.rejects(client.create(configMap("a")), { code: "ServerUnreachable" });
  cuts = 1;
  const applied = await client.apply(configMap("a"), { fieldManager: "test" });
  assert.equal(applied.metadata.name, "a", "an apply done twice is an apply done once");
  cuts = 99;
  await assert.rejects(client.list(CONFIG_MAP), { code: "ServerUnreachable" });
});

test("a call that was given up ends at once, and a closed client takes none", async () => {
  const { client, server } = await startFake();
  await client.discovery.all();
  server.faults.onRequest = () => ({ delayMs: 5_000 });
  const stop = new AbortController();
  const call = client.list(CONFIG_MAP, { signal: stop.signal });
  setTimeout(() => stop.abort(), 10);
  await assert.rejects(call, { code: "Cancelled" });
  client.close();
  await assert.rejects(client.list(CONFIG_MAP), { code: "Cancelled" });
});
