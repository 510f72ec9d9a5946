import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { silentLogger, systemClock, type Clock } from "@fairlead/base";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { createClient, type KubeClient } from "@fairlead/kube";
import { joinReplicas, type Replicas } from "../src/up/replicas.ts";

const KEYS = Array.from({ length: 40 }, (_, index) => `argocd/app-${index}`);

/** Timers fire as ever, but the time of day never moves on: as after a clock that was set back, or a timer a moment early. */
const STOPPED: Clock = { now: () => 1_790_000_000_000, after: systemClock.after };

describe("replicas that share work", () => {
  let server: ApiServer;
  let client: KubeClient;
  before(async () => {
    server = await startApiServer({ data: "memory", port: 0, logger: silentLogger });
    const access = server.issueClient({ user: "kubernetes-admin", groups: ["system:masters"] });
    client = createClient(access, { clock: systemClock, logger: silentLogger });
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } });
  });
  after(async () => {
    client.close();
    await server.close();
  });

  function join(identity: string, clock: Clock, signal: AbortSignal): Replicas {
    const shared = { client, namespace: "argocd", logger: silentLogger };
    return joinReplicas({ ...shared, identity, clock, leaseMs: 20_000, handoverMs: 50 }, signal);
  }

  for (const [title, clock] of [
    ["a clock that runs", systemClock],
    ["a clock whose time of day does not move on", STOPPED],
  ] as const) {
    test(`on ${title} every key has one owner soon after one more came, and again after it left`, async (t) => {
      const leaving = [new AbortController(), new AbortController()] as const;
      t.after(() => leaving.forEach((one) => one.abort()));
      const first = join("host-a_0_x", clock, leaving[0].signal);
      await first.joined;
      await until(() => KEYS.every((key) => first.owns(key)), "the only one has everything");
      const second = join("host-b_0_x", clock, leaving[1].signal);
      await until(() => KEYS.some((key) => second.owns(key)), "the second has a share");
      await until(() => KEYS.every((key) => first.owns(key) !== second.owns(key)), "each key has one owner");
      leaving[1].abort();
      await second.ended;
      await until(() => KEYS.every((key) => first.owns(key)), "what was left is taken");
      leaving[0].abort();
      await first.ended;
    });
  }
});

async function until(question: () => boolean, what: string): Promise<void> {
  for (let round = 0; round < 500; round++) {
    if (question()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`not within ten seconds and more: ${what}`);
}
