import assert from "node:assert/strict";
import { test } from "node:test";
import { startApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock, VirtualClock } from "@fairlead/base";
import { createClient } from "@fairlead/kube";
import { startSimulator } from "@fairlead/simulator";
import type { CronJob, Pod } from "../src/api/types.ts";

const HOUR_MS = 3_600_000;

test("on virtual time hours of waiting take a moment", async () => {
  const clock = new VirtualClock(Date.now());
  const api = await startApiServer({ data: "memory", logger: silentLogger, clock });
  const client = createClient(api.adminConfig(), { clock: systemClock, logger: silentLogger });
  const simulator = startSimulator({ client, clock, logger: silentLogger });
  try {
    await simulator.ready;
    const annotations = { "simulator.fairlead.dev/ready-after": "2h" };
    const spec = { containers: [{ name: "main", image: "app:1" }] };
    await client.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "slow", namespace: "default", annotations },
      spec,
    });
    const template = { spec: { restartPolicy: "Never", containers: spec.containers } };
    const cron = { schedule: "0 * * * *", jobTemplate: { spec: { template } } };
    await client.create({
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name: "hourly", namespace: "default" },
      spec: cron,
    });
    const start = clock.now();
    let pod: Pod | undefined;
    let jobs: CronJob | undefined;
    while (clock.now() - start < 3 * HOUR_MS) {
      // What is due may need a few answers of the server before it has set its next alarm.
      await clock.advance(HOUR_MS / 12);
      await new Promise((resolve) => setTimeout(resolve, 20));
      pod = (await client.find({ apiVersion: "v1", kind: "Pod" }, "slow", "default")) as Pod;
      jobs = (await client.find({ apiVersion: "batch/v1", kind: "CronJob" }, "hourly", "default")) as CronJob;
      const isReady = pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True");
      if (isReady && jobs.status?.lastSuccessfulTime !== undefined) break;
    }
    assert.equal(pod?.status?.phase, "Running");
    assert.ok(clock.now() - start >= 2 * HOUR_MS);
    assert.ok(jobs?.status?.lastSuccessfulTime);
  } finally {
    await simulator.stop();
    client.close();
    await api.close();
  }
});
