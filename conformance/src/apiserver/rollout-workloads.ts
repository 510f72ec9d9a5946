import { job, workload, template, type WorkloadStep } from "./workloads.ts";

const BUSY = { "simulator.fairlead.dev/run-for": "1h" };
const STUCK = { "simulator.fairlead.dev/fail": "never-ready" };
const exits = (code: number): object => ({ "simulator.fairlead.dev/fail": `exit-code=${code}` });

const NEXT_IMAGE = { spec: { template: { spec: { containers: [{ name: "main", image: "nginx:1.28" }] } } } };

function change(
  name: string,
  kind: string,
  object: string,
  patch: object,
  until?: WorkloadStep["until"],
): WorkloadStep {
  const apiVersion = kind === "Job" ? "batch/v1" : "apps/v1";
  return { name, patch: { apiVersion, kind, name: object, with: patch }, ...(until ? { until } : {}) };
}

interface Conditional {
  readonly status?: { readonly conditions?: readonly { type: string; status: string; reason?: string }[] };
}

function has(type: string, reason?: string) {
  return (object: unknown): boolean =>
    ((object as Conditional | undefined)?.status?.conditions ?? []).some(
      (condition) =>
        condition.type === type && (reason === undefined ? condition.status === "True" : condition.reason === reason),
    );
}

const isOver = (object: unknown): boolean => has("Complete")(object) || has("Failed")(object);

const jobIsOver = (name: string) => ({ apiVersion: "batch/v1", kind: "Job", name, holds: isOver });

const FAIL_ON_THREE = {
  rules: [{ action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [3] } }],
};
const FAIL_INDEX = { rules: [{ action: "FailIndex", onExitCodes: { operator: "NotIn", values: [0] } }] };

/** Ways to roll out, to hold back and to end, each chosen so that it comes to rest in the same place whatever is ready first. */
export const ROLLOUT_WORKLOADS: readonly WorkloadStep[] = [
  {
    name: "rollouts of all kinds",
    create: [
      workload("Deployment", "percent", {
        replicas: 4,
        strategy: { rollingUpdate: { maxSurge: "0%", maxUnavailable: "25%" } },
      }),
      workload("Deployment", "forgetful", { revisionHistoryLimit: 0 }),
      workload("Deployment", "held", { replicas: 2 }),
      workload("Deployment", "patient", { minReadySeconds: 1 }),
      workload("Deployment", "late", { progressDeadlineSeconds: 2, template: template("late", {}, STUCK) }),
      workload("StatefulSet", "part", {
        replicas: 3,
        serviceName: "part",
        updateStrategy: { rollingUpdate: { partition: 2 } },
      }),
      workload("StatefulSet", "manual", { replicas: 2, serviceName: "manual", updateStrategy: { type: "OnDelete" } }),
      workload("StatefulSet", "from", { replicas: 2, serviceName: "from", ordinals: { start: 3 } }),
      workload("DaemonSet", "surge", {
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      }),
      workload("DaemonSet", "still", { updateStrategy: { type: "OnDelete" } }),
      workload("DaemonSet", "nowhere", { template: template("nowhere", { nodeSelector: { disk: "none" } }) }),
    ],
    until: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "late",
      holds: has("Progressing", "ProgressDeadlineExceeded"),
    },
  },
  change("percentages", "Deployment", "percent", NEXT_IMAGE),
  change("no history", "Deployment", "forgetful", NEXT_IMAGE),
  change("available after a while", "Deployment", "patient", NEXT_IMAGE, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "patient",
    holds: has("Progressing", "NewReplicaSetAvailable"),
  }),
  change("a pause", "Deployment", "held", { spec: { paused: true } }),
  change("a new image in a pause", "Deployment", "held", NEXT_IMAGE),
  change("a new size in a pause", "Deployment", "held", { spec: { replicas: 3 } }),
  change("the end of the pause", "Deployment", "held", { spec: { paused: false } }),
  change("a late one that is mended", "Deployment", "late", {
    spec: { template: { metadata: { annotations: { "simulator.fairlead.dev/fail": "none" } } } },
  }),
  change("a part of a StatefulSet", "StatefulSet", "part", NEXT_IMAGE),
  change("the rest of it", "StatefulSet", "part", { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } }),
  change("a StatefulSet by hand", "StatefulSet", "manual", NEXT_IMAGE),
  {
    name: "a pod of it that goes",
    remove: { apiVersion: "v1", kind: "Pod", name: "manual-1", propagation: "Background" },
  },
  change("other ordinals", "StatefulSet", "from", { spec: { ordinals: { start: 4 } } }),
  change("a DaemonSet that surges", "DaemonSet", "surge", NEXT_IMAGE),
  change("a DaemonSet by hand", "DaemonSet", "still", NEXT_IMAGE),
  {
    name: "pods to adopt",
    create: ["one", "two", "three"].map((name) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, labels: { app: "orphan" } },
      spec: { containers: [{ name: "main", image: "nginx:1.27" }] },
    })),
  },
  { name: "who adopts them", create: [workload("ReplicaSet", "orphan", { replicas: 4 })] },
  {
    name: "one that is taken aside",
    patch: { apiVersion: "v1", kind: "Pod", name: "one", with: { metadata: { labels: { app: "other" } } } },
  },
  {
    name: "jobs of all kinds",
    create: [
      job("queue", { parallelism: 2 }),
      job("none", { completions: 0 }),
      job("idle", { parallelism: 0, completions: 1 }),
      job("gone", { ttlSecondsAfterFinished: 1 }),
      job("policy", { backoffLimit: 4, podFailurePolicy: FAIL_ON_THREE }, exits(3)),
      job(
        "first",
        {
          completions: 3,
          parallelism: 1,
          completionMode: "Indexed",
          successPolicy: { rules: [{ succeededIndexes: "0" }] },
        },
        { "simulator.fairlead.dev/run-for": "600ms" },
      ),
      job(
        "indexes",
        { completions: 3, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 0, maxFailedIndexes: 3 },
        exits(1),
      ),
      job(
        "index",
        {
          completions: 2,
          parallelism: 2,
          completionMode: "Indexed",
          backoffLimitPerIndex: 1,
          podFailurePolicy: FAIL_INDEX,
        },
        exits(7),
      ),
      job("deadline", { activeDeadlineSeconds: 3 }, BUSY),
      job("retry", { backoffLimit: 1 }, exits(5)),
      job("busy", { completions: 4, parallelism: 3 }, BUSY),
    ],
    until: jobIsOver("retry"),
  },
  change("fewer at a time", "Job", "busy", { spec: { parallelism: 1 } }),
  change("a Job that is held", "Job", "busy", { spec: { suspend: true } }),
  change("the Job goes on", "Job", "busy", { spec: { suspend: false, parallelism: 2 } }),
];
