import { deployment } from "../objects.ts";
import { template, type Row } from "./row.ts";
import { inGroup, NS } from "./steps.ts";

/** Rows of what makes pods. */
export const WORKLOAD_ROWS: Readonly<Record<string, Row>> = {
  Deployment: {
    path: `${inGroup("apps/v1")}/deployments`,
    body: deployment("a", { replicas: 3 }) as Row["body"],
    status: { replicas: 3, readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2, observedGeneration: 1 },
  },
  ReplicaSet: {
    path: `${inGroup("apps/v1")}/replicasets`,
    body: {
      metadata: { name: "a" },
      spec: { replicas: 2, selector: { matchLabels: { app: "a" } }, template: template("a") },
    },
    status: { replicas: 2, readyReplicas: 1 },
  },
  StatefulSet: {
    path: `${inGroup("apps/v1")}/statefulsets`,
    body: {
      metadata: { name: "a" },
      spec: { replicas: 2, serviceName: "s", selector: { matchLabels: { app: "a" } }, template: template("a") },
    },
    status: { replicas: 2, readyReplicas: 1 },
  },
  DaemonSet: {
    path: `${inGroup("apps/v1")}/daemonsets`,
    body: {
      metadata: { name: "a" },
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: {
          metadata: { labels: { app: "a" } },
          spec: { nodeSelector: { x: "y" }, containers: [{ name: "c", image: "i" }] },
        },
      },
    },
    status: {
      currentNumberScheduled: 1,
      desiredNumberScheduled: 2,
      numberMisscheduled: 0,
      numberReady: 1,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
    },
  },
  ControllerRevision: {
    path: `${inGroup("apps/v1")}/controllerrevisions`,
    body: {
      metadata: {
        name: "a",
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            name: "s",
            uid: "11111111-1111-1111-1111-111111111111",
            controller: true,
          },
        ],
      },
      data: { spec: {} },
      revision: 3,
    },
  },
  ReplicationController: {
    path: `${NS}/replicationcontrollers`,
    body: { metadata: { name: "a" }, spec: { replicas: 1, selector: { app: "a" }, template: template("a") } },
  },
  Job: {
    path: `${inGroup("batch/v1")}/jobs`,
    body: {
      metadata: { name: "a" },
      spec: { completions: 3, template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
    },
    status: { startTime: "2026-01-01T00:00:00Z", active: 1, succeeded: 2 },
  },
  "suspended Job": {
    path: `${inGroup("batch/v1")}/jobs`,
    body: {
      metadata: { name: "a" },
      spec: {
        suspend: true,
        parallelism: 2,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
      },
    },
    status: {
      startTime: "2026-01-01T00:00:00Z",
      conditions: [{ type: "Suspended", status: "True", reason: "JobSuspended" }],
    },
  },
  CronJob: {
    path: `${inGroup("batch/v1")}/cronjobs`,
    body: {
      metadata: { name: "a" },
      spec: {
        schedule: "*/5 * * * *",
        timeZone: "Etc/UTC",
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: "Never",
                containers: [
                  { name: "c", image: "i" },
                  { name: "d", image: "j" },
                ],
              },
            },
          },
        },
      },
    },
    status: { lastScheduleTime: "2026-01-01T00:00:00Z", active: [{ kind: "Job", name: "x" }] },
  },
  HorizontalPodAutoscaler: {
    path: `${inGroup("autoscaling/v2")}/horizontalpodautoscalers`,
    body: {
      metadata: { name: "a" },
      spec: {
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } },
          { type: "Pods", pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } } },
          { type: "External", external: { metric: { name: "queue" }, target: { type: "Value", value: "30" } } },
        ],
      },
    },
    status: {
      currentReplicas: 2,
      desiredReplicas: 3,
      conditions: [],
      currentMetrics: [
        { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 12, averageValue: "3m" } } },
      ],
    },
  },
};
