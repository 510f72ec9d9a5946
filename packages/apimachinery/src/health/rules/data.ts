import { byValue, type HealthCase, type HealthRule, waitsFor } from "../rule.ts";

const STRIMZI: readonly HealthCase[] = [
  { condition: "NotReady", status: "True", notReason: "Creating", health: "Degraded" },
  { condition: "Ready", status: "True", health: "Healthy", message: "" },
];

function strimzi(kind: string, waiting: string): HealthRule {
  return { group: "kafka.strimzi.io", kinds: [kind], cases: STRIMZI, otherwise: ["Progressing", waiting] };
}

function rabbit(kind: string, noun: string): HealthRule {
  return {
    group: "rabbitmq.com",
    kinds: [kind],
    cases: [
      {
        condition: "Ready",
        status: "True",
        reason: "SuccessfulCreateOrUpdate",
        health: "Healthy",
        message: `RabbitMQ ${noun} ready`,
      },
      {
        condition: "Ready",
        status: "False",
        reason: "FailedCreateOrUpdate",
        health: "Degraded",
        message: `RabbitMQ ${noun} failed to be created or updated`,
      },
    ],
    otherwise: ["Unknown", `RabbitMQ ${noun} status is unknown`],
  };
}

/** Databases, queues, storage and jobs over them, in the words of Argo CD's scripts where it has one. */
export const DATA_RULES: readonly HealthRule[] = [
  strimzi("Kafka", "Waiting for Kafka Cluster"),
  strimzi("KafkaTopic", "Waiting for Kafka Topic"),
  strimzi("KafkaUser", "Waiting for Kafka User"),
  strimzi("KafkaConnect", "Waiting for Kafka Connect"),
  strimzi("KafkaConnector", "Waiting for KafkaConnector"),
  strimzi("KafkaBridge", "Waiting for KafkaBridge"),
  strimzi("KafkaMirrorMaker2", "Waiting for KafkaMirrorMaker2"),
  strimzi("KafkaRebalance", "Waiting for KafkaRebalance"),
  {
    group: "acid.zalan.do",
    kinds: ["postgresql"],
    cases: [
      ...byValue("status.PostgresClusterStatus", { Running: ["Healthy", "Running"] }),
      {
        path: "status.PostgresClusterStatus",
        is: ["Creating", "Updating"],
        health: "Progressing",
        message: "{status.PostgresClusterStatus}",
      },
      { path: "status.PostgresClusterStatus", health: "Degraded", message: "{status.PostgresClusterStatus}" },
    ],
    otherwise: ["Progressing", "Waiting for postgres cluster status..."],
  },
  {
    group: "rabbitmq.com",
    kinds: ["RabbitmqCluster"],
    cases: [
      { condition: "ReconcileSuccess", status: "False", health: "Degraded" },
      ...["ClusterAvailable", "AllReplicasReady"].map((condition) => ({
        condition,
        status: "Unknown" as const,
        health: "Degraded" as const,
        message: "No statefulset or endpoints found",
      })),
      {
        condition: "ClusterAvailable",
        status: "False",
        health: "Progressing",
        message: "Waiting for RabbitMQ cluster formation",
      },
      {
        condition: "AllReplicasReady",
        status: "False",
        health: "Progressing",
        message: "Waiting for RabbitMQ instances ready",
      },
      { condition: "AllReplicasReady", status: "True", health: "Healthy", message: "RabbitMQ cluster ready" },
    ],
    otherwise: ["Progressing", "Waiting for RabbitMQ Operator"],
  },
  rabbit("Queue", "queue"),
  rabbit("Exchange", "exchange"),
  rabbit("Binding", "binding"),
  rabbit("Vhost", "vhost"),
  rabbit("User", "user"),
  rabbit("Permission", "permission"),
  rabbit("Policy", "policy"),
  rabbit("Shovel", "shovel"),
  {
    group: "minio.min.io",
    kinds: ["Tenant"],
    cases: [
      ...byValue("status.currentState", { Initialized: ["Healthy", "Initialized"] }),
      {
        path: "status.currentState",
        is: [
          "Statefulset not controlled by operator",
          "Another MinIO Tenant already exists in the namespace",
          "Tenant credentials are not set properly",
          "Different versions across MinIO Pools",
          "Pool Decommissioning Not Allowed",
        ],
        health: "Degraded",
        message: "{status.currentState}",
      },
      { path: "status.currentState", health: "Progressing", message: "{status.currentState}" },
    ],
    otherwise: ["Progressing", "No status info available"],
  },
  {
    group: "snapshot.storage.k8s.io",
    kinds: ["VolumeSnapshot", "VolumeSnapshotContent"],
    cases: [
      { path: "status.readyToUse", is: [true], health: "Healthy", message: "Ready to use" },
      { path: "status.error", health: "Degraded", message: "{status.error.message}" },
    ],
    otherwise: ["Progressing", "Waiting for status"],
  },
  {
    group: "cdi.kubevirt.io",
    kinds: ["DataVolume"],
    cases: [
      { path: "status.phase", is: ["Succeeded"], health: "Healthy", message: "{status.phase}" },
      { path: "status.phase", is: ["Paused"], health: "Suspended", message: "{status.phase}" },
      { condition: "Running", status: "False", reason: "Error", health: "Degraded" },
      { path: "status.phase", is: ["Failed", "Unknown"], health: "Degraded", message: "{status.phase}" },
      { path: "status.phase", health: "Progressing", message: "{status.phase}" },
    ],
    otherwise: ["Progressing", "No status available"],
  },
  {
    group: "ceph.rook.io",
    kinds: ["CephObjectStore", "CephBlockPool", "CephFilesystem"],
    cases: byValue("status.phase", {
      Ready: ["Healthy", "Ceph phase is Ready"],
      Failure: ["Degraded", "Ceph phase is Failure"],
    }),
    otherwise: ["Progressing", "Waiting for status to be reported"],
  },
  {
    group: "velero.io",
    kinds: ["Backup", "Restore"],
    cases: [
      { path: "status.phase", is: ["Completed"], health: "Healthy", message: "{kind} is completed" },
      {
        path: "status.phase",
        is: ["Failed", "PartiallyFailed", "FailedValidation", "WaitingForPluginOperationsPartiallyFailed"],
        health: "Degraded",
        message: "{kind} ended as {status.phase}",
      },
    ],
    otherwise: ["Progressing", "{kind} is not completed"],
  },
  {
    group: "db.atlasgo.io",
    kinds: ["AtlasMigration", "AtlasSchema"],
    cases: [
      { condition: "Ready", status: "True", health: "Healthy", message: "{reason}" },
      { condition: "Ready", reason: "Reconciling", health: "Progressing", message: "{reason}" },
      { condition: "Ready", health: "Degraded", message: "{reason}" },
    ],
    otherwise: ["Progressing", "Waiting for Atlas Operator"],
  },
  waitsFor("redis.redis.opstreelabs.in", ["Redis", "RedisCluster"], "Waiting for {kind}"),
];
