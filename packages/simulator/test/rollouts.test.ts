import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import fc from "fast-check";
import { isActive, isReady } from "../src/api/pods.ts";
import type { Condition, Deployment, Pod, ReplicaSet } from "../src/api/types.ts";
import { Cluster, workload } from "./support/cluster.ts";

function deployment(spec: JsonObject, pod: Parameters<typeof workload>[4] = {}): Deployment {
  return workload("apps/v1", "Deployment", "web", { replicas: 3, progressDeadlineSeconds: 600, ...spec }, pod);
}

function setImage(cluster: Cluster, image: string): void {
  cluster.patch("Deployment", "web", { spec: { template: { spec: { containers: [{ name: "main", image }] } } } });
}

function web(cluster: Cluster): Deployment {
  return cluster.get<Deployment>("Deployment", "web");
}

function told(conditions: readonly Condition[] | undefined): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`).sort();
}

/** Active sets as `revision:size`, by revision. */
function sizes(cluster: Cluster): string[] {
  return cluster
    .list<ReplicaSet>("ReplicaSet")
    .filter(({ spec }) => (spec.replicas ?? 0) > 0)
    .map(({ metadata, spec }) => `${metadata.annotations?.["deployment.kubernetes.io/revision"]}:${spec.replicas}`)
    .sort();
}

test("a new Deployment gets a numbered set, pods on nodes, and tells that it is available", () => {
  const cluster = new Cluster();
  cluster.add(deployment({}));
  cluster.run(2_000);
  const { status, metadata } = web(cluster);
  const { conditions, ...counts } = status ?? {};
  assert.deepEqual(counts, {
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
  });
  assert.deepEqual(told(conditions), [
    "Available=True MinimumReplicasAvailable",
    "Progressing=True NewReplicaSetAvailable",
  ]);
  assert.equal(metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  const [set] = cluster.list<ReplicaSet>("ReplicaSet");
  const hash = set?.metadata.labels?.["pod-template-hash"] ?? "";
  assert.match(hash, /^[a-z0-9]{6,10}$/);
  assert.equal(set?.metadata.name, `web-${hash}`);
  assert.ok(cluster.list<Pod>("Pod").every((pod) => pod.metadata.labels?.["pod-template-hash"] === hash));
  assert.ok(cluster.events.includes(`Deployment ScalingReplicaSet: Scaled up replica set web-${hash} from 0 to 3`));
});

test("before its pods are ready it tells that it is on its way", () => {
  const cluster = new Cluster();
  cluster.add(deployment({}));
  cluster.run(100);
  assert.deepEqual(told(web(cluster).status?.conditions), [
    "Available=False MinimumReplicasUnavailable",
    "Progressing=True ReplicaSetUpdated",
  ]);
  assert.equal(web(cluster).status?.unavailableReplicas, 3);
});

test("a rolling update keeps within surge and availability, whatever the numbers, and ends", () => {
  const amount = fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), amount, amount, (replicas, maxSurge, maxUnavailable) => {
      const cluster = new Cluster();
      cluster.add(
        deployment({ replicas, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } } }),
      );
      cluster.run(2_000);
      const scaled = (value: number | string, round: (x: number) => number): number =>
        typeof value === "number" ? value : round((Number.parseInt(value, 10) * replicas) / 100);
      const surge = scaled(maxSurge, Math.ceil);
      const missing = Math.max(scaled(maxUnavailable, Math.floor), surge === 0 ? 1 : 0);
      cluster.onAction = () => {
        const sizeOfAll = cluster
          .list<ReplicaSet>("ReplicaSet")
          .reduce((sum, { spec }) => sum + (spec.replicas ?? 0), 0);
        assert.ok(sizeOfAll <= replicas + surge, `${sizeOfAll} pods asked for`);
        const available = cluster.list<Pod>("Pod").filter((pod) => isActive(pod) && isReady(pod)).length;
        assert.ok(available >= replicas - missing, `${available} available of ${replicas}`);
      };
      setImage(cluster, "app:2");
      cluster.run(60_000);
      assert.deepEqual(sizes(cluster), [`2:${replicas}`]);
      assert.equal(web(cluster).status?.updatedReplicas, replicas);
    }),
    { numRuns: 15 },
  );
});

test("going back to an earlier template takes its old set, with the newest number and the old one on record", () => {
  const cluster = new Cluster();
  cluster.add(deployment({}));
  cluster.run(2_000);
  setImage(cluster, "app:2");
  cluster.run(5_000);
  setImage(cluster, "app:1");
  cluster.run(5_000);
  assert.equal(cluster.list("ReplicaSet").length, 2);
  assert.deepEqual(sizes(cluster), ["3:3"]);
  const back = cluster.list<ReplicaSet>("ReplicaSet").find(({ spec }) => spec.replicas === 3);
  assert.equal(back?.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
  assert.equal(web(cluster).metadata.annotations?.["deployment.kubernetes.io/revision"], "3");
});

test("a release that cannot start never takes the old one's place, and its deadline passes", () => {
  const cluster = new Cluster();
  cluster.add(deployment({ progressDeadlineSeconds: 60 }));
  cluster.run(2_000);
  cluster.patch("Deployment", "web", {
    spec: {
      template: {
        metadata: { annotations: { "simulator.fairlead.dev/fail": "image-pull" } },
        spec: { containers: [{ name: "main", image: "app:broken" }] },
      },
    },
  });
  cluster.run(30_000);
  assert.deepEqual(sizes(cluster), ["1:3", "2:1"]);
  assert.ok(told(web(cluster).status?.conditions).includes("Progressing=True ReplicaSetUpdated"));
  cluster.run(60_000);
  assert.ok(told(web(cluster).status?.conditions).includes("Progressing=False ProgressDeadlineExceeded"));
  setImage(cluster, "app:1");
  cluster.patch("Deployment", "web", {
    spec: { template: { metadata: { annotations: { "simulator.fairlead.dev/fail": null } } } },
  });
  cluster.run(5_000);
  assert.deepEqual(told(web(cluster).status?.conditions), [
    "Available=True MinimumReplicasAvailable",
    "Progressing=True NewReplicaSetAvailable",
  ]);
});

test("a paused Deployment scales but does not roll over", () => {
  const cluster = new Cluster();
  cluster.add(deployment({}));
  cluster.run(2_000);
  cluster.patch("Deployment", "web", { spec: { paused: true, replicas: 5 } });
  setImage(cluster, "app:2");
  cluster.run(2_000);
  assert.deepEqual(sizes(cluster), ["1:5"]);
  assert.ok(told(web(cluster).status?.conditions).includes("Progressing=Unknown DeploymentPaused"));
  cluster.patch("Deployment", "web", { spec: { paused: false } });
  cluster.run(10_000);
  assert.deepEqual(sizes(cluster), ["2:5"]);
});

test("scaling in the middle of a rollout keeps the shares", () => {
  const cluster = new Cluster();
  cluster.add(deployment({ replicas: 10, strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
  cluster.run(2_000);
  cluster.patch("Deployment", "web", {
    spec: { template: { metadata: { annotations: { "simulator.fairlead.dev/fail": "never-ready" } } } },
  });
  cluster.run(5_000);
  assert.deepEqual(sizes(cluster), ["1:8", "2:5"]);
  cluster.patch("Deployment", "web", { spec: { replicas: 15 } });
  cluster.run(5_000);
  assert.deepEqual(sizes(cluster), ["1:11", "2:7"]);
});

test("Recreate lets every old pod go before a new one comes", () => {
  const cluster = new Cluster();
  cluster.add(deployment({ strategy: { type: "Recreate" } }));
  cluster.run(2_000);
  cluster.onAction = () => {
    const images = new Set(cluster.list<Pod>("Pod").map(({ spec }) => spec.containers[0]?.image));
    assert.ok(images.size <= 1, "pods of both releases");
  };
  setImage(cluster, "app:2");
  cluster.run(5_000);
  assert.deepEqual(sizes(cluster), ["2:3"]);
});

test("old sets beyond the history are deleted, the oldest first", () => {
  const cluster = new Cluster();
  cluster.add(deployment({ replicas: 1, revisionHistoryLimit: 2 }));
  for (let release = 1; release <= 5; release++) {
    setImage(cluster, `app:${release}`);
    cluster.run(5_000);
  }
  const images = cluster
    .list<ReplicaSet>("ReplicaSet")
    .map(({ spec }) => spec.template.spec.containers[0]?.image ?? "");
  assert.deepEqual(images.sort(), ["app:3", "app:4", "app:5"]);
});

test("a pod counts as available only after minReadySeconds", () => {
  const cluster = new Cluster();
  cluster.add(deployment({ replicas: 1, minReadySeconds: 10 }));
  cluster.run(5_000);
  assert.equal(web(cluster).status?.readyReplicas, 1);
  assert.equal(web(cluster).status?.availableReplicas, undefined);
  cluster.run(10_000);
  assert.equal(web(cluster).status?.availableReplicas, 1);
});

test("when a set shrinks, pods that do not serve go first", () => {
  const cluster = new Cluster();
  cluster.add(deployment({}));
  cluster.run(2_000);
  const [victim] = cluster.list<Pod>("Pod");
  assert.ok(victim);
  cluster.patch("Pod", victim.metadata.name ?? "", {
    metadata: { annotations: { "simulator.fairlead.dev/fail": "never-ready" } },
  });
  cluster.run(1_000);
  cluster.patch("Deployment", "web", { spec: { replicas: 2 } });
  cluster.run(1_000);
  assert.equal(cluster.find("Pod", victim.metadata.name ?? ""), undefined);
  assert.equal(web(cluster).status?.readyReplicas, 2);
});
