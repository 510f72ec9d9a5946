import { byCondition, byValue, type HealthCase, type HealthRule, waitsFor } from "../rule.ts";

function keda(kind: string, waiting: string, faults: readonly HealthCase[]): HealthRule {
  return {
    group: "keda.sh",
    kinds: [kind],
    cases: [
      ...faults,
      { condition: "Ready", status: "False", health: "Degraded" },
      { condition: "Paused", status: "True", health: "Suspended" },
      { condition: "Ready", status: "True", health: "Healthy" },
    ],
    otherwise: ["Progressing", waiting],
  };
}

function istio(codes: readonly unknown[], health: HealthCase["health"], message: string): HealthCase {
  return { path: "status.status", is: codes, health, message };
}

/** Operators of the platform itself, in the words of Argo CD's scripts where it has one. */
export const PLATFORM_RULES: readonly HealthRule[] = [
  keda("ScaledObject", "Creating HorizontalPodAutoscaler Object", [
    { condition: "Fallback", status: "True", health: "Degraded" },
  ]),
  keda("ScaledJob", "Waiting for ScaledJob", [{ condition: "Ready", status: "Unknown", health: "Degraded" }]),
  {
    group: "install.istio.io",
    kinds: ["IstioOperator"],
    cases: [
      istio([0, "NONE"], "Unknown", "Component is not present."),
      istio([1, "UPDATING"], "Progressing", "Component is being updated to a different version."),
      istio(
        [2, "RECONCILING"],
        "Progressing",
        "Controller has started but not yet completed reconciliation loop for the component.",
      ),
      istio([3, "HEALTHY"], "Healthy", "Component is healthy."),
      istio([4, "ERROR"], "Degraded", "Component is in an error state."),
    ],
    otherwise: ["Progressing", "Waiting for Istio Control Plane"],
  },
  waitsFor("sailoperator.io", ["Istio", "IstioCNI", "IstioRevision"], "Waiting for {kind}"),
  {
    group: "monitoring.coreos.com",
    kinds: ["Prometheus", "Alertmanager", "ThanosRuler"],
    cases: [
      { condition: "Available", status: "True", health: "Healthy", message: "All instances are available" },
      {
        condition: "Available",
        status: "not True",
        reason: "SomePodsNotReady",
        health: "Progressing",
        message: "{text}",
      },
      { condition: "Available", status: "not True", health: "Degraded", message: "{text}" },
    ],
    otherwise: ["Progressing", "Waiting for initialization"],
  },
  {
    group: "grafana.integreatly.org",
    kinds: ["Grafana"],
    cases: [
      { path: "status.stageStatus", is: ["failed"], health: "Degraded", message: "Failed at stage {status.stage}" },
      { path: "status.stage", is: ["complete"], health: "Healthy", message: "" },
      { path: "status.stageStatus", health: "Progressing", message: "{status.stage}" },
    ],
    otherwise: ["Progressing", "Waiting for Grafana status info"],
  },
  {
    group: "operator.victoriametrics.com",
    kinds: ["*"],
    cases: [
      { stale: true, health: "Progressing", message: "Waiting for the operator to reconcile" },
      ...byValue("status.updateStatus", {
        operational: ["Healthy", "All components are operational"],
        expanding: ["Progressing", "{status.reason|Reconciliation in progress}"],
        paused: ["Suspended", "{status.reason|Reconciliation is paused}"],
        failed: ["Degraded", "{status.reason|Reconciliation failed}"],
      }),
      { path: "status", health: "Progressing", message: "Waiting for the operator to report status" },
    ],
    otherwise: ["Progressing", "Waiting for the operator to reconcile"],
  },
  {
    group: "jaegertracing.io",
    kinds: ["Jaeger"],
    cases: byValue("status.phase", {
      Running: ["Healthy", "Jaeger is Running"],
      Failed: ["Degraded", "Jaeger Failed For Some Reason"],
    }),
    otherwise: ["Progressing", "Waiting for Jaeger"],
  },
  waitsFor("karpenter.sh", ["NodePool"], "Waiting for NodePool to be ready"),
  {
    group: "karpenter.sh",
    kinds: ["NodeClaim"],
    cases: [
      { stale: true, health: "Progressing", message: "Waiting for NodeClaim spec to be reconciled" },
      { condition: "Disrupting", status: "True", health: "Suspended" },
      ...byCondition("Ready"),
      progressed("Initialized", "Node initialized, waiting for Ready"),
      progressed("Registered", "Node registered, waiting for initialization"),
      progressed("Launched", "Node launched, waiting for registration"),
    ],
    otherwise: ["Progressing", "Waiting for NodeClaim to be launched"],
  },
  {
    group: "karpenter.k8s.aws",
    kinds: ["EC2NodeClass"],
    cases: [
      { condition: "Ready", status: "False", health: "Degraded" },
      { condition: "Ready", status: "True", health: "Healthy", message: "EC2NodeClass is ready" },
    ],
    otherwise: ["Progressing", "Waiting for EC2NodeClass to be ready"],
  },
  {
    group: "*.services.k8s.aws",
    kinds: ["*"],
    cases: [
      { condition: "ACK.Terminal", status: "True", health: "Degraded" },
      { condition: "Ready", status: "False", health: "Progressing" },
      { condition: "Ready", status: "True", health: "Healthy", message: "" },
    ],
    otherwise: ["Progressing", "Waiting for resource to be ready"],
  },
  {
    group: "*.cnrm.cloud.google.com",
    kinds: ["*"],
    cases: [
      { stale: true, health: "Progressing", message: "Update in progress" },
      { path: "status.healthy", is: [true], health: "Healthy", message: "{kind} is healthy" },
      { path: "status.healthy", is: [false], health: "Degraded", message: "{kind} is not healthy" },
      { reason: "UpToDate", status: "True", health: "Healthy" },
      { reason: "UpdateFailed", health: "Degraded" },
      { reason: "DependencyNotFound", health: "Degraded" },
      { reason: "DependencyNotReady", health: "Suspended" },
    ],
    otherwise: ["Progressing", "Update in progress"],
  },
  {
    group: "cluster.x-k8s.io",
    kinds: ["Cluster"],
    cases: [
      { path: "spec.paused", is: [true], health: "Suspended", message: "Cluster is paused" },
      { condition: "Ready", status: "False", severityNot: "Info", health: "Degraded" },
      ...byValue("status.phase", { Provisioned: ["Healthy", "Cluster is running"], Failed: ["Degraded"] }),
    ],
    otherwise: ["Progressing", "Waiting for clusters"],
  },
  {
    group: "cluster.x-k8s.io",
    kinds: ["Machine"],
    cases: [
      ...byValue("status.phase", { Running: ["Healthy", "Machine is running"] }),
      { path: "status.phase", is: ["Failed"], condition: "Ready", status: "False", health: "Degraded" },
      { path: "status.phase", is: ["Failed"], health: "Degraded", message: "Condition is unknown" },
      { condition: "Ready", status: "False", health: "Progressing" },
    ],
    otherwise: ["Progressing", "Condition is unknown"],
  },
  {
    group: "cluster.x-k8s.io",
    kinds: ["MachineDeployment"],
    cases: [
      { path: "spec.paused", is: [true], health: "Suspended", message: "MachineDeployment is paused" },
      ...byValue("status.phase", {
        Running: ["Healthy", "Machines are running under this deployment"],
        ScalingUp: ["Progressing", "Cluster is spawning machines"],
        ScalingDown: ["Progressing", "Cluster is stopping machines"],
        Failed: ["Degraded", "MachineDeployment is failed"],
      }),
    ],
    otherwise: ["Progressing", "Waiting for machines"],
  },
  {
    group: "kyverno.io",
    kinds: ["Policy", "ClusterPolicy"],
    cases: [{ condition: "Ready", status: "True", reason: "Succeeded", health: "Healthy", message: "Policy is ready" }],
    otherwise: ["Progressing", "Waiting for Policy to be ready"],
  },
  {
    group: "k8s.keycloak.org",
    kinds: ["Keycloak"],
    cases: [
      { condition: "Ready", status: "True", health: "Healthy", message: "" },
      { condition: "HasErrors", status: "True", health: "Degraded", message: "Has Errors: {message}" },
      { path: "status.conditions", health: "Progressing", message: "" },
    ],
    otherwise: ["Progressing", "Waiting for Keycloak status conditions to exist"],
  },
  {
    group: "pulumi.com",
    kinds: ["Stack"],
    cases: [
      { stale: true, health: "Progressing", message: "Waiting for the operator to observe the latest spec change" },
      { condition: "Stalled", status: "True", health: "Degraded" },
      { condition: "Reconciling", status: "True", health: "Progressing" },
      { condition: "Ready", status: "True", health: "Healthy" },
      { path: "status", health: "Progressing", message: "Waiting for the stack to be reconciled" },
    ],
    otherwise: ["Progressing", "Waiting for the operator to observe the latest spec change"],
  },
  {
    group: "gateway.networking.k8s.io",
    kinds: ["GatewayClass"],
    cases: [
      { condition: "Accepted", status: "True", health: "Healthy", message: "{message|GatewayClass is accepted}" },
      { condition: "Accepted", status: "False", health: "Degraded", message: "{message|GatewayClass is not accepted}" },
      { condition: "Accepted", health: "Progressing", message: "{message|Waiting for GatewayClass status}" },
    ],
    reads: "fresh",
    otherwise: ["Progressing", "Waiting for GatewayClass status"],
  },
  {
    group: "projectcontour.io",
    kinds: ["HTTPProxy"],
    cases: [
      { condition: "Valid", status: "True", health: "Healthy", message: "{status.description}" },
      {
        path: "spec.includes",
        condition: "Valid",
        status: "False",
        health: "Healthy",
        message: "HTTPProxy inclusions cannot be health checked",
      },
      { condition: "Valid", status: "False", health: "Degraded", message: "{status.description}" },
      { path: "status.conditions", health: "Progressing", message: "Waiting for status" },
      { path: "status.currentStatus", health: "Progressing", message: "{status.description}" },
    ],
    reads: "fresh",
    otherwise: ["Progressing", "Waiting for status"],
  },
  { ...waitsFor("projectcontour.io", ["ExtensionService"], "Waiting for status", "Valid"), reads: "fresh" },
  {
    group: "kubevirt.io",
    kinds: ["VirtualMachineInstance"],
    cases: [
      ...byValue("status.phase", {
        Failed: ["Degraded", "Failed"],
        Pending: ["Progressing", "Pending"],
        Scheduling: ["Progressing", "Scheduling"],
        Scheduled: ["Progressing", "Scheduled"],
        Succeeded: ["Suspended", "Succeeded"],
        Unknown: ["Unknown", "Unknown"],
      }),
      { condition: "Paused", status: "True", health: "Suspended" },
      { condition: "Ready", status: "True", health: "Healthy", message: "Running" },
      { condition: "Ready", health: "Degraded" },
      { path: "status.phase", health: "Progressing", message: "{status.phase}" },
    ],
    otherwise: ["Progressing", "No status available"],
  },
  {
    group: "tekton.dev",
    kinds: ["PipelineRun", "TaskRun"],
    cases: byCondition("Succeeded"),
    otherwise: ["Progressing", "{kind} is running"],
  },
  {
    group: "flink.apache.org",
    kinds: ["FlinkDeployment"],
    cases: [
      { path: "status.reconciliationStatus.success", is: [true], health: "Healthy", message: "" },
      { path: "status.reconciliationStatus.state", is: ["DEPLOYED"], health: "Healthy", message: "" },
      {
        path: "status.jobManagerDeploymentStatus",
        is: ["DEPLOYED_NOT_READY", "DEPLOYING"],
        health: "Progressing",
        message: "Waiting for deploying",
      },
      {
        path: "status.jobManagerDeploymentStatus",
        is: ["ERROR"],
        health: "Degraded",
        message: "{status.reconciliationStatus.error}",
      },
    ],
    otherwise: ["Progressing", "Waiting for Flink operator"],
  },
  {
    group: "autoscaling.k8s.io",
    kinds: ["VerticalPodAutoscaler"],
    cases: [
      { condition: "ConfigUnsupported", status: "True", health: "Degraded" },
      { condition: "RecommendationProvided", status: "True", health: "Healthy" },
    ],
    otherwise: ["Progressing", "Waiting for a recommendation"],
  },
  {
    group: "addons.cluster.x-k8s.io",
    kinds: ["ClusterResourceSet"],
    cases: [
      { condition: "ResourcesApplied", status: "True", health: "Healthy", message: "cluster resource set is applied" },
      { condition: "ResourcesApplied", status: "False", health: "Degraded" },
    ],
    otherwise: ["Progressing", "Initializing cluster resource set"],
  },
];

function progressed(condition: string, message: string): HealthCase {
  return { condition, status: "True", health: "Progressing", message };
}
