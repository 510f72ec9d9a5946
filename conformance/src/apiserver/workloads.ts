/** What is put on a cluster, one document after another, and what has to be true before the next one. */
export interface WorkloadStep {
  readonly name: string;
  /** Applied as kubectl create would. */
  readonly create?: readonly object[];
  /** A merge patch on an object that is there. */
  readonly patch?: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly with: object };
  readonly remove?: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly propagation: "Foreground" | "Background" | "Orphan";
  };
  /** What has to come about before everything is quiet, where it comes after a pause. */
  readonly until?: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly holds: (object: unknown) => boolean;
  };
}

const container = (image = "nginx:1.27"): object => ({ name: "main", image });

export function template(app: string, spec: object = {}, annotations?: object): object {
  return {
    metadata: { labels: { app }, ...(annotations === undefined ? {} : { annotations }) },
    spec: { containers: [container()], ...spec },
  };
}

export function workload(kind: string, name: string, spec: object = {}, own: object = {}): object {
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name, labels: { app: name } },
    spec: { selector: { matchLabels: { app: name } }, template: template(name), ...spec },
    ...own,
  };
}

export function job(name: string, spec: object = {}, annotations?: object): object {
  const pods = template(name, { restartPolicy: "Never" }, annotations);
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template: pods, ...spec } };
}

const FAILS = { "simulator.fairlead.dev/fail": "exit-code=3" };

/** A little of everything kube-controller-manager looks after, in an order in which each step can come to rest. */
export const WORKLOADS: readonly WorkloadStep[] = [
  {
    name: "one of each",
    create: [
      {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "all" },
        spec: { hard: { pods: "50", "count/jobs.batch": "9" } },
      },
      workload("Deployment", "web", { replicas: 3 }),
      workload("Deployment", "again", { strategy: { type: "Recreate" }, revisionHistoryLimit: 1 }),
      workload("Deployment", "still", { paused: true }),
      workload("Deployment", "broken", {
        replicas: 2,
        template: template("broken", {}, { "simulator.fairlead.dev/fail": "image-pull" }),
      }),
      workload("ReplicaSet", "plain", { replicas: 2 }),
      workload("StatefulSet", "db", { replicas: 2, serviceName: "db" }),
      workload("StatefulSet", "quick", { replicas: 2, serviceName: "quick", podManagementPolicy: "Parallel" }),
      workload("DaemonSet", "agent"),
      job("once", { completions: 3, parallelism: 2 }),
      job("wrong", { backoffLimit: 0 }, FAILS),
      job("numbered", { completions: 2, parallelism: 2, completionMode: "Indexed" }),
      job("later", { suspend: true }),
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "asleep" },
        spec: {
          schedule: "* * * * *",
          suspend: true,
          jobTemplate: { spec: { template: template("asleep", { restartPolicy: "Never" }) } },
        },
      },
      {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "again" },
        spec: {
          minReplicas: 2,
          maxReplicas: 4,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "again" },
        },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", labels: { app: "web" } },
        spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80 }] },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "db" },
        spec: { clusterIP: "None", selector: { app: "db" }, ports: [{ port: 5432 }] },
      },
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "nobody" },
        spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] },
      },
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "web" },
        spec: { minAvailable: 2, selector: { matchLabels: { app: "web" } } },
      },
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "db" },
        spec: { maxUnavailable: "50%", selector: { matchLabels: { app: "db" } } },
      },
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "nobody" },
        spec: { maxUnavailable: 1, selector: { matchLabels: { app: "nobody" } } },
      },
      { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot" } },
    ],
  },
  ...["web", "again"].map((name) => ({
    name: `a new image for ${name}`,
    patch: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name,
      with: { spec: { template: { spec: { containers: [container("nginx:1.28")] } } } },
    },
  })),
  ...["db", "quick"].map((name) => ({
    name: `a new image for ${name}`,
    patch: {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      name,
      with: { spec: { template: { spec: { containers: [container("nginx:1.28")] } } } },
    },
  })),
  {
    name: "a new image for the DaemonSet",
    patch: {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      name: "agent",
      with: { spec: { template: { spec: { containers: [container("nginx:1.28")] } } } },
    },
  },
  {
    name: "more of web",
    patch: { apiVersion: "apps/v1", kind: "Deployment", name: "web", with: { spec: { replicas: 5 } } },
  },
  {
    name: "fewer of web",
    patch: { apiVersion: "apps/v1", kind: "Deployment", name: "web", with: { spec: { replicas: 2 } } },
  },
  {
    name: "none of db",
    patch: { apiVersion: "apps/v1", kind: "StatefulSet", name: "db", with: { spec: { replicas: 0 } } },
  },
  {
    name: "the paused one goes on",
    patch: { apiVersion: "apps/v1", kind: "Deployment", name: "still", with: { spec: { paused: false } } },
  },
  {
    name: "the suspended one goes on",
    patch: { apiVersion: "batch/v1", kind: "Job", name: "later", with: { spec: { suspend: false } } },
  },
  {
    name: "a deletion in the background",
    remove: { apiVersion: "apps/v1", kind: "Deployment", name: "again", propagation: "Background" },
  },
  {
    name: "a deletion in the foreground",
    remove: { apiVersion: "apps/v1", kind: "StatefulSet", name: "quick", propagation: "Foreground" },
  },
  {
    name: "a deletion that leaves orphans",
    remove: { apiVersion: "apps/v1", kind: "ReplicaSet", name: "plain", propagation: "Orphan" },
  },
];

/** Kinds looked at afterwards. */
export const WORKLOAD_KINDS: readonly (readonly [apiVersion: string, kind: string])[] = [
  ["apps/v1", "Deployment"],
  ["apps/v1", "ReplicaSet"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "DaemonSet"],
  ["apps/v1", "ControllerRevision"],
  ["batch/v1", "Job"],
  ["batch/v1", "CronJob"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["policy/v1", "PodDisruptionBudget"],
  ["v1", "Service"],
  ["v1", "Endpoints"],
  ["discovery.k8s.io/v1", "EndpointSlice"],
  ["v1", "ServiceAccount"],
  ["v1", "ConfigMap"],
  ["v1", "ResourceQuota"],
  ["v1", "Pod"],
  ["v1", "Event"],
];
