import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { isReady } from "../src/api/pods.ts";
import type { ControllerRevision, DaemonSet, Pod, StatefulSet } from "../src/api/types.ts";
import { Cluster, node, workload } from "./support/cluster.ts";

const FAIL = "simulator.fairlead.dev/fail";

function statefulSet(spec: JsonObject = {}): StatefulSet {
  return workload("apps/v1", "StatefulSet", "db", {
    replicas: 3,
    serviceName: "db",
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    ...spec,
  });
}

function names(cluster: Cluster): string[] {
  return cluster
    .list<Pod>("Pod")
    .map(({ metadata }) => metadata.name ?? "")
    .sort();
}

function setImage(cluster: Cluster, kind: string, name: string, image: string): void {
  cluster.patch(kind, name, { spec: { template: { spec: { containers: [{ name: "main", image }] } } } });
}

function images(cluster: Cluster): string[] {
  return cluster
    .list<Pod>("Pod")
    .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
    .map(({ spec }) => spec.containers[0]?.image ?? "");
}

test("a StatefulSet starts its pods one after the other, each with its name, place and claim", () => {
  const cluster = new Cluster();
  cluster.add(
    statefulSet({ volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } }] }),
  );
  cluster.onAction = () => {
    const pods = cluster.list<Pod>("Pod");
    assert.ok(pods.filter((pod) => !isReady(pod)).length <= 1, "two pods start at once");
  };
  cluster.run(10_000);
  assert.deepEqual(names(cluster), ["db-0", "db-1", "db-2"]);
  const pod = cluster.get<Pod>("Pod", "db-1");
  assert.equal(pod.spec.hostname, "db-1");
  assert.equal(pod.spec.subdomain, "db");
  assert.deepEqual(pod.spec.volumes, [{ name: "data", persistentVolumeClaim: { claimName: "data-db-1" } }]);
  assert.equal(pod.metadata.labels?.["apps.kubernetes.io/pod-index"], "1");
  assert.ok(cluster.find("PersistentVolumeClaim", "data-db-2"));
  const revision = cluster.list<ControllerRevision>("ControllerRevision")[0]?.metadata.name;
  assert.deepEqual(cluster.get<StatefulSet>("StatefulSet", "db").status, {
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
    currentRevision: revision,
    updateRevision: revision,
    collisionCount: 0,
  });
  assert.ok(cluster.events.includes("StatefulSet SuccessfulCreate: Create Pod db-0 in StatefulSet db successful"));
});

test("it is updated from the top, down to the partition", () => {
  const cluster = new Cluster();
  cluster.add(statefulSet({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } }));
  cluster.run(10_000);
  setImage(cluster, "StatefulSet", "db", "app:2");
  cluster.run(10_000);
  assert.deepEqual(images(cluster), ["app:1", "app:2", "app:2"]);
  const { status = {} } = cluster.get<StatefulSet>("StatefulSet", "db");
  assert.equal(status.updatedReplicas, 2);
  assert.notEqual(status.currentRevision, status.updateRevision);
  cluster.delete("Pod", "db-0");
  cluster.run(5_000);
  assert.deepEqual(images(cluster), ["app:1", "app:2", "app:2"], "what is below the partition comes back as it was");
  cluster.patch("StatefulSet", "db", { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
  cluster.run(10_000);
  assert.deepEqual(images(cluster), ["app:2", "app:2", "app:2"]);
  const after = cluster.get<StatefulSet>("StatefulSet", "db").status;
  assert.equal(after?.currentRevision, after?.updateRevision);
});

test("a pod that does not become ready holds up the ones after it, unless they are parallel", () => {
  for (const [policy, expected] of [
    ["OrderedReady", ["db-0"]],
    ["Parallel", ["db-0", "db-1", "db-2"]],
  ] as const) {
    const cluster = new Cluster();
    const set = statefulSet({ podManagementPolicy: policy });
    set.metadata.annotations = { [FAIL]: "never-ready" };
    cluster.add(set);
    cluster.run(20_000);
    assert.deepEqual(names(cluster), expected, policy);
  }
});

test("it shrinks from the top and keeps its claims, unless told otherwise", () => {
  for (const [whenScaled, left] of [
    ["Retain", 3],
    ["Delete", 1],
  ] as const) {
    const cluster = new Cluster();
    cluster.add(
      statefulSet({
        volumeClaimTemplates: [{ metadata: { name: "data" } }],
        persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted: "Retain" },
      }),
    );
    cluster.run(10_000);
    cluster.patch("StatefulSet", "db", { spec: { replicas: 1 } });
    cluster.run(10_000);
    assert.deepEqual(names(cluster), ["db-0"]);
    assert.equal(cluster.list("PersistentVolumeClaim").length, left, whenScaled);
  }
});

test("OnDelete leaves pods alone until somebody deletes them", () => {
  const cluster = new Cluster();
  cluster.add(statefulSet({ updateStrategy: { type: "OnDelete" } }));
  cluster.run(10_000);
  setImage(cluster, "StatefulSet", "db", "app:2");
  cluster.run(10_000);
  assert.deepEqual(images(cluster), ["app:1", "app:1", "app:1"]);
  cluster.delete("Pod", "db-1");
  cluster.run(5_000);
  assert.deepEqual(images(cluster), ["app:1", "app:2", "app:1"]);
});

test("revisions beyond the history go, those in use stay", () => {
  const cluster = new Cluster();
  cluster.add(statefulSet({ revisionHistoryLimit: 1 }));
  for (let release = 1; release <= 4; release++) {
    setImage(cluster, "StatefulSet", "db", `app:${release}`);
    cluster.run(20_000);
  }
  assert.equal(cluster.list("ControllerRevision").length, 2);
});

function daemonSet(spec: JsonObject = {}, pod: Parameters<typeof workload>[4] = {}): DaemonSet {
  return workload("apps/v1", "DaemonSet", "agent", spec, pod);
}

test("a DaemonSet has one pod on each node it may be on", () => {
  const cluster = new Cluster(2);
  cluster.add(node("gpu-0", { gpu: "true" }));
  cluster.add(daemonSet({}, { spec: { nodeSelector: { gpu: "true" } } }));
  cluster.run(2_000);
  assert.deepEqual(
    cluster.list<Pod>("Pod").map(({ spec }) => spec.nodeName ?? ""),
    ["gpu-0"],
  );
  cluster.patch("Node", "node-1", { metadata: { labels: { gpu: "true" } } });
  cluster.run(2_000);
  assert.deepEqual(
    cluster
      .list<Pod>("Pod")
      .map(({ spec }) => spec.nodeName ?? "")
      .sort(),
    ["gpu-0", "node-1"],
  );
  assert.deepEqual(cluster.get<DaemonSet>("DaemonSet", "agent").status, {
    currentNumberScheduled: 2,
    numberMisscheduled: 0,
    desiredNumberScheduled: 2,
    numberReady: 2,
    observedGeneration: 1,
    updatedNumberScheduled: 2,
    numberAvailable: 2,
  });
});

test("it stays on cordoned nodes and leaves nodes that are tainted", () => {
  const cluster = new Cluster(2);
  cluster.add(daemonSet());
  cluster.run(2_000);
  cluster.patch("Node", "node-0", { spec: { unschedulable: true } });
  cluster.patch("Node", "node-1", { spec: { taints: [{ key: "only", value: "db", effect: "NoSchedule" }] } });
  cluster.run(2_000);
  assert.deepEqual(
    cluster.list<Pod>("Pod").map(({ spec }) => spec.nodeName ?? ""),
    ["node-0"],
  );
});

test("it is renewed node by node, as many at once as may be missing", () => {
  const cluster = new Cluster(4);
  cluster.add(daemonSet({ updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1 } } }));
  cluster.run(2_000);
  setImage(cluster, "DaemonSet", "agent", "app:2");
  cluster.onAction = () => {
    const serving = cluster
      .list<Pod>("Pod")
      .filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
    assert.ok(serving.length >= 3, `${serving.length} nodes are served`);
  };
  cluster.run(20_000);
  assert.deepEqual(images(cluster), ["app:2", "app:2", "app:2", "app:2"]);
});
