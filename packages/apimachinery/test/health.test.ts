import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import fc from "fast-check";
import { type Health, type HealthStatus, healthOf, type KubeObject, worstHealth } from "@fairlead/apimachinery";

interface Case {
  readonly kind: string;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly metadata?: JsonObject;
  readonly expect: string | undefined;
}

/** `group/version Kind`, as `apps/v1 Deployment`. */
function object({ kind, spec, status, metadata }: Case): KubeObject {
  const [apiVersion = "", name = ""] = kind.split(" ");
  return {
    apiVersion,
    kind: name,
    metadata: { name: "it", namespace: "shop", generation: 2, ...metadata },
    ...(spec ? { spec } : {}),
    ...(status ? { status } : {}),
  } as KubeObject;
}

function told(found: Health | undefined): string | undefined {
  return found && (found.message ? `${found.status}: ${found.message}` : found.status);
}

function condition(type: string, status: string, rest: JsonObject = {}): JsonObject {
  return { type, status, ...rest };
}

function ready(status: string, message = ""): JsonObject {
  return { conditions: [condition("Ready", status, { message })] };
}

function check(cases: readonly Case[]): void {
  for (const item of cases) assert.equal(told(healthOf(object(item))), item.expect, JSON.stringify(item));
}

test("a Deployment is healthy when its rollout is over, and says what it waits for", () => {
  const kind = "apps/v1 Deployment";
  const spec = { replicas: 3 };
  const status = { observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
  const waiting = "Progressing: Waiting for rollout to finish:";
  check([
    { kind, spec, status, expect: "Healthy" },
    { kind, spec: { ...spec, paused: true }, status, expect: "Suspended: Deployment is paused" },
    {
      kind,
      spec,
      status: { ...status, observedGeneration: 1 },
      expect: `${waiting} observed deployment generation less than desired generation`,
    },
    {
      kind,
      spec,
      status: { ...status, updatedReplicas: 1 },
      expect: `${waiting} 1 out of 3 new replicas have been updated...`,
    },
    { kind, spec, status: { ...status, replicas: 5 }, expect: `${waiting} 2 old replicas are pending termination...` },
    {
      kind,
      spec,
      status: { ...status, availableReplicas: 2 },
      expect: `${waiting} 2 of 3 updated replicas are available...`,
    },
    {
      kind,
      spec,
      status: { ...status, conditions: [condition("Progressing", "False", { reason: "ProgressDeadlineExceeded" })] },
      expect: 'Degraded: Deployment "it" exceeded its progress deadline',
    },
  ]);
});

test("the other workloads", () => {
  check([
    { kind: "apps/v1 StatefulSet", expect: "Progressing: Waiting for statefulset spec update to be observed..." },
    {
      kind: "apps/v1 StatefulSet",
      spec: { replicas: 2, updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
      status: { observedGeneration: 2, readyReplicas: 2, updatedReplicas: 1 },
      expect: "Healthy: partitioned roll out complete: 1 new pods have been updated...",
    },
    {
      kind: "apps/v1 StatefulSet",
      spec: { replicas: 2 },
      status: {
        observedGeneration: 2,
        readyReplicas: 2,
        updatedReplicas: 1,
        currentRevision: "a",
        updateRevision: "b",
      },
      expect: "Progressing: waiting for statefulset rolling update to complete 1 pods at revision b...",
    },
    {
      kind: "apps/v1 DaemonSet",
      status: { observedGeneration: 2, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
      expect: 'Progressing: Waiting for daemon set "it" rollout to finish: 1 of 2 updated pods are available...',
    },
    {
      kind: "apps/v1 ReplicaSet",
      spec: { replicas: 2 },
      status: { observedGeneration: 2, conditions: [condition("ReplicaFailure", "True", { message: "quota" })] },
      expect: "Degraded: quota",
    },
  ]);
});

test("a pod that is to run for ever is degraded when it cannot start, one that ends is not", () => {
  const waiting = { name: "c", state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } } };
  const kind = "v1 Pod";
  const always = { restartPolicy: "Always" };
  const never = { restartPolicy: "Never" };
  const stuck = { phase: "Pending", containerStatuses: [waiting] };
  check([
    { kind, spec: always, status: stuck, expect: "Degraded: no such image" },
    { kind, spec: never, status: stuck, expect: "Progressing" },
    { kind, spec: always, status: { phase: "Running", ...ready("True") }, expect: "Healthy" },
    {
      kind,
      spec: always,
      status: { phase: "Running", containerStatuses: [{ lastState: { terminated: { exitCode: 1 } } }] },
      expect: "Degraded",
    },
    { kind, spec: always, status: { phase: "Running" }, expect: "Progressing" },
    { kind, spec: never, status: { phase: "Running", ...ready("True") }, expect: "Progressing" },
    {
      kind,
      spec: never,
      metadata: { annotations: { "argocd.argoproj.io/ignore-restart-policy": "true" } },
      status: { phase: "Running", ...ready("True") },
      expect: "Healthy",
    },
    {
      kind,
      spec: never,
      status: { phase: "Failed", containerStatuses: [{ name: "c", state: { terminated: { exitCode: 3 } } }] },
      expect: 'Degraded: container "c" failed with exit code 3',
    },
  ]);
});

test("jobs, services, claims and the cluster's own kinds", () => {
  check([
    { kind: "batch/v1 Job", status: {}, expect: "Progressing" },
    {
      kind: "batch/v1 Job",
      status: { conditions: [condition("Failed", "True", { message: "too many" })] },
      expect: "Degraded: too many",
    },
    { kind: "batch/v1 Job", status: { conditions: [condition("Suspended", "True")] }, expect: "Suspended" },
    { kind: "batch/v1 CronJob", spec: {}, status: {}, expect: "Healthy: CronJob has not been scheduled yet" },
    {
      kind: "batch/v1 CronJob",
      spec: {},
      status: { lastScheduleTime: "2026-01-02T00:00:00Z", lastSuccessfulTime: "2026-01-01T00:00:00Z" },
      expect: "Degraded: CronJob has not completed its last execution successfully",
    },
    { kind: "v1 Service", spec: { type: "LoadBalancer" }, status: { loadBalancer: {} }, expect: "Progressing" },
    { kind: "v1 Service", spec: { type: "ClusterIP" }, expect: "Healthy" },
    { kind: "v1 PersistentVolumeClaim", status: { phase: "Lost" }, expect: "Degraded" },
    { kind: "networking.k8s.io/v1 Ingress", expect: "Progressing" },
    {
      kind: "networking.k8s.io/v1 Ingress",
      status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } },
      expect: "Healthy",
    },
    {
      kind: "autoscaling/v2 HorizontalPodAutoscaler",
      status: { conditions: [condition("ScalingActive", "False", { reason: "FailedGetPodsMetric", message: "none" })] },
      expect: "Degraded: none",
    },
    { kind: "autoscaling/v1 HorizontalPodAutoscaler", expect: "Progressing: Waiting to Autoscale" },
    {
      kind: "apiextensions.k8s.io/v1 CustomResourceDefinition",
      status: { conditions: [condition("NamesAccepted", "False", { message: "taken" })] },
      expect: "Degraded: CRD names have not been accepted: taken",
    },
    {
      kind: "policy/v1 PodDisruptionBudget",
      status: { conditions: [condition("DisruptionAllowed", "False", { reason: "InsufficientPods" })] },
      expect: "Healthy: PodDisruptionBudget has InsufficientPods",
    },
    { kind: "v1 ConfigMap", expect: undefined },
  ]);
});

test("what is being deleted is progressing, unless its hook still has to be seen to its end", () => {
  const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  const status = { phase: "Succeeded" };
  check([
    { kind: "v1 Pod", metadata: deleted, status, expect: "Progressing: Pending deletion" },
    { kind: "v1 ConfigMap", metadata: deleted, expect: "Progressing: Pending deletion" },
    {
      kind: "v1 Pod",
      metadata: { ...deleted, finalizers: ["argocd.argoproj.io/hook-finalizer"] },
      status,
      expect: "Healthy",
    },
  ]);
});

test("the kinds Fairlead serves", () => {
  check([
    {
      kind: "argoproj.io/v1alpha1 Application",
      status: { health: { status: "Degraded", message: "sick" } },
      expect: "Degraded: sick",
    },
    { kind: "argoproj.io/v1alpha1 Application", expect: "Progressing" },
    {
      kind: "argoproj.io/v1alpha1 ApplicationSet",
      status: { conditions: [condition("ErrorOccurred", "True", { message: "bad generator" })] },
      expect: "Degraded: bad generator",
    },
    {
      kind: "argoproj.io/v1alpha1 Rollout",
      spec: {},
      status: { observedGeneration: "2", phase: "Paused", message: "CanaryPauseStep" },
      expect: "Suspended: CanaryPauseStep",
    },
    {
      kind: "argoproj.io/v1alpha1 Rollout",
      spec: {},
      status: { observedGeneration: "1", phase: "Healthy" },
      expect: "Progressing: Waiting for rollout spec update to be observed",
    },
    { kind: "argoproj.io/v1alpha1 AnalysisRun", status: { phase: "Failed" }, expect: "Degraded: Analysis run failed" },
    { kind: "argoproj.io/v1alpha1 Workflow", status: { phase: "Succeeded" }, expect: "Healthy" },
    {
      kind: "kustomize.toolkit.fluxcd.io/v1 Kustomization",
      spec: { suspend: true },
      expect: "Suspended: Kustomization is suspended",
    },
    {
      kind: "kustomize.toolkit.fluxcd.io/v1 Kustomization",
      spec: {},
      status: { conditions: [condition("Ready", "False", { reason: "BuildFailed" })] },
      expect: "Degraded: BuildFailed",
    },
    {
      kind: "source.toolkit.fluxcd.io/v1 GitRepository",
      spec: {},
      status: {
        conditions: [
          condition("Ready", "True", { reason: "Succeeded" }),
          condition("ArtifactInStorage", "True", { reason: "Succeeded" }),
        ],
      },
      expect: "Healthy: Succeeded",
    },
    { kind: "notification.toolkit.fluxcd.io/v1beta3 Alert", spec: {}, expect: undefined },
    {
      kind: "flagger.app/v1beta1 Canary",
      status: {
        phase: "Progressing",
        canaryWeight: 20,
        conditions: [condition("Promoted", "Unknown", { message: "on" })],
      },
      expect: "Progressing: Progressing --- Canary Weight: 20 % --- on",
    },
    {
      kind: "bitnami.com/v1alpha1 SealedSecret",
      status: { conditions: [condition("Synced", "False", { message: "no key" })] },
      expect: "Degraded: no key",
    },
    { kind: "external-secrets.io/v1 ExternalSecret", expect: "Progressing: Waiting for ExternalSecret" },
    {
      kind: "kargo.akuity.io/v1alpha1 Stage",
      status: { health: { status: "Unhealthy" } },
      expect: "Degraded: The stage's applications are not healthy",
    },
  ]);
});

test("kinds that platform teams meet", () => {
  const parent = (conditions: JsonObject[]): JsonObject => ({ parents: [{ parentRef: { name: "gw" }, conditions }] });
  check([
    { kind: "cert-manager.io/v1 Certificate", status: ready("True", "up to date"), expect: "Healthy: up to date" },
    {
      kind: "cert-manager.io/v1 Certificate",
      status: { conditions: [condition("Ready", "False"), condition("Issuing", "True", { message: "issuing" })] },
      expect: "Progressing: issuing",
    },
    {
      kind: "gateway.networking.k8s.io/v1 HTTPRoute",
      status: parent([condition("Accepted", "False", { message: "no listener" })]),
      expect: "Degraded: Parent gw: no listener",
    },
    {
      kind: "gateway.networking.k8s.io/v1 HTTPRoute",
      status: parent([condition("Accepted", "False", { observedGeneration: 1 })]),
      expect: "Progressing: Waiting for HTTPRoute status",
    },
    {
      kind: "gateway.networking.k8s.io/v1 GatewayClass",
      status: { conditions: [condition("Accepted", "True", { observedGeneration: 2 })] },
      expect: "Healthy: GatewayClass is accepted",
    },
    { kind: "pkg.crossplane.io/v1 Provider", expect: "Progressing: Waiting for provider to be installed" },
    {
      kind: "s3.aws.upbound.io/v1beta1 Bucket",
      status: { conditions: [condition("Synced", "False", { message: "denied" })] },
      expect: "Degraded: denied",
    },
    {
      kind: "serving.knative.dev/v1 Service",
      status: { conditions: ["Ready", "RoutesReady", "ConfigurationsReady"].map((type) => condition(type, "True")) },
      expect: "Healthy: Knative Service is healthy.",
    },
    {
      kind: "kafka.strimzi.io/v1beta2 Kafka",
      status: { conditions: [condition("NotReady", "True", { reason: "Creating", message: "creating" })] },
      expect: "Progressing: Waiting for Kafka Cluster",
    },
    {
      kind: "keda.sh/v1alpha1 ScaledObject",
      status: { conditions: [condition("Ready", "True"), condition("Paused", "True", { message: "held" })] },
      expect: "Suspended: held",
    },
    {
      kind: "install.istio.io/v1alpha1 IstioOperator",
      status: { status: "HEALTHY" },
      expect: "Healthy: Component is healthy.",
    },
    {
      kind: "postgresql.cnpg.io/v1 Cluster",
      status: { conditions: [], phase: "Failing over", phaseReason: "primary lost" },
      expect: "Degraded: primary lost",
    },
    { kind: "iam.services.k8s.aws/v1alpha1 Role", status: ready("True", "synced"), expect: "Healthy" },
    {
      kind: "cluster.x-k8s.io/v1beta1 Cluster",
      spec: {},
      status: { phase: "Provisioned", conditions: [condition("Ready", "False", { severity: "Info" })] },
      expect: "Healthy: Cluster is running",
    },
    { kind: "velero.io/v1 Backup", status: { phase: "Failed" }, expect: "Degraded: Backup ended as Failed" },
    { kind: "tekton.dev/v1 PipelineRun", expect: "Progressing: PipelineRun is running" },
    { kind: "example.com/v1 Unheard", status: ready("False"), expect: undefined },
  ]);
});

test("a user's check is asked first and may leave the answer to ours", () => {
  const service = object({ kind: "v1 Service", expect: "" });
  const override = (): Health => ({ status: "Degraded", message: "mine" });
  assert.equal(told(healthOf(service, { override })), "Degraded: mine");
  assert.equal(told(healthOf(service, { override: () => undefined })), "Healthy");
});

test("the worst of many, in Argo CD's order", () => {
  const order: HealthStatus[] = ["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown"];
  assert.equal(worstHealth([]), "Healthy");
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...order), { minLength: 1 }), (statuses) => {
      const worst = Math.max(...statuses.map((status) => order.indexOf(status)));
      assert.equal(worstHealth(statuses), order[worst]);
    }),
  );
});

const KINDS = [
  "apps/v1 Deployment",
  "v1 Pod",
  "batch/v1 Job",
  "argoproj.io/v1alpha1 Rollout",
  "serving.knative.dev/v1 Service",
];

test("whatever is in an object, there is an answer and no exception", () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.jsonValue(), fc.jsonValue(), (kind, spec, status) => {
      const [apiVersion = "", name = ""] = kind.split(" ");
      const found = healthOf({ apiVersion, kind: name, metadata: {}, spec, status } as unknown as KubeObject);
      assert.ok(found === undefined || typeof found.status === "string");
    }),
  );
});
