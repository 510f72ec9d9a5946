import { byValue, type HealthCase, type HealthRule, waitsFor } from "../rule.ts";
import type { HealthStatus } from "../types.ts";
import { ARGO_ASKS } from "../kinds/operators.ts";

/** Kinds of vendors' operators, in the words of Argo CD's scripts. */

function saying(path: string, values: readonly unknown[], health: HealthStatus, message: string): HealthCase {
  return { path, is: values, health, message };
}

const NUMAFLOW_CHILD = ["InterStepBufferService", "Vertex"];

function numaflow(kind: string, pauses: readonly string[]): HealthRule {
  const isChild = NUMAFLOW_CHILD.includes(kind);
  return {
    group: "numaflow.numaproj.io",
    kinds: [kind],
    cases: [
      { same: ["metadata.generation", "status.observedGeneration"], ...failed("{status.message}") },
      {
        same: ["metadata.generation", "status.observedGeneration"],
        status: "False",
        health: "Degraded",
        message: isChild ? "{message}" : "Subresources are unhealthy",
      },
      ...pauses.map((phase) => numaflowPhase(phase, `${kind} is paused`)),
      numaflowPhase("Running", `${kind} is healthy`),
    ],
    otherwise: ["Progressing", `Waiting for ${kind} status`],
  };
}

function failed(message: string): HealthCase {
  return { path: "status.phase", is: ["Failed"], health: "Degraded", message };
}

function numaflowPhase(phase: string, message: string): HealthCase {
  const isObserved = ["metadata.generation", "status.observedGeneration"] as const;
  return { same: isObserved, path: "status.phase", is: [phase], health: "Healthy", message };
}

function confluent(kind: string): HealthRule {
  return {
    group: "platform.confluent.io",
    kinds: [kind],
    cases: byValue("status.phase", {
      RUNNING: ["Healthy", `${kind} running`],
      PROVISIONING: ["Progressing", `${kind} provisioning`],
    }),
    otherwise: ["Progressing", `Waiting for ${kind}`],
  };
}

const HUMIO: HealthRule = {
  group: "core.humio.com",
  kinds: ["HumioAction", "HumioAlert", "HumioIngestToken", "HumioParser", "HumioRepository", "HumioView"],
  cases: byValue("status.state", {
    Exists: ["Healthy", "Component state: Exists."],
    NotFound: ["Missing", "Component state: NotFound."],
    ConfigError: ["Degraded", "Component state: ConfigError."],
    Unknown: ["Unknown", "Component state: Unknown."],
  }),
  otherwise: ["Progressing", "Update in progress"],
};

const HUMIO_CLUSTER: HealthRule = {
  group: "core.humio.com",
  kinds: ["HumioCluster"],
  cases: byValue("status.state", {
    Running: ["Healthy", "{status.message|Cluster is in a healthy running state}"],
    Restarting: ["Progressing", "{status.message|Cluster pods are being restarted}"],
    Upgrading: ["Progressing", "{status.message|Cluster pods are being upgraded}"],
    ConfigError: ["Degraded", "{status.message|User-provided cluster specification resulted in a configuration error}"],
    Pending: ["Progressing", "{status.message|Cluster is waiting on resources to be provisioned}"],
    Unknown: ["Unknown", "{status.message|Component state: Unknown.}"],
  }),
  otherwise: ["Progressing", "Update in progress"],
};

const ASTRA_TASKS: HealthRule = {
  group: "astra.netapp.io",
  kinds: ["Backup", "ExecHooksRun", "ResourceBackup", "ResticVolumeBackup", "Snapshot"],
  cases: [
    saying("status.state", ["Completed"], "Healthy", "{kind} Completed"),
    saying("status.state", ["Running"], "Progressing", "{kind} Running"),
    { path: "status.state", health: "Degraded", message: "{status.state}" },
  ],
  otherwise: ["Progressing", "No status available"],
};

const ASTRA: readonly HealthRule[] = [
  ASTRA_TASKS,
  {
    group: "astra.netapp.io",
    kinds: ["Application"],
    cases: [
      {
        condition: "Ready",
        status: "True",
        health: "Healthy",
        message: "Astra Application Ready, protectionState: {status.protectionState}",
      },
      {
        condition: "Ready",
        status: "False",
        health: "Degraded",
        message: "Astra Application Degraded, message: {message}",
      },
    ],
    otherwise: ["Progressing", "No status available"],
  },
  {
    group: "astra.netapp.io",
    kinds: ["Schedule"],
    cases: [
      {
        path: "status.lastScheduleTime",
        health: "Healthy",
        message: "Protection policy lastScheduleTime: {status.lastScheduleTime}",
      },
    ],
    otherwise: ["Healthy", "Protection policy not yet executed"],
  },
  {
    group: "astra.netapp.io",
    kinds: ["AppVault"],
    cases: [
      saying("status.state", ["available", "Available"], "Healthy", "{kind} Available"),
      saying("status.state", ["failed", "Failed"], "Degraded", "{kind} Failed"),
    ],
    otherwise: ["Progressing", "No status available"],
  },
  {
    group: "astra.netapp.io",
    kinds: ["ExecHook"],
    cases: [
      saying("spec.enabled", [true], "Healthy", "{kind} enabled"),
      saying("spec.enabled", [false], "Suspended", "{kind} disabled"),
    ],
    otherwise: ["Progressing", "No status available"],
  },
];

const NODES_READY = "{status.ready}/{status.size} node(s) are ready";

const DATABASES: readonly HealthRule[] = [
  {
    group: "psmdb.percona.com",
    kinds: ["PerconaServerMongoDB"],
    cases: [
      ...byValue("status.state", {
        initializing: ["Progressing", NODES_READY],
        ready: ["Healthy", NODES_READY],
        error: ["Degraded", NODES_READY],
        stopping: ["Progressing", NODES_READY],
        paused: ["Suspended", NODES_READY],
      }),
      { path: "status", health: "Unknown", message: NODES_READY },
    ],
    otherwise: ["Unknown", "Cluster status is unknown"],
  },
  {
    group: "pxc.percona.com",
    kinds: ["PerconaXtraDBCluster"],
    cases: byValue("status.state", {
      initializing: ["Progressing", NODES_READY],
      ready: ["Healthy", NODES_READY],
      paused: ["Unknown", "Cluster is paused"],
      stopping: ["Degraded", `Cluster is stopping (${NODES_READY})`],
      error: ["Degraded", "Cluster is on error: {status.message}"],
    }),
    otherwise: ["Unknown", `Cluster status is unknown. ${ARGO_ASKS}`],
  },
  {
    group: "zookeeper.pravega.io",
    kinds: ["ZookeeperCluster"],
    cases: [
      saying("status.readyReplicas", [0], "Progressing", "Waiting for ZK Nodes to join the ensemble"),
      {
        path: "status.readyReplicas",
        same: ["status.readyReplicas", "status.replicas"],
        health: "Healthy",
        message: "All ZK Nodes have joined the ensemble",
      },
    ],
    otherwise: ["Progressing", "Waiting for ZK Nodes to join the ensemble"],
  },
  {
    group: "k8s.mariadb.com",
    kinds: ["SqlJob"],
    cases: [
      { reason: "JobComplete", status: "True", health: "Healthy", message: "{reason} {message}" },
      { reason: "JobFailed", status: "True", health: "Degraded", message: "{reason} {message}" },
      { status: "True", health: "Progressing", message: "{reason} {message}" },
      { status: "False", health: "Progressing", message: "{reason} {message}" },
    ],
    otherwise: ["Progressing", "No status info available"],
  },
  {
    group: "k8s.mariadb.com",
    kinds: ["Database", "User", "Grant", "Restore", "Connection"],
    cases: [
      { status: "False", reason: "Failed", health: "Degraded" },
      { status: "False", health: "Progressing" },
      { status: "True", health: "Healthy" },
    ],
    otherwise: ["Progressing", "No status info available"],
  },
];

const ELASTIC: readonly HealthRule[] = [
  {
    group: "beat.k8s.elastic.co",
    kinds: ["Beat"],
    cases: [
      saying("status.health", ["red"], "Degraded", "Elastic Beat status is Red"),
      saying("status.health", ["green"], "Healthy", "Elastic Beat status is Green"),
      {
        path: "status.availableNodes",
        where: { "status.health": "yellow" },
        health: "Progressing",
        message:
          "Elastic Beat status is deploying, there is {status.availableNodes} instance(s) on {status.expectedNodes} expected",
      },
      saying("status.health", ["yellow"], "Progressing", "Elastic Beat phase is progressing"),
      {
        path: "status.expectedNodes",
        absent: "status.health",
        health: "Progressing",
        message: "Elastic Beat phase is progressing",
      },
    ],
    otherwise: ["Unknown", `Elastic Beat status is unknown. ${ARGO_ASKS}`],
  },
  {
    group: "logstash.k8s.elastic.co",
    kinds: ["Logstash"],
    cases: byValue("status.health", {
      green: ["Healthy", "Logstash status is Green"],
      yellow: ["Progressing", "Logstash status is Yellow"],
      red: ["Degraded", "Logstash status is Red"],
    }),
    otherwise: ["Progressing", "Waiting for Logstash"],
  },
];

export const VENDOR_RULES: readonly HealthRule[] = [
  numaflow("MonoVertex", ["Paused"]),
  numaflow("Pipeline", ["Paused", "Pausing"]),
  numaflow("Vertex", ["Paused"]),
  numaflow("InterStepBufferService", []),
  confluent("Connect"),
  confluent("ControlCenter"),
  confluent("Kafka"),
  confluent("KsqlDB"),
  confluent("SchemaRegistry"),
  confluent("Zookeeper"),
  {
    group: "platform.confluent.io",
    kinds: ["Connector"],
    cases: [
      {
        path: "status.state",
        is: ["CREATED"],
        absent: "status.failedTasksCount",
        where: { "status.connectorState": "RUNNING" },
        health: "Healthy",
        message: "Connector running",
      },
      saying("status.state", ["ERROR"], "Degraded", "{status.conditions.0.message|No conditions available}"),
      saying("status.failedTasksCount", [0], "Progressing", "Waiting for Kafka Connector"),
      { path: "status.failedTasksCount", health: "Degraded", message: "Connector has failed tasks" },
    ],
    otherwise: ["Progressing", "Waiting for Kafka Connector"],
  },
  HUMIO,
  HUMIO_CLUSTER,
  ...ASTRA,
  ...DATABASES,
  ...ELASTIC,
  waitsFor("certmanager.k8s.io", ["Certificate"], "Waiting for certificate"),
  waitsFor("certmanager.k8s.io", ["Issuer", "ClusterIssuer"], "Initializing issuer"),
  {
    group: "policy.open-cluster-management.io",
    kinds: ["CertificatePolicy"],
    cases: [
      saying("status.compliant", ["Compliant"], "Healthy", "All certificates found comply with the policy"),
      {
        path: "status.compliant",
        health: "Degraded",
        message: "At least once certificate does not comply with the policy",
      },
    ],
    otherwise: ["Progressing", "Waiting for the status to be reported"],
  },
  {
    group: "policy.open-cluster-management.io",
    kinds: ["OperatorPolicy"],
    cases: [
      { absent: "status.conditions", health: "Progressing", message: "Waiting for the status to be reported" },
      { stale: true, health: "Progressing", message: "Waiting for the status to be updated" },
      { condition: "Compliant", status: "True", health: "Healthy" },
      { condition: "Compliant", health: "Degraded" },
    ],
    otherwise: ["Progressing", "Waiting for the compliance condition"],
  },
  {
    group: "trident.netapp.io",
    kinds: ["TridentBackendConfig"],
    cases: [
      {
        path: "status.phase",
        is: ["Bound"],
        where: { "status.lastOperationStatus": "Success" },
        health: "Healthy",
        message: "{status.message}",
      },
      saying("status.lastOperationStatus", ["Failed"], "Degraded", "{status.message}"),
    ],
    otherwise: ["Progressing", "Waiting for backend creation"],
  },
  {
    group: "trident.netapp.io",
    kinds: ["TridentOrchestrator"],
    cases: byValue("status.status", {
      Installed: ["Healthy", "{status.message}"],
      Failed: ["Degraded", "{status.message}"],
      Error: ["Degraded", "{status.message}"],
    }),
    otherwise: ["Progressing", "Waiting for trident installation"],
  },
  {
    group: "kiali.io",
    kinds: ["Kiali"],
    cases: [
      { condition: "Successful", status: "True", health: "Healthy" },
      { condition: "Failure", status: "True", health: "Degraded" },
      { condition: "Running", reason: "Running", health: "Progressing" },
    ],
    otherwise: ["Progressing", "Waiting for Kiali"],
  },
  {
    group: "grafana.integreatly.org",
    kinds: ["GrafanaDatasource"],
    cases: [
      { absent: "status", health: "Progressing", message: "" },
      saying("status.uid", [""], "Progressing", ""),
      saying("status.NoMatchingInstances", [true], "Degraded", "can't find matching grafana instance"),
    ],
    otherwise: ["Healthy"],
  },
  {
    group: "stacks.crossplane.io",
    kinds: ["ClusterStackInstall"],
    conditionsAt: "status.conditionedStatus.conditions",
    cases: [
      { condition: "Ready", status: "True", health: "Healthy", message: "{reason}" },
      { condition: "Ready", health: "Progressing", message: "{reason}" },
    ],
    otherwise: ["Progressing", "Waiting for stack to be installed"],
  },
];
