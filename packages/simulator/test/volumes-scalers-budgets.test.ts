import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";
import type { Claim, Condition, Pod } from "../src/api/types.ts";
import { type Autoscaler, decideAutoscaler } from "../src/autoscaler/decide.ts";
import { type Budget, decideBudget, selectsPod } from "../src/budget/decide.ts";
import { decideClaim, decideVolume, defaultClass, type StorageClass, type Volume } from "../src/claim/decide.ts";
import type { Action } from "../src/engine/action.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");

function claim(spec: Claim["spec"] = {}, metadata: KubeObject["metadata"] = {}): Claim {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "shop", uid: "claim-uid", ...metadata },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } }, ...spec },
  };
}

/** What was decided, in short: `create PersistentVolume`, `patch PersistentVolumeClaim status`. */
function short(actions: readonly Action[]): string[] {
  return actions.map((action) =>
    action.do === "event"
      ? `tell ${action.reason}`
      : `${action.do} ${action.object.kind}${action.do === "patch" && action.subresource ? " status" : ""}`,
  );
}

test("a claim gets a volume made for it, and is bound to it in the next step", () => {
  const first = decideClaim({ claim: claim(), classes: [defaultClass()], volumes: [], users: [] }).actions;
  assert.deepEqual(short(first), ["patch PersistentVolumeClaim status", "create PersistentVolume"]);
  const made = first.find((action) => action.do === "create")?.object as Volume;
  assert.equal(made.metadata.name, "pvc-claim-uid");
  assert.equal(made.spec?.persistentVolumeReclaimPolicy, "Delete");
  const pending = { ...claim(), status: { phase: "Pending" } };
  const second = decideClaim({ claim: pending, classes: [defaultClass()], volumes: [made], users: [] }).actions;
  assert.deepEqual(short(second), [
    "patch PersistentVolume status",
    "patch PersistentVolumeClaim",
    "patch PersistentVolumeClaim status",
  ]);
  const bound = {
    ...claim({ volumeName: "pvc-claim-uid" }),
    status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "2Gi" } },
  };
  const settled = { ...made, status: { phase: "Bound" } };
  assert.deepEqual(decideClaim({ claim: bound, classes: [], volumes: [settled], users: [] }).actions, []);
});

test("a class that is not there, or waits for a pod, keeps a claim pending", () => {
  const missing = decideClaim({
    claim: claim({ storageClassName: "gold" }),
    classes: [],
    volumes: [],
    users: [],
  }).actions;
  assert.deepEqual(short(missing), ["patch PersistentVolumeClaim status", "tell ProvisioningFailed"]);
  const late: StorageClass = { ...defaultClass(), volumeBindingMode: "WaitForFirstConsumer" };
  const waiting = decideClaim({ claim: claim(), classes: [late], volumes: [], users: [] }).actions;
  assert.deepEqual(short(waiting), ["patch PersistentVolumeClaim status", "tell WaitForFirstConsumer"]);
  const user = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [] } } as Pod;
  const used = decideClaim({ claim: claim(), classes: [late], volumes: [], users: [user] }).actions;
  assert.ok(short(used).includes("create PersistentVolume"));
});

test("a deleted claim is held while a pod uses it, and its volume follows by its policy", () => {
  const leaving = claim(
    {},
    { deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["kubernetes.io/pvc-protection", "mine"] },
  );
  const user = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [] } } as Pod;
  assert.deepEqual(decideClaim({ claim: leaving, classes: [], volumes: [], users: [user] }).actions, []);
  const [freed] = decideClaim({ claim: leaving, classes: [], volumes: [], users: [] }).actions;
  assert.deepEqual(freed?.do === "patch" && freed.patch, { metadata: { finalizers: ["mine"] } });
  const volume = (policy: string): Volume => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "v" },
    spec: { claimRef: { namespace: "shop", name: "data", uid: "claim-uid" }, persistentVolumeReclaimPolicy: policy },
    status: { phase: "Bound" },
  });
  assert.deepEqual(short(decideVolume(volume("Delete"), undefined).actions), ["delete PersistentVolume"]);
  assert.deepEqual(short(decideVolume(volume("Retain"), undefined).actions), ["patch PersistentVolume status"]);
  assert.deepEqual(decideVolume(volume("Delete"), claim()).actions, []);
});

function scaler(spec: JsonObject): Autoscaler {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", namespace: "shop", generation: 1 },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, ...spec },
  } as Autoscaler;
}

function target(replicas: number): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: { replicas },
    status: { replicas },
  };
}

test("an autoscaler keeps its target between minimum and maximum and leaves one at zero alone", () => {
  const cases: ReadonlyArray<readonly [replicas: number, wanted: number | undefined, reason: string]> = [
    [1, 2, "TooFewReplicas"],
    [3, undefined, "DesiredWithinRange"],
    [9, 5, "TooManyReplicas"],
    [0, undefined, "ScalingDisabled"],
  ];
  for (const [replicas, wanted, reason] of cases) {
    const { actions } = decideAutoscaler({
      scaler: scaler({ minReplicas: 2, maxReplicas: 5 }),
      target: target(replicas),
      nowMs: NOW,
    });
    const scaled = actions.find((action) => action.do === "patch" && action.subresource === undefined);
    assert.deepEqual(
      scaled?.do === "patch" ? scaled.patch : undefined,
      wanted && { spec: { replicas: wanted } },
      `${replicas}`,
    );
    const written = actions.find((action) => action.do === "patch" && action.subresource === "status");
    const status = (written?.do === "patch" ? written.patch["status"] : {}) as { conditions?: Condition[] };
    assert.ok(
      status.conditions?.some((condition) => condition.reason === reason),
      reason,
    );
  }
});

test("an autoscaler without its target says so once", () => {
  const { actions } = decideAutoscaler({ scaler: scaler({ maxReplicas: 3 }), target: undefined, nowMs: NOW });
  assert.deepEqual(short(actions), ["patch HorizontalPodAutoscaler status", "tell FailedGetScale"]);
});

function budget(spec: Budget["spec"]): Budget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "web", generation: 1 },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  };
}

function pods(ready: number, notReady = 0): Pod[] {
  return Array.from({ length: ready + notReady }, (_, index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `p${index}`, labels: { app: "web" } },
    spec: { containers: [] },
    status: { phase: "Running", conditions: [{ type: "Ready", status: index < ready ? "True" : "False" }] },
  }));
}

test("a budget counts how many pods may be evicted", () => {
  const cases: ReadonlyArray<
    readonly [spec: Budget["spec"], ready: number, notReady: number, allowed: number, desired: number]
  > = [
    [{ minAvailable: 2 }, 3, 0, 1, 2],
    [{ minAvailable: "50%" }, 3, 0, 1, 2],
    [{ maxUnavailable: 1 }, 3, 0, 1, 2],
    [{ maxUnavailable: "34%" }, 3, 0, 2, 1],
    [{ maxUnavailable: 1 }, 2, 1, 0, 2],
    [{ minAvailable: 0 }, 0, 0, 0, 0],
  ];
  for (const [spec, ready, notReady, allowed, desired] of cases) {
    const { actions } = decideBudget({
      budget: budget(spec),
      pods: pods(ready, notReady),
      expected: ready + notReady,
      nowMs: NOW,
    });
    const written = actions.find((action) => action.do === "patch");
    const status = (written?.do === "patch" ? written.patch["status"] : {}) as JsonObject;
    const found = [status["disruptionsAllowed"], status["desiredHealthy"], status["currentHealthy"]];
    assert.deepEqual(found, [allowed, desired, ready], JSON.stringify(spec));
    const isTold = actions.some((action) => action.do === "event" && action.reason === "NoPods");
    assert.equal(isTold, ready + notReady === 0, JSON.stringify(spec));
  }
});

test("an empty selector is every pod, an absent one none", () => {
  const [pod] = pods(1);
  assert.ok(pod);
  assert.equal(selectsPod(budget({}), pod), true);
  assert.equal(selectsPod(budget({ selector: {} }), pod), true);
  const absent = budget({});
  delete absent.spec?.selector;
  assert.equal(selectsPod(absent, pod), false);
});
