import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import type { Job, JobStatus, Pod } from "../src/api/types.ts";
import { judgeFailure } from "../src/job/policies.ts";
import { Cluster, workload } from "./support/cluster.ts";

const P = "simulator.fairlead.dev/";

function job(spec: JsonObject, annotations: Record<string, string> = {}): Job {
  const defaults = { completions: 1, parallelism: 1, backoffLimit: 6 };
  const pods = { annotations, spec: { restartPolicy: "Never" } };
  return workload("batch/v1", "Job", "work", { ...defaults, ...spec }, pods);
}

function ended(cluster: Cluster): { status: JobStatus; how: string } {
  const { status = {} } = cluster.get<Job>("Job", "work");
  return { status, how: (status.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`).join(", ") };
}

const exits = (code: number): Record<string, string> => ({ [`${P}fail`]: `exit-code=${code}` });
const onExit = (action: string, ...values: number[]): JsonObject => ({
  rules: [{ action, onExitCodes: { operator: "In", values } }],
});

test("an exit code that fails the Job by its policy needs no second try", () => {
  const cluster = new Cluster();
  cluster.add(job({ podFailurePolicy: onExit("FailJob", 3) }, exits(3)));
  cluster.run(60_000);
  const { status, how } = ended(cluster);
  assert.equal(how, "FailureTarget PodFailurePolicy, Failed PodFailurePolicy");
  assert.equal(status.failed, 1);
  assert.match(
    status.conditions?.[0]?.message ?? "",
    /^Container main for pod .* failed with exit code 3 matching FailJob rule at index 0$/,
  );
});

test("a failure that the policy ignores uses up no try", () => {
  const cluster = new Cluster();
  cluster.add(job({ backoffLimit: 0, podFailurePolicy: onExit("Ignore", 4) }, exits(4)));
  cluster.run(45_000);
  const { status } = ended(cluster);
  assert.equal(status.conditions, undefined);
  assert.equal(status.failed, undefined);
  assert.ok(cluster.list("Pod").length >= 2, "it is tried again");
});

test("each index has its own limit, and the Job fails once all indexes are settled", () => {
  const cluster = new Cluster();
  const own = {
    completions: 3,
    parallelism: 3,
    completionMode: "Indexed",
    backoffLimitPerIndex: 1,
    backoffLimit: 2147483647,
  };
  cluster.add(job(own, exits(1)));
  cluster.run(5_000);
  assert.equal(ended(cluster).status.failedIndexes, "");
  cluster.run(60_000);
  const { status, how } = ended(cluster);
  assert.equal(how, "FailureTarget FailedIndexes, Failed FailedIndexes");
  assert.equal(status.failedIndexes, "0-2");
  assert.equal(status.failed, 6);
  const tries = cluster
    .list<Pod>("Pod")
    .map(({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]);
  assert.deepEqual(
    tries.map(Number).toSorted((a, b) => a - b),
    [0, 0, 0, 1, 1, 1],
  );
});

test("more failed indexes than are allowed end the Job", () => {
  const cluster = new Cluster();
  const own = {
    completions: 4,
    parallelism: 1,
    completionMode: "Indexed",
    backoffLimitPerIndex: 0,
    maxFailedIndexes: 1,
  };
  cluster.add(job({ ...own, backoffLimit: 2147483647 }, exits(1)));
  cluster.run(60_000);
  const { status, how } = ended(cluster);
  assert.equal(how, "FailureTarget MaxFailedIndexesExceeded, Failed MaxFailedIndexesExceeded");
  assert.equal(status.failedIndexes, "0,1");
});

test("a success policy ends a Job before all its indexes are done", () => {
  const cluster = new Cluster();
  const successPolicy = { rules: [{ succeededIndexes: "2" }, { succeededIndexes: "0-2", succeededCount: 1 }] };
  cluster.add(job({ completions: 3, parallelism: 1, completionMode: "Indexed", successPolicy }));
  cluster.run(10_000);
  const { status, how } = ended(cluster);
  assert.equal(how, "SuccessCriteriaMet SuccessPolicy, Complete SuccessPolicy");
  assert.equal(status.conditions?.[0]?.message, "Matched rules at index 1");
  assert.equal(status.completedIndexes, "0");
});

const failedPod = (code: number, conditions: JsonObject[] = []): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "n" },
    spec: { containers: [{ name: "main" }] },
    status: {
      phase: "Failed",
      conditions,
      containerStatuses: [{ name: "main", state: { terminated: { exitCode: code } } }],
    },
  }) as unknown as Pod;

const RULES = {
  rules: [
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
    { action: "FailIndex", onExitCodes: { containerName: "side", operator: "In", values: [1] } },
    { action: "FailJob", onExitCodes: { operator: "NotIn", values: [1, 2] } },
  ],
};

for (const [pod, action] of [
  [failedPod(1), "Count"],
  [failedPod(9), "FailJob"],
  [failedPod(9, [{ type: "DisruptionTarget", status: "True" }]), "Ignore"],
  [failedPod(2, [{ type: "DisruptionTarget", status: "False" }]), "Count"],
  [failedPod(0), "Count"],
] as const) {
  test(`the first rule that a failed pod meets decides: ${action} ${JSON.stringify(pod.status)}`, () => {
    assert.equal(judgeFailure(job({ podFailurePolicy: RULES }), pod).action, action);
  });
}
