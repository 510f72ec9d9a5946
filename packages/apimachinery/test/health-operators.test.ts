import assert from "node:assert/strict";
import { test } from "node:test";
import { healthOf, type Health } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";

type Row = readonly [kind: string, parts: JsonObject, wanted: Health | undefined];

/** One or two cases a shape of rule; Argo CD's own cases are run in full by `npm run conformance -- health`. */
const ROWS: readonly Row[] = [
  [
    "apps.kruise.io/v1alpha1 CloneSet",
    {
      metadata: { name: "x", generation: 1 },
      spec: { updateStrategy: {} },
      status: { observedGeneration: 1, replicas: 2, updatedAvailableReplicas: 1 },
    },
    { status: "Degraded", message: "Some replicas are not ready or available" },
  ],
  [
    "apps.kruise.io/v1alpha1 CloneSet",
    {
      metadata: { name: "x", generation: 2 },
      spec: { updateStrategy: { partition: 1 } },
      status: {
        observedGeneration: 2,
        replicas: 2,
        updatedReplicas: 1,
        expectedUpdatedReplicas: 1,
        updatedAvailableReplicas: 1,
      },
    },
    { status: "Suspended", message: "Cloneset needs manual intervention" },
  ],
  ["apps.kruise.io/v1alpha1 DaemonSet", {}, { status: "Progressing", message: "Waiting for initialization" }],
  [
    "sparkoperator.k8s.io/v1beta2 SparkApplication",
    {
      spec: { sparkConf: { "spark.dynamicAllocation.enabled": "true", "spark.dynamicAllocation.minExecutors": "2" } },
      status: { applicationState: { state: "RUNNING" }, executorState: { a: "RUNNING", b: "FAILED" } },
    },
    { status: "Progressing", message: "Waiting for Executor pods" },
  ],
  [
    "operators.coreos.com/v1alpha1 Subscription",
    {
      status: {
        state: "AtLatestKnown",
        conditions: [{ type: "CatalogSourcesUnhealthy", status: "True", reason: "Gone" }],
      },
    },
    {
      status: "Degraded",
      message: "1: CatalogSourcesUnhealthy | True\n.status.state is 'AtLatestKnown'\n",
    },
  ],
  [
    "policy.open-cluster-management.io/v1 Policy",
    {
      status: {
        compliant: "NonCompliant",
        status: [
          { clustername: "a", compliant: "Compliant" },
          { clustername: "b", compliant: "NonCompliant" },
        ],
      },
    },
    { status: "Degraded", message: "NonCompliant clusters: b" },
  ],
  [
    "numaplane.numaproj.io/v1alpha1 PipelineRollout",
    {
      metadata: { name: "x", generation: 3 },
      status: {
        observedGeneration: 3,
        upgradeInProgress: "Progressive",
        conditions: [{ type: "ProgressiveUpgradeSucceeded", status: "False" }],
      },
    },
    { status: "Degraded", message: "Progressive upgrade failed" },
  ],
  [
    "gloo.solo.io/v1 Upstream",
    { status: { statuses: { "gloo-system": { state: 2, reason: "no such service" } } } },
    { status: "Degraded", message: "no such service" },
  ],
  [
    "s3.aws.crossplane.io/v1beta1 Bucket",
    { status: { conditions: [{ type: "Synced", status: "False", reason: "ReconcilePaused" }] } },
    { status: "Suspended", message: "ReconcilePaused" },
  ],
  [
    "pxc.percona.com/v1 PerconaXtraDBCluster",
    { status: { state: "error", message: ["we lost node", "and another"] } },
    { status: "Degraded", message: "Cluster is on error: we lost node, and another" },
  ],
  [
    "cluster.x-k8s.io/v1beta1 MachinePool",
    { status: { phase: "Scaling", conditions: [{ type: "Ready", status: "False", reason: "Waiting" }] } },
    { status: "Healthy", message: "MachinePool is Scaling: Not Ready (Waiting)" },
  ],
  // Objects that are nothing like their kind have a health all the same.
  [
    "operators.coreos.com/v1alpha1 Subscription",
    { status: { conditions: 7 } },
    {
      status: "Progressing",
      message: ".status.state not yet known\n",
    },
  ],
  [
    "cassandra.rook.io/v1alpha1 Cluster",
    { status: { racks: ["a"] } },
    {
      status: "Progressing",
      message: "Waiting for Cassandra Cluster",
    },
  ],
  ["example.com/v1 Unheard", { status: {} }, undefined],
];

for (const [kind, parts, wanted] of ROWS) {
  const told = wanted ? `${wanted.status}: ${wanted.message?.trim() ?? ""}` : "no answer";
  test(`${kind} is ${told}`, () => {
    const [apiVersion = "", name = ""] = kind.split(" ");
    const found = healthOf({ metadata: { name: "x" }, ...parts, apiVersion, kind: name });
    assert.deepEqual(found, wanted);
  });
}
