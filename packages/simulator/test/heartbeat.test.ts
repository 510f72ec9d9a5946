import assert from "node:assert/strict";
import { test } from "node:test";
import { startApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock, VirtualClock } from "@fairlead/base";
import { createClient } from "@fairlead/kube";
import { startSimulator } from "@fairlead/simulator";

const LEASE = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" };

test("nodes beside a kube-controller-manager renew their leases; nodes by themselves have none", async () => {
  const api = await startApiServer({ data: "memory", logger: silentLogger });
  const client = createClient(api.adminConfig(), { clock: systemClock, logger: silentLogger });
  const lease = async (name: string): Promise<unknown> => {
    const found = await client.find(LEASE, name, "kube-node-lease");
    return (found?.["spec"] as { renewTime?: string } | undefined)?.renewTime;
  };
  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  try {
    const clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
    const beside = startSimulator({
      client,
      clock,
      logger: silentLogger,
      options: { parts: "nodes", nodePrefix: "beside" },
    });
    await beside.ready;
    await until(async () => (await lease("beside-0")) === "2026-01-01T00:00:00.000000Z");
    await clock.advance(10_000);
    await until(async () => (await lease("beside-0")) === "2026-01-01T00:00:10.000000Z");
    await beside.stop();
    const alone = startSimulator({
      client,
      clock: systemClock,
      logger: silentLogger,
      options: { nodePrefix: "alone" },
    });
    await alone.ready;
    await alone.stop();
    assert.equal(await lease("alone-0"), undefined);
  } finally {
    client.close();
    await api.close();
  }
});
