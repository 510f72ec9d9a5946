import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import { type KubeObject, kstatusOf } from "@fairlead/apimachinery";

const CREATED = "2026-01-01T00:00:00Z";

function object(kind: string, parts: { spec?: JsonObject; status?: JsonObject; metadata?: JsonObject }): KubeObject {
  const [apiVersion = "", name = ""] = kind.split(" ");
  const { metadata, ...rest } = parts;
  return {
    apiVersion,
    kind: name,
    metadata: { name: "it", creationTimestamp: CREATED, ...metadata },
    ...rest,
  } as KubeObject;
}

function condition(type: string, status: string, reason = "", message = ""): JsonObject {
  return { type, status, reason, message };
}

type Row = readonly [kind: string, parts: Parameters<typeof object>[1], expected: string];

const full = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const available = condition("Available", "True");
const progressed = condition("Progressing", "True", "NewReplicaSetAvailable");

const ROWS: readonly Row[] = [
  ["example.com/v1 Thing", {}, "Current: Resource is current"],
  [
    "example.com/v1 Thing",
    { metadata: { deletionTimestamp: CREATED } },
    "Terminating: Resource scheduled for deletion",
  ],
  [
    "example.com/v1 Thing",
    { metadata: { generation: 3 }, status: { observedGeneration: 2 } },
    "InProgress: Thing generation is 3, but latest observed generation is 2",
  ],
  ["example.com/v1 Thing", { status: { conditions: [condition("Stalled", "True", "X", "stuck")] } }, "Failed: stuck"],
  ["example.com/v1 Thing", { status: { conditions: [condition("Ready", "False", "X", "soon")] } }, "InProgress: soon"],
  ["example.com/v1 Thing", { status: { conditions: [condition("Ready", "True")] } }, "Current: Resource is Ready"],
  ["apps/v1 Deployment", { spec: { replicas: 2 }, status: full }, "InProgress: Replicas: 1/2"],
  [
    "apps/v1 Deployment",
    { spec: { replicas: 1, progressDeadlineSeconds: 600 }, status: { ...full, conditions: [available] } },
    "InProgress: ReplicaSet not Available",
  ],
  [
    "apps/v1 Deployment",
    { spec: { replicas: 1 }, status: { ...full, conditions: [available, progressed] } },
    "Current: Deployment is available. Replicas: 1",
  ],
  [
    "apps/v1 Deployment",
    { spec: { replicas: 1 }, status: { conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded")] } },
    "Failed: Progress deadline exceeded",
  ],
  ["apps/v1 DaemonSet", { status: {} }, "InProgress: DaemonSet metadata.generation not found"],
  ["apps/v1 StatefulSet", { spec: { replicas: 1 }, status: { replicas: 1 } }, "InProgress: Ready: 0/1"],
  ["apps/v1 ReplicaSet", { spec: { replicas: 1 }, status: {} }, "InProgress: Labelled: 0/1"],
  ["v1 Pod", { status: {} }, "InProgress: Pod phase not available"],
  [
    "v1 Pod",
    {
      status: {
        phase: "Running",
        containerStatuses: [{ name: "c", state: { waiting: { reason: "CrashLoopBackOff" } } }],
      },
    },
    "Failed: Containers in CrashLoop state: c",
  ],
  ["v1 PersistentVolumeClaim", { status: { phase: "Pending" } }, "InProgress: PVC is not Bound. phase: Pending"],
  ["v1 Service", { spec: { type: "LoadBalancer" } }, "InProgress: ClusterIP not set. Service type: LoadBalancer"],
  [
    "batch/v1 Job",
    { spec: {}, status: { startTime: CREATED, active: 1 } },
    "Current: Job in progress. success:0, active: 1, failed: 0",
  ],
  [
    "batch/v1 Job",
    { spec: { completions: 2 }, status: { failed: 7, conditions: [condition("Failed", "True")] } },
    "Failed: Job Failed. failed: 7/2",
  ],
  [
    "apiextensions.k8s.io/v1 CustomResourceDefinition",
    { status: { conditions: [condition("Established", "True")] } },
    "Current: CRD is established",
  ],
];

test("every kind has a status, in kstatus' words", () => {
  for (const [kind, parts, expected] of ROWS) {
    const { status, message } = kstatusOf(object(kind, parts));
    assert.equal(`${status}: ${message}`, expected, kind);
  }
});

test("a pod may wait a while for a node before that is a failure", () => {
  const pod = object("v1 Pod", {
    status: { phase: "Pending", conditions: [condition("PodScheduled", "False", "Unschedulable")] },
  });
  const created = Date.parse(CREATED);
  assert.equal(kstatusOf(pod, created + 5_000).status, "InProgress");
  assert.equal(kstatusOf(pod, created + 20_000).status, "Failed");
});
