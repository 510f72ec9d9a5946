import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Condition, Pod } from "../src/api/types.ts";
import { behaviourOf } from "../src/behaviour/annotations.ts";
import { fullImageName, imageId } from "../src/pod/images.ts";
import { momentOf } from "../src/pod/timeline.ts";
import { Cluster } from "./support/cluster.ts";

const P = "simulator.fairlead.dev/";

function pod(annotations: Record<string, string>, restartPolicy = "Always"): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "it", namespace: "shop", annotations },
    spec: { restartPolicy, containers: [{ name: "main", image: "app:1" }] },
  };
}

/** `phase ready restarts state`, as kubectl get would sum it up. */
function summary(cluster: Cluster): string {
  const { status = {} } = cluster.get<Pod>("Pod", "it");
  const [container] = status.containerStatuses ?? [];
  const state = Object.entries(container?.state ?? {}).map(([name, value]) => {
    const { reason } = value as { reason?: string };
    return reason ? `${name}:${reason}` : name;
  });
  return [status.phase ?? "Pending", container?.ready ?? false, container?.restartCount ?? 0, ...state].join(" ");
}

test("annotations say how a pod behaves, second by second", () => {
  const cases: ReadonlyArray<
    readonly [annotations: Record<string, string>, policy: string, ...steps: ReadonlyArray<readonly [number, string]>]
  > = [
    [{}, "Always", [100, "Pending false 0"], [500, "Running true 0 running"]],
    [{}, "Never", [500, "Running true 0 running"], [900, "Succeeded false 0 terminated:Completed"]],
    [
      { "ready-after": "5s" },
      "Always",
      [1_000, "Pending false 0 waiting:ContainerCreating"],
      [5_100, "Running true 0 running"],
    ],
    [
      { "run-for": "10s" },
      "OnFailure",
      [9_000, "Running true 0 running"],
      [11_000, "Succeeded false 0 terminated:Completed"],
    ],
    [
      { fail: "image-pull" },
      "Always",
      [500, "Pending false 0 waiting:ErrImagePull"],
      [5_000, "Pending false 0 waiting:ImagePullBackOff"],
      [900_000, "Pending false 0 waiting:ImagePullBackOff"],
    ],
    [
      { fail: "image-pull", "fail-times": "2" },
      "Always",
      [5_000, "Pending false 0 waiting:ImagePullBackOff"],
      [60_000, "Running true 0 running"],
    ],
    [
      { fail: "crash-loop" },
      "Always",
      [500, "Running false 0 running"],
      [1_500, "Running false 0 terminated:Error"],
      [5_000, "Running false 1 waiting:CrashLoopBackOff"],
      [13_000, "Running false 2 running"],
      [20_000, "Running false 2 waiting:CrashLoopBackOff"],
    ],
    [{ fail: "crash-loop", "fail-times": "2" }, "Always", [60_000, "Running true 2 running"]],
    [{ fail: "oom" }, "Never", [1_000, "Failed false 0 terminated:OOMKilled"]],
    [{ fail: "exit-code=3" }, "Never", [1_000, "Failed false 0 terminated:Error"]],
    [{ fail: "exit-code=0" }, "OnFailure", [1_000, "Succeeded false 0 terminated:Completed"]],
    [{ fail: "exit-code=3", "fail-times": "1" }, "OnFailure", [5_000, "Succeeded false 1 terminated:Completed"]],
    [{ fail: "never-ready" }, "Always", [60_000, "Running false 0 running"]],
    [{ fail: "unschedulable" }, "Always", [60_000, "Pending false 0"]],
    [{ fail: "none" }, "Always", [500, "Running true 0 running"]],
    [{ fail: "crash-loop", "fail-when-image": "*:2" }, "Always", [500, "Running true 0 running"]],
    [{ fail: "never-ready", "fail-when-image": "app:*" }, "Always", [500, "Running false 0 running"]],
  ];
  for (const [annotations, policy, ...steps] of cases) {
    const cluster = new Cluster();
    const prefixed = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [P + key, value]));
    cluster.add(pod(prefixed, policy));
    const start = cluster.nowMs;
    for (const [atMs, expected] of steps) {
      cluster.run(start + atMs - cluster.nowMs);
      assert.equal(summary(cluster), expected, `${JSON.stringify(annotations)} ${policy} after ${atMs} ms`);
    }
  }
});

test("a ready pod's status is what a kubelet writes", () => {
  const cluster = new Cluster();
  cluster.add(pod({}));
  cluster.run(1_000);
  const { status = {} } = cluster.get<Pod>("Pod", "it");
  assert.deepEqual(
    status.conditions?.map(({ type, status: value }: Condition) => `${type}=${value}`),
    ["PodReadyToStartContainers=True", "Initialized=True", "Ready=True", "ContainersReady=True", "PodScheduled=True"],
  );
  const [container] = status.containerStatuses ?? [];
  assert.equal(container?.image, "docker.io/library/app:1");
  assert.match(container?.imageID ?? "", /^docker\.io\/library\/app@sha256:[0-9a-f]{64}$/);
  assert.match(container?.containerID ?? "", /^containerd:\/\/[0-9a-f]{64}$/);
  assert.deepEqual(status["podIPs"], [{ ip: "10.240.0.2" }]);
  assert.deepEqual(cluster.events, [
    "Pod Scheduled: Successfully assigned shop/it to node-0",
    'Pod Pulled: Container image "app:1" already present on machine',
    "Pod Created: Container created",
    "Pod Started: Container started",
  ]);
});

test("a crash is told in the kubelet's words", () => {
  const cluster = new Cluster();
  cluster.add(pod({ [`${P}fail`]: "oom" }));
  cluster.run(6_000);
  const [container] = cluster.get<Pod>("Pod", "it").status?.containerStatuses ?? [];
  assert.deepEqual(container?.state, {
    waiting: {
      reason: "CrashLoopBackOff",
      message: "back-off 10s restarting failed container=main pod=it_shop(uid-2)",
    },
  });
  const last = container?.lastState?.["terminated"] as { exitCode?: number; reason?: string };
  assert.deepEqual([last.exitCode, last.reason], [137, "OOMKilled"]);
  assert.ok(cluster.events.includes("Pod BackOff: Back-off restarting failed container main in pod it_shop(uid-2)"));
});

test("a deleted pod stops its containers and goes", () => {
  const cluster = new Cluster();
  cluster.add(pod({}));
  cluster.run(1_000);
  cluster.delete("Pod", "it");
  assert.ok(cluster.find("Pod", "it"));
  cluster.run(100);
  assert.equal(cluster.find("Pod", "it"), undefined);
  assert.ok(cluster.events.includes("Pod Killing: Stopping container main"));
});

test("a pod that fits nowhere says why, node by node", () => {
  const cluster = new Cluster(2);
  const big = pod({});
  big.spec.containers[0] = { name: "main", image: "app:1", resources: { requests: { cpu: "5", memory: "1Gi" } } };
  cluster.add(big);
  cluster.patch("Node", "node-1", { spec: { unschedulable: true } });
  cluster.run(1_000);
  const { status = {} } = cluster.get<Pod>("Pod", "it");
  const [condition] = status.conditions ?? [];
  assert.equal(condition?.reason, "Unschedulable");
  assert.match(
    condition?.message ?? "",
    /^0\/2 nodes are available: 1 Insufficient cpu, 1 node\(s\) were unschedulable\./,
  );
  cluster.patch("Node", "node-0", { status: { allocatable: { cpu: "8" } } });
  cluster.run(1_000);
  assert.equal(summary(cluster), "Running true 0 running");
});

test("annotations that cannot be read change nothing and are named", () => {
  const holder = pod({ [`${P}fail`]: "explode", [`${P}ready-after`]: "soon", [`${P}fail-times`]: "-1" });
  const found = behaviourOf([holder], [], { readyAfterMs: 300, runForMs: 500 });
  assert.equal(found.failure, undefined);
  assert.equal(found.readyAfterMs, 300);
  assert.equal(found.faults.length, 3);
});

test("the nearest annotation counts", () => {
  const near = pod({ [`${P}fail`]: "none" });
  const far = pod({ [`${P}fail`]: "oom", [`${P}run-for`]: "7s" });
  const found = behaviourOf([near, far], [], { readyAfterMs: 300, runForMs: 500 });
  assert.deepEqual([found.failure, found.runForMs], [undefined, 7_000]);
});

test("images are named as container runtimes name them", () => {
  const names: ReadonlyArray<readonly [string, string]> = [
    ["nginx", "docker.io/library/nginx:latest"],
    ["grafana/grafana:11", "docker.io/grafana/grafana:11"],
    ["ghcr.io/a/b", "ghcr.io/a/b:latest"],
    ["localhost:5000/a:1", "localhost:5000/a:1"],
    ["a@sha256:00", "docker.io/library/a@sha256:00"],
  ];
  for (const [image, full] of names) assert.equal(fullImageName(image), full);
  assert.equal(imageId("a@sha256:00"), "docker.io/library/a@sha256:00");
});

test("restarts never fall as time goes by, however far it is looked ahead", () => {
  const behaviour = behaviourOf([pod({ [`${P}fail`]: "crash-loop" })], [], { readyAfterMs: 300, runForMs: 500 });
  const plan = { behaviour, restartPolicy: "Always", hasReadinessProbe: false, failuresBefore: 0 } as const;
  const restartsAt = (ms: number): number => {
    const moment = momentOf(plan, ms);
    return "restarts" in moment ? moment.restarts : 0;
  };
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 10 }), fc.integer({ min: 0, max: 10 ** 10 }), (a, b) => {
      assert.ok(restartsAt(Math.min(a, b)) <= restartsAt(Math.max(a, b)));
    }),
  );
});
