import assert from "node:assert/strict";
import { test } from "node:test";
import { type Clock, silentLogger, VirtualClock } from "@fairlead/base";
import { joinMembership, type KubeClient, rendezvousOwner, runElection } from "@fairlead/kube";
import fc from "fast-check";
import { RESOURCES } from "./support/fake-api-server.ts";
import { FakeStore } from "./support/fake-store.ts";
import { storeClient } from "./support/store-client.ts";

const START = 1_700_000_000_000;

function memory(): { store: FakeStore; clock: VirtualClock } {
  const store = new FakeStore();
  for (const resource of RESOURCES) store.add(resource);
  return { store, clock: new VirtualClock(START) };
}

function candidate(client: KubeClient, clock: Clock, identity: string, log: string[]) {
  const stop = new AbortController();
  const ended = runElection(
    {
      client,
      namespace: "fairlead",
      name: "controller",
      identity,
      clock,
      logger: silentLogger,
      random: () => 0,
      lead: async (signal) => {
        log.push(`${identity} leads`);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        log.push(`${identity} ends`);
      },
    },
    stop.signal,
  );
  return { stop, ended };
}

test("one replica leads, and when it stops it hands over at once", async () => {
  const { store, clock } = memory();
  const log: string[] = [];
  const a = candidate(storeClient(store), clock, "a", log);
  await clock.advance(1_000);
  const b = candidate(storeClient(store), clock, "b", log);
  await clock.advance(60_000);
  assert.deepEqual(log, ["a leads"]);
  a.stop.abort();
  await a.ended;
  await clock.advance(2_000);
  assert.deepEqual(log, ["a leads", "a ends", "b leads"]);
  b.stop.abort();
  await b.ended;
});

test("a leader that cannot renew steps down before another may lead", async () => {
  const { store, clock } = memory();
  const log: string[] = [];
  const client = storeClient(store);
  const a = candidate(client, clock, "a", log);
  await clock.advance(3_000);
  const b = candidate(storeClient(store), clock, "b", log);
  await clock.advance(3_000);
  client.isCut = true;
  await clock.advance(8_000);
  assert.deepEqual(log, ["a leads"], "a short cut is borne");
  await clock.advance(3_000);
  assert.deepEqual(log, ["a leads", "a ends"]);
  await clock.advance(8_000);
  assert.deepEqual(log, ["a leads", "a ends", "b leads"]);
  for (const each of [a, b]) each.stop.abort();
  await Promise.all([a.ended, b.ended]);
});

test("a lease whose holder never renews is taken once this process has seen it unchanged for its duration", async () => {
  const { store, clock } = memory();
  const client = storeClient(store);
  const log: string[] = [];
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const;
  await client.create({
    ...lease,
    metadata: { name: "controller", namespace: "fairlead" },
    // Renewed far in the past by this process's clock: clocks differ, so that alone proves nothing.
    spec: { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: "2001-01-01T00:00:00.000000Z" },
  });
  const a = candidate(client, clock, "a", log);
  await clock.advance(14_000);
  assert.deepEqual(log, []);
  await clock.advance(4_000);
  assert.deepEqual(log, ["a leads"]);
  const taken = await client.get(lease, "controller", "fairlead");
  assert.equal((taken["spec"] as { leaseTransitions: number }).leaseTransitions, 1);
  a.stop.abort();
  await a.ended;
});

/** The machine's clock is set; what timers count is not. */
function withJumps(clock: VirtualClock): Clock & { jump(byMs: number): void } {
  let offset = 0;
  return {
    now: () => clock.now() + offset,
    after: (delayMs, callback) => clock.after(delayMs, callback),
    jump: (byMs) => void (offset += byMs),
  };
}

test("clocks that are set do not give two leaders", async () => {
  const { store, clock } = memory();
  const log: string[] = [];
  const client = storeClient(store);
  const [clockOfA, clockOfB] = [withJumps(clock), withJumps(clock)];
  const a = candidate(client, clockOfA, "a", log);
  await clock.advance(3_000);
  const b = candidate(storeClient(store), clockOfB, "b", log);
  await clock.advance(3_000);
  clockOfB.jump(3_600_000);
  await clock.advance(20_000);
  assert.deepEqual(log, ["a leads"], "a clock set forward does not make the leader look dead");
  client.isCut = true;
  await clock.advance(1_000);
  clockOfA.jump(-3_600_000);
  await clock.advance(30_000);
  assert.deepEqual(
    log,
    ["a leads", "a ends", "b leads"],
    "a clock set back does not keep a leader that should step down",
  );
  for (const each of [a, b]) each.stop.abort();
  await Promise.all([a.ended, b.ended]);
});

test("members see each other come and go, and agree on who owns what", async () => {
  const { store, clock } = memory();
  const join = (identity: string) => {
    const client = storeClient(store);
    const place = { client, namespace: "fairlead", group: "controller", identity };
    const membership = joinMembership({ ...place, clock, logger: silentLogger, random: () => 0 });
    const stop = new AbortController();
    return { client, membership, stop, ended: membership.run(stop.signal) };
  };
  const [a, b, c] = [join("pod-a"), join("pod-b"), join("pod-c")];
  await clock.advance(1_000);
  await Promise.all([a.membership.joined, b.membership.joined, c.membership.joined]);
  for (const { membership } of [a, b, c]) assert.deepEqual(membership.members, ["pod-a", "pod-b", "pod-c"]);
  for (const key of Array.from({ length: 50 }, (_, index) => `app-${index}`)) {
    assert.equal([a, b, c].filter(({ membership }) => membership.isMine(key)).length, 1, key);
  }
  const changes: string[] = [];
  a.membership.onChange((members) => changes.push(members.join(" ")));
  c.stop.abort();
  await c.ended;
  await clock.advance(10);
  assert.deepEqual(a.membership.members, ["pod-a", "pod-b"], "who leaves in good order is missed at once");

  b.client.isCut = true;
  await clock.advance(25_000);
  assert.deepEqual(changes, ["pod-a pod-b", "pod-a"]);
  assert.deepEqual(b.membership.members, ["pod-a"], "a member that cannot renew owns nothing");
  b.client.isCut = false;
  await clock.advance(6_000);
  assert.deepEqual(a.membership.members, ["pod-a", "pod-b"]);
  for (const each of [a, b]) each.stop.abort();
  await Promise.all([a.ended, b.ended]);
});

test("the lease of a replica that never comes back is swept away", async () => {
  const { store, clock } = memory();
  const client = storeClient(store);
  const place = { client, namespace: "fairlead", group: "controller", clock, logger: silentLogger };
  const renewTime = "2001-01-01T00:00:00.000000Z";
  await client.create({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "gone", namespace: "fairlead", labels: { "fairlead.dev/membership": "controller" } },
    spec: { holderIdentity: "gone", leaseDurationSeconds: 15, renewTime },
  });
  const own = joinMembership({ ...place, identity: "own" });
  const stop = new AbortController();
  const ended = own.run(stop.signal);
  await clock.advance(30_000);
  assert.deepEqual(own.members, ["own"]);
  assert.deepEqual(
    (await client.list({ apiVersion: "coordination.k8s.io/v1", kind: "Lease" })).items.map(
      ({ metadata }) => metadata.name,
    ),
    ["controller-own"],
  );
  stop.abort();
  await ended;
});

test("when a member comes or goes only its own keys move, and shares are even", () => {
  const members = ["a", "b", "c", "d"];
  const keys = Array.from({ length: 4_000 }, (_, index) => `team-${index % 7}/app-${index}`);
  const before = keys.map((key) => rendezvousOwner(key, members));
  const after = keys.map((key) => rendezvousOwner(key, ["a", "b", "d"]));
  for (const [index, owner] of before.entries()) {
    if (owner !== "c") assert.equal(after[index], owner);
  }
  for (const member of members) {
    const share = before.filter((owner) => owner === member).length;
    assert.ok(share > 850 && share < 1_150, `${member} owns ${share} of 4000`);
  }
  assert.equal(rendezvousOwner("k", []), undefined);
  fc.assert(
    fc.property(fc.string(), fc.uniqueArray(fc.string(), { minLength: 1 }), (key, list) => {
      assert.equal(rendezvousOwner(key, list), rendezvousOwner(key, list.toReversed()));
    }),
  );
});
