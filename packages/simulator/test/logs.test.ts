import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLogLineAt, podLog } from "@fairlead/simulator";
import type { Pod } from "../src/api/types.ts";
import { Cluster } from "./support/cluster.ts";

function podAfter(ms: number, annotations: Record<string, string> = {}, image = "app:1"): { pod: Pod; nowMs: number } {
  const cluster = new Cluster();
  cluster.add({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "it", namespace: "shop", annotations },
    spec: { restartPolicy: "Always", containers: [{ name: "main", image }] },
  });
  cluster.run(ms);
  return { pod: cluster.get<Pod>("Pod", "it"), nowMs: cluster.nowMs };
}

function text(pod: Pod, options: Parameters<typeof podLog>[1], nowMs: number): string {
  const found = podLog(pod, options, nowMs);
  return typeof found === "string" ? found : found.refusal;
}

test("a container says something when it starts and from time to time, and the same when asked again", () => {
  const { pod, nowMs } = podAfter(65_000);
  const whole = text(pod, {}, nowMs);
  assert.equal(whole.trimEnd().split("\n").length, 8);
  assert.equal(text(pod, {}, nowMs), whole);
  assert.ok(text(pod, {}, nowMs + 60_000).startsWith(whole), "later it has said more, not other things");
});

test("the usual options cut and mark the lines", () => {
  const { pod, nowMs } = podAfter(65_000, {}, "nginx:1.27");
  assert.equal(text(pod, { tailLines: 2 }, nowMs).trimEnd().split("\n").length, 2);
  assert.equal(
    text(pod, { sinceMs: nowMs - 12_000 }, nowMs)
      .trimEnd()
      .split("\n").length,
    1,
  );
  assert.equal(text(pod, { limitBytes: 10 }, nowMs).length, 10);
  assert.match(text(pod, { timestamps: true, tailLines: 1 }, nowMs), /^2026-01-01T00:01:00\.000000000Z 10\.240\./);
});

test("the run before a crash can be read, and says how it ended", () => {
  const { pod, nowMs } = podAfter(6_000, { "simulator.fairlead.dev/fail": "exit-code=3" });
  assert.match(text(pod, { previous: true }, nowMs), /exiting with code 3\n$/);
});

test("where there is no log the reason is the server's", () => {
  const waiting = podAfter(6_000, { "simulator.fairlead.dev/fail": "image-pull" });
  assert.equal(
    text(waiting.pod, {}, waiting.nowMs),
    'container "main" in pod "it" is waiting to start: trying and failing to pull image',
  );
  const { pod, nowMs } = podAfter(1_000);
  assert.equal(text(pod, { container: "other" }, nowMs), "container other is not valid for pod it");
  assert.equal(text(pod, { previous: true }, nowMs), 'previous terminated container "main" in pod "it" not found');
});

test("whoever follows is told when the next line comes", () => {
  const { pod, nowMs } = podAfter(5_000);
  const at = nextLogLineAt(pod, {}, nowMs);
  assert.ok(at !== undefined && at > nowMs && at <= nowMs + 10_000);
  assert.ok(text(pod, {}, at).length > text(pod, {}, nowMs).length);
});
