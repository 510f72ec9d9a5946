import { deployment } from "../objects.ts";
import type { Case } from "../types.ts";
import { each } from "./each-fault.ts";
import { inGroup } from "./steps.ts";

const job = (spec: object): object => ({
  metadata: { name: "j" },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } }, ...spec },
});
const cron = (spec: object): object => ({
  metadata: { name: "c" },
  spec: {
    schedule: "* * * * *",
    jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } } },
    ...spec,
  },
});
const hpa = (spec: object): object => ({
  metadata: { name: "h" },
  spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" }, ...spec },
});
const budget = (spec: object): object => ({
  metadata: { name: "b" },
  spec: { selector: { matchLabels: { a: "b" } }, ...spec },
});
const stateful = (spec: object): object => ({
  ...deployment("s"),
  kind: "StatefulSet",
  spec: { ...(deployment("s") as { spec: object }).spec, serviceName: "s", ...spec },
});
const set = (spec: object): object => deployment("d", spec);
const daemon = (spec: object): object => ({
  ...deployment("s"),
  kind: "DaemonSet",
  spec: { ...(deployment("s") as { spec: object }).spec, ...spec },
});

/** Mistakes in what makes pods, scales them or keeps them. */
export const WORKLOAD_FAULTS: readonly Case[] = [
  each("Jobs", `${inGroup("batch/v1")}/jobs`, job as (part: never) => object, [
    { parallelism: -1 },
    { completions: -1 },
    { backoffLimit: -1 },
    { activeDeadlineSeconds: -1 },
    { ttlSecondsAfterFinished: -1 },
    { completionMode: "X" },
    { completionMode: "Indexed" },
    { completionMode: "Indexed", completions: 3, parallelism: 200_000 },
    { backoffLimitPerIndex: 1 },
    { maxFailedIndexes: 1 },
    { manualSelector: true },
    { manualSelector: true, selector: { matchLabels: { a: "b" } } },
    { podFailurePolicy: { rules: [{ action: "X" }] } },
    { podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [0] } }] } },
    { podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [2, 1, 1] } }] } },
    { podFailurePolicy: { rules: [{ action: "FailIndex", onExitCodes: { operator: "In", values: [1] } }] } },
    { podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "a b", status: "X" }] }] } },
    { successPolicy: { rules: [{ succeededCount: 1 }] } },
    { successPolicy: { rules: [] }, completionMode: "Indexed", completions: 2 },
    { successPolicy: { rules: [{ succeededIndexes: "5-2" }] }, completionMode: "Indexed", completions: 9 },
    { podReplacementPolicy: "X" },
    { managedBy: "no-domain" },
    { template: { spec: { restartPolicy: "Always", containers: [{ name: "c", image: "i" }] } } },
    { template: { spec: { containers: [{ name: "c", image: "i" }] } } },
  ]),
  each("CronJobs", `${inGroup("batch/v1")}/cronjobs`, cron as (part: never) => object, [
    { schedule: "" },
    { schedule: "x" },
    { schedule: "* * * *" },
    { schedule: "61 * * * *" },
    { schedule: "@every 5m" },
    { schedule: "TZ=UTC * * * * *" },
    { timeZone: "Nowhere/City" },
    { timeZone: "" },
    { timeZone: "Europe/Vienna" },
    { concurrencyPolicy: "X" },
    { startingDeadlineSeconds: -1 },
    { successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 },
  ]),
  each("autoscalers", `${inGroup("autoscaling/v2")}/horizontalpodautoscalers`, hpa as (part: never) => object, [
    { maxReplicas: 0 },
    { minReplicas: 0 },
    { minReplicas: 5 },
    { scaleTargetRef: { kind: "", name: "" } },
    { scaleTargetRef: { apiVersion: "a/b/c", kind: "X", name: "x/y" } },
    { metrics: [{ type: "Resource" }] },
    { metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization" } } }] },
    { metrics: [{ type: "Resource", resource: { name: "", target: { type: "Value", value: "1" } } }] },
    {
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 0 } } },
      ],
    },
    {
      metrics: [{ type: "Pods", pods: { metric: { name: "" }, target: { type: "AverageValue", averageValue: "0" } } }],
    },
    { metrics: [{ type: "External", external: { metric: { name: "a/b" }, target: { type: "Value", value: "-1" } } }] },
    { behavior: { scaleUp: { stabilizationWindowSeconds: 4000 } } },
    { behavior: { scaleUp: { policies: [] } } },
    { behavior: { scaleDown: { policies: [{ type: "X", value: 0, periodSeconds: 0 }], selectPolicy: "X" } } },
    {
      behavior: {
        scaleDown: { policies: [{ type: "Pods", value: 1, periodSeconds: 2000 }], stabilizationWindowSeconds: -1 },
      },
    },
  ]),
  each("budgets", `${inGroup("policy/v1")}/poddisruptionbudgets`, budget as (part: never) => object, [
    { minAvailable: 1, maxUnavailable: 1 },
    { minAvailable: -1 },
    { minAvailable: "x" },
    { minAvailable: "150%" },
    { maxUnavailable: "-5%" },
    { selector: { matchExpressions: [{ key: "a", operator: "In" }] } },
    { selector: { matchLabels: { "a b": "c" } } },
    { selector: null },
    { unhealthyPodEvictionPolicy: "X" },
  ]),
  each("StatefulSets", `${inGroup("apps/v1")}/statefulsets`, stateful as (part: never) => object, [
    { replicas: -1 },
    { podManagementPolicy: "X" },
    { updateStrategy: { type: "X" } },
    { updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } },
    { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: -1 } } },
    { minReadySeconds: -1 },
    { ordinals: { start: -1 } },
    { persistentVolumeClaimRetentionPolicy: { whenDeleted: "X", whenScaled: "Y" } },
    { selector: { matchLabels: { other: "x" } } },
    { selector: null },
    { volumeClaimTemplates: [{ metadata: { name: "v" }, spec: {} }] },
    { revisionHistoryLimit: -1 },
    {
      template: {
        metadata: { labels: { app: "s" } },
        spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] },
      },
    },
  ]),
  each("Deployments", `${inGroup("apps/v1")}/deployments`, set as (part: never) => object, [
    { replicas: -1 },
    { strategy: { type: "X" } },
    { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } },
    { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } },
    { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "x", maxUnavailable: "200%" } } },
    { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: -1, maxUnavailable: "-1%" } } },
    { minReadySeconds: 700 },
    { progressDeadlineSeconds: -1 },
    { revisionHistoryLimit: -1 },
    { selector: {} },
    { selector: { matchLabels: { other: "x" } } },
    { template: {} },
    {
      template: {
        metadata: { labels: { app: "d" } },
        spec: { restartPolicy: "OnFailure", containers: [{ name: "c", image: "i" }] },
      },
    },
    {
      template: {
        metadata: { labels: { app: "d" } },
        spec: { activeDeadlineSeconds: 5, containers: [{ name: "c", image: "i" }] },
      },
    },
  ]),
  each("DaemonSets", `${inGroup("apps/v1")}/daemonsets`, daemon as (part: never) => object, [
    { updateStrategy: { type: "X" } },
    { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } },
    { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } },
    { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "101%" } } },
    { minReadySeconds: -1 },
    { selector: { matchLabels: { other: "x" } } },
    { revisionHistoryLimit: -1 },
  ]),
];
