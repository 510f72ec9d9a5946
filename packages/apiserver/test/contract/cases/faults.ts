import { deployment, pod, service } from "../objects.ts";
import type { Case } from "../types.ts";
import { inGroup, NS, post } from "./steps.ts";

const container = { name: "c", image: "i" };
const podSpec = { restartPolicy: "Never", containers: [container] };
const withContainer = (more: object): object => pod("a", { containers: [{ ...container, ...more }] });
const workload = (spec: object): object => ({
  metadata: { name: "a" },
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: { metadata: { labels: { app: "a" } }, spec: { containers: [container] } },
    ...spec,
  },
});
const job = (spec: object): object => ({ metadata: { name: "a" }, spec: { template: { spec: podSpec }, ...spec } });
const cron = (spec: object): object => ({
  metadata: { name: "a" },
  spec: { schedule: "* * * * *", jobTemplate: { spec: { template: { spec: podSpec } } }, ...spec },
});
const claim = (spec: object): object => ({
  metadata: { name: "a" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});
const scaler = (spec: object): object => ({
  metadata: { name: "a" },
  spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "w", apiVersion: "apps/v1" }, ...spec },
});
const ingress = (spec: object): object => ({ metadata: { name: "a" }, spec });
const policy = (spec: object): object => ({ metadata: { name: "a" }, spec: { podSelector: {}, ...spec } });

/** Mistakes as people make them, kind by kind; each body has one or a few. */
const FAULTS: Readonly<Record<string, { readonly path: string; readonly bodies: readonly object[] }>> = {
  "pods: names and images": {
    path: `${NS}/pods`,
    bodies: [
      pod("a", { containers: [] }),
      withContainer({ name: "" }),
      withContainer({ name: "A_b" }),
      withContainer({ image: "" }),
      withContainer({ image: " i " }),
      pod("a", { containers: [container, container] }),
      pod("A"),
    ],
  },
  "pods: ports": {
    path: `${NS}/pods`,
    bodies: [
      withContainer({ ports: [{ containerPort: 0 }] }),
      withContainer({ ports: [{ containerPort: 70000 }] }),
      withContainer({ ports: [{ containerPort: 80, protocol: "HTTP" }] }),
      withContainer({ ports: [{ containerPort: 80, name: "much-too-long-a-name" }] }),
      withContainer({ ports: [{ containerPort: 80, hostPort: -1 }] }),
      withContainer({
        ports: [
          { name: "x", containerPort: 80 },
          { name: "x", containerPort: 81 },
        ],
      }),
    ],
  },
  "pods: variables": {
    path: `${NS}/pods`,
    bodies: [
      withContainer({ env: [{ name: "" }] }),
      withContainer({ env: [{ name: "a=b" }] }),
      withContainer({ env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
      withContainer({ env: [{ name: "A", valueFrom: {} }] }),
      withContainer({ env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.nothing" } } }] }),
      withContainer({ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s" } } }] }),
      withContainer({ envFrom: [{}] }),
    ],
  },
  "pods: resources": {
    path: `${NS}/pods`,
    bodies: [
      withContainer({ resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }),
      withContainer({ resources: { limits: { nonsense: "1" } } }),
      withContainer({ resources: { limits: { "example.com/x": "1.5" } } }),
      withContainer({ resources: { requests: { memory: "-1" } } }),
    ],
  },
  "pods: probes and hooks": {
    path: `${NS}/pods`,
    bodies: [
      withContainer({ livenessProbe: {} }),
      withContainer({ livenessProbe: { httpGet: { path: "/", port: 0 } } }),
      withContainer({ readinessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } } }),
      withContainer({ livenessProbe: { exec: { command: ["x"] }, successThreshold: 2 } }),
      withContainer({ livenessProbe: { exec: {} } }),
      withContainer({ readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: -1 } }),
      withContainer({ lifecycle: { preStop: {} } }),
    ],
  },
  "pods: volumes": {
    path: `${NS}/pods`,
    bodies: [
      pod("a", { volumes: [{ name: "" }] }),
      pod("a", { volumes: [{ name: "v" }, { name: "v" }] }),
      pod("a", { volumes: [{ name: "v", emptyDir: {}, hostPath: { path: "/x" } }] }),
      pod("a", { volumes: [{ name: "v", configMap: {} }] }),
      pod("a", { volumes: [{ name: "v", hostPath: { path: "a/../b" } }] }),
      pod("a", { volumes: [{ name: "v", persistentVolumeClaim: {} }] }),
      withContainer({ volumeMounts: [{ name: "none", mountPath: "/x" }] }),
      withContainer({ volumeMounts: [{ name: "", mountPath: "" }] }),
    ],
  },
  "pods: policies": {
    path: `${NS}/pods`,
    bodies: [
      pod("a", { restartPolicy: "Sometimes" }),
      pod("a", { dnsPolicy: "Mine" }),
      pod("a", { dnsPolicy: "None" }),
      pod("a", { activeDeadlineSeconds: 0 }),
      pod("a", { serviceAccountName: "A B" }),
      pod("a", { nodeName: "A B" }),
      pod("a", { hostname: "a.b" }),
      withContainer({ imagePullPolicy: "Often" }),
      withContainer({ terminationMessagePolicy: "x" }),
    ],
  },
  "pods: where they run": {
    path: `${NS}/pods`,
    bodies: [
      pod("a", { nodeSelector: { "a b": "c" } }),
      pod("a", { tolerations: [{ operator: "Exists", value: "x", key: "k" }] }),
      pod("a", { tolerations: [{ key: "k", operator: "Maybe" }] }),
      pod("a", { tolerations: [{ key: "k", effect: "NoSchedule", tolerationSeconds: 5 }] }),
      pod("a", {
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      }),
      pod("a", {
        affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: {} }] } },
      }),
      pod("a", { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "", whenUnsatisfiable: "x" }] }),
    ],
  },
  "pods: security": {
    path: `${NS}/pods`,
    bodies: [
      withContainer({ securityContext: { runAsUser: -1 } }),
      withContainer({ securityContext: { capabilities: { add: ["CAP_SYS_ADMIN"] }, allowPrivilegeEscalation: false } }),
      pod("a", { securityContext: { fsGroup: -1 } }),
      pod("a", { hostNetwork: true, containers: [{ ...container, ports: [{ containerPort: 80, hostPort: 81 }] }] }),
    ],
  },
  "pods: init containers": {
    path: `${NS}/pods`,
    bodies: [
      pod("a", { initContainers: [{ name: "main", image: "i" }] }),
      pod("a", { initContainers: [{ name: "x", image: "i", livenessProbe: { tcpSocket: { port: 1 } } }] }),
    ],
  },
  Deployments: {
    path: `${inGroup("apps/v1")}/deployments`,
    bodies: [
      workload({ replicas: -1 }),
      workload({ selector: {} }),
      workload({ selector: { matchLabels: { app: "b" } } }),
      workload({ strategy: { type: "Sideways" } }),
      workload({ strategy: { type: "Recreate", rollingUpdate: {} } }),
      workload({ strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      workload({ strategy: { rollingUpdate: { maxSurge: "x%" } } }),
      workload({ minReadySeconds: -1 }),
      workload({ progressDeadlineSeconds: 5, minReadySeconds: 5 }),
      workload({ revisionHistoryLimit: -1 }),
      deployment("a", { paused: null }),
    ].slice(0, 10),
  },
  StatefulSets: {
    path: `${inGroup("apps/v1")}/statefulsets`,
    bodies: [
      workload({ replicas: -1 }),
      workload({ podManagementPolicy: "x" }),
      workload({ updateStrategy: { type: "x" } }),
      workload({ updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } }),
      workload({ updateStrategy: { rollingUpdate: { partition: -1 } } }),
      workload({ selector: { matchLabels: { app: "b" } } }),
      { ...workload({}), metadata: { name: "a.b" } },
      workload({ ordinals: { start: -1 } }),
      workload({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "x" } }),
    ],
  },
  DaemonSets: {
    path: `${inGroup("apps/v1")}/daemonsets`,
    bodies: [
      workload({ selector: { matchLabels: { app: "b" } } }),
      workload({ updateStrategy: { type: "x" } }),
      workload({ updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } }),
      workload({ minReadySeconds: -1 }),
      workload({ revisionHistoryLimit: -1 }),
    ],
  },
  ReplicaSets: {
    path: `${inGroup("apps/v1")}/replicasets`,
    bodies: [
      workload({ replicas: -1 }),
      workload({ selector: {} }),
      workload({ selector: { matchLabels: { app: "b" } } }),
    ],
  },
  Jobs: {
    path: `${inGroup("batch/v1")}/jobs`,
    bodies: [
      job({ parallelism: -1 }),
      job({ completions: -1 }),
      job({ backoffLimit: -1 }),
      job({ activeDeadlineSeconds: -1 }),
      job({ ttlSecondsAfterFinished: -1 }),
      job({ completionMode: "x" }),
      job({ template: { spec: { containers: [container] } } }),
      job({ template: { spec: { ...podSpec, restartPolicy: "Always" } } }),
      job({ podReplacementPolicy: "x" }),
      job({ backoffLimitPerIndex: 1 }),
    ],
  },
  CronJobs: {
    path: `${inGroup("batch/v1")}/cronjobs`,
    bodies: [
      cron({ schedule: "" }),
      cron({ schedule: "* * *" }),
      cron({ schedule: "61 * * * *" }),
      cron({ concurrencyPolicy: "x" }),
      cron({ startingDeadlineSeconds: -1 }),
      cron({ timeZone: "Nowhere/Land" }),
      cron({ schedule: "TZ=UTC * * * * *" }),
      cron({ successfulJobsHistoryLimit: -1 }),
      { ...cron({}), metadata: { name: "x".repeat(53) } },
    ],
  },
  Services: {
    path: `${NS}/services`,
    bodies: [
      service("a", { ports: [] }),
      service("a", { ports: [{ port: 0 }] }),
      service("a", { ports: [{ port: 80 }, { port: 80 }] }),
      service("a", { ports: [{ port: 80, protocol: "x" }] }),
      service("a", { type: "x" }),
      service("a", { clusterIP: "1.2.3.4" }),
      service("a", { type: "ExternalName" }),
      service("a", { sessionAffinity: "x" }),
      service("a", { ports: [{ port: 80, nodePort: 30000 }] }),
      service("a", { type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }),
      service("a", { externalIPs: ["x"] }),
      service("a", { externalTrafficPolicy: "Local" }),
      service("a", { ports: [{ port: 80, targetPort: "Too_Wrong" }] }),
      service("A"),
      service("1a"),
      service("a", { ipFamilyPolicy: "x" }),
      service("a", { type: "LoadBalancer", loadBalancerSourceRanges: ["x"] }),
      service("a", { internalTrafficPolicy: "x" }),
      service("a", { selector: { "a b": "c" } }),
    ],
  },
  "ConfigMaps and Secrets": {
    path: `${NS}/configmaps`,
    bodies: [
      { metadata: { name: "a" }, data: { "a b": "" } },
      { metadata: { name: "a" }, data: { x: "1" }, binaryData: { x: "MQ==" } },
      { metadata: { name: "a" }, data: { "..": "" } },
      { metadata: { name: "a" }, data: { ["x".repeat(254)]: "" } },
    ],
  },
  "typed Secrets": {
    path: `${NS}/secrets`,
    bodies: [
      { metadata: { name: "a" }, type: "kubernetes.io/dockerconfigjson", data: {} },
      { metadata: { name: "a" }, type: "kubernetes.io/basic-auth" },
      { metadata: { name: "a" }, type: "kubernetes.io/ssh-auth" },
      { metadata: { name: "a" }, type: "kubernetes.io/service-account-token" },
    ],
  },
  Ingresses: {
    path: `${inGroup("networking.k8s.io/v1")}/ingresses`,
    bodies: [
      ingress({}),
      ingress({ rules: [{ host: "A B" }] }),
      ingress({ rules: [{ host: "1.2.3.4" }] }),
      ingress({ rules: [{ host: "*.*.x" }] }),
      ingress({ rules: [{ http: { paths: [] } }] }),
      ingress({
        rules: [
          { http: { paths: [{ path: "/", pathType: "x", backend: { service: { name: "s", port: { number: 1 } } } }] } },
        ],
      }),
      ingress({ rules: [{ http: { paths: [{ path: "a", pathType: "Exact", backend: {} }] } }] }),
      ingress({ defaultBackend: { service: { name: "", port: {} } } }),
      ingress({ defaultBackend: { service: { name: "s", port: { name: "x", number: 1 } } } }),
      ingress({ defaultBackend: { service: { name: "s", port: { number: 1 } } }, ingressClassName: "A B" }),
      ingress({ tls: [{ hosts: ["A B"] }], defaultBackend: { service: { name: "s", port: { number: 1 } } } }),
    ],
  },
  NetworkPolicies: {
    path: `${inGroup("networking.k8s.io/v1")}/networkpolicies`,
    bodies: [
      policy({ policyTypes: ["x"] }),
      policy({ policyTypes: ["Ingress", "Egress", "Ingress"] }),
      policy({ ingress: [{ from: [{}] }] }),
      policy({ ingress: [{ from: [{ ipBlock: { cidr: "x" } }] }] }),
      policy({ ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/8"] } }] }] }),
      policy({ egress: [{ ports: [{ port: 80, endPort: 70 }] }] }),
      policy({ ingress: [{ ports: [{ protocol: "x" }] }] }),
      policy({ podSelector: { matchExpressions: [{ key: "a", operator: "x" }] } }),
      policy({ ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] }] }),
    ],
  },
  PodDisruptionBudgets: {
    path: `${inGroup("policy/v1")}/poddisruptionbudgets`,
    bodies: [
      { metadata: { name: "a" }, spec: { minAvailable: 1, maxUnavailable: 1 } },
      { metadata: { name: "a" }, spec: { minAvailable: -1 } },
      { metadata: { name: "a" }, spec: { maxUnavailable: "x" } },
      { metadata: { name: "a" }, spec: { maxUnavailable: "101%" } },
      { metadata: { name: "a" }, spec: { unhealthyPodEvictionPolicy: "x" } },
    ],
  },
  HorizontalPodAutoscalers: {
    path: `${inGroup("autoscaling/v2")}/horizontalpodautoscalers`,
    bodies: [
      scaler({ maxReplicas: 0 }),
      scaler({ minReplicas: 5 }),
      scaler({ minReplicas: 0 }),
      scaler({ scaleTargetRef: {} }),
      scaler({ metrics: [{ type: "Resource" }] }),
      scaler({ metrics: [{ type: "Resource", resource: { name: "", target: {} } }] }),
      scaler({
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 0 } } },
        ],
      }),
      scaler({ behavior: { scaleDown: { stabilizationWindowSeconds: -1 } } }),
      scaler({ behavior: { scaleUp: { policies: [{ type: "x", value: 0, periodSeconds: 0 }] } } }),
    ],
  },
  Roles: {
    path: `${inGroup("rbac.authorization.k8s.io/v1")}/roles`,
    bodies: [
      { metadata: { name: "a" }, rules: [{ verbs: [] }] },
      { metadata: { name: "a" }, rules: [{ verbs: ["get"] }] },
      { metadata: { name: "a" }, rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }] },
      { metadata: { name: "a" }, rules: [{ verbs: ["get"], apiGroups: [""] }] },
      { metadata: { name: "a/b" }, rules: [] },
    ],
  },
  RoleBindings: {
    path: `${inGroup("rbac.authorization.k8s.io/v1")}/rolebindings`,
    bodies: [
      { metadata: { name: "a" }, roleRef: {} },
      { metadata: { name: "a" }, roleRef: { apiGroup: "x", kind: "Role", name: "r" } },
      { metadata: { name: "a" }, roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "x", name: "r" } },
      {
        metadata: { name: "a" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "x", name: "u" }],
      },
      {
        metadata: { name: "a" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "User", name: "" }],
      },
    ],
  },
  "claims for volumes": {
    path: `${NS}/persistentvolumeclaims`,
    bodies: [
      claim({ accessModes: [] }),
      claim({ accessModes: ["x"] }),
      claim({ resources: {} }),
      claim({ resources: { requests: { storage: "0" } } }),
      claim({ storageClassName: "A B" }),
      claim({ volumeMode: "x" }),
      claim({ accessModes: ["ReadWriteOncePod", "ReadOnlyMany"] }),
      claim({ selector: { matchLabels: { "a b": "" } } }),
    ],
  },
  quotas: {
    path: `${NS}/resourcequotas`,
    bodies: [{ metadata: { name: "a" }, spec: { hard: { pods: "-1" } } }],
  },
  "limit ranges": {
    path: `${NS}/limitranges`,
    bodies: [
      { metadata: { name: "a" }, spec: { limits: [{ type: "Container", min: { cpu: "2" }, max: { cpu: "1" } }] } },
      { metadata: { name: "a" }, spec: { limits: [{ type: "Container" }, { type: "Container" }] } },
      { metadata: { name: "a" }, spec: { limits: [{ type: "Pod", default: { cpu: "1" } }] } },
    ],
  },
  leases: {
    path: `${inGroup("coordination.k8s.io/v1")}/leases`,
    bodies: [
      { metadata: { name: "a" }, spec: { leaseDurationSeconds: 0 } },
      { metadata: { name: "a" }, spec: { leaseTransitions: -1 } },
    ],
  },
  slices: {
    path: `${inGroup("discovery.k8s.io/v1")}/endpointslices`,
    bodies: [
      { metadata: { name: "a" }, addressType: "x", endpoints: [] },
      { metadata: { name: "a" }, addressType: "IPv4", endpoints: [{ addresses: [] }] },
      { metadata: { name: "a" }, addressType: "IPv4", endpoints: [{ addresses: ["x"] }] },
      { metadata: { name: "a" }, addressType: "IPv4", endpoints: [], ports: [{ name: "A B", port: 1 }] },
      { metadata: { name: "a" }, addressType: "IPv6", endpoints: [{ addresses: ["1.2.3.4"] }] },
    ],
  },
  namespaces: {
    path: "/api/v1/namespaces",
    bodies: [
      { metadata: { name: "A" } },
      { metadata: { name: "a.b" } },
      { metadata: { name: "x".repeat(64) } },
      { metadata: { name: "-a" } },
      { metadata: {} },
    ],
  },
  "classes of priority": {
    path: "/apis/scheduling.k8s.io/v1/priorityclasses",
    bodies: [
      { metadata: { name: "{ns}" }, value: 2_000_000_000 },
      { metadata: { name: "system-x" }, value: 1 },
    ],
  },
  "classes of storage": {
    path: "/apis/storage.k8s.io/v1/storageclasses",
    bodies: [
      { metadata: { name: "{ns}" } },
      { metadata: { name: "{ns}" }, provisioner: "a b" },
      { metadata: { name: "{ns}" }, provisioner: "x", reclaimPolicy: "x" },
      { metadata: { name: "{ns}" }, provisioner: "x", volumeBindingMode: "x" },
    ],
  },
};

export const FAULT_CASES: readonly Case[] = Object.entries(FAULTS).map(([name, { path, bodies }]) => ({
  name: `mistakes in ${name}`,
  steps: bodies.map((body) => post(path, body, 422)),
}));
