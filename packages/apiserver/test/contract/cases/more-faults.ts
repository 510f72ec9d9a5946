import { deployment, pod, service } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { inGroup, NS, post } from "./steps.ts";

type Spoiled = Readonly<Record<string, object>>;

/** Each is refused, or taken with a warning, by both servers in the same words; nothing is stored. */
const each = (name: string, path: string, make: (part: never) => object, parts: readonly object[]): Case => ({
  name,
  steps: parts.map((part): Step => post(`${path}?dryRun=All`, make(part as never), 0)),
});

const container = (more: object): object => pod("p", { containers: [{ name: "c", image: "i", ...more }] });
const resources = (limits: object, requests?: object): object =>
  container({ resources: { limits, ...(requests === undefined ? {} : { requests }) } });
const inPod = (spec: object): object => pod("p", spec);
const volume = (more: object): object => pod("p", { volumes: [{ name: "v", ...more }] });
const quota = (spec: object): object => ({ metadata: { name: "q" }, spec });
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
const ingress = (spec: object): object => ({ metadata: { name: "i" }, spec });
const policy = (spec: object): object => ({ metadata: { name: "n" }, spec: { podSelector: {}, ...spec } });
const claim = (spec: object): object => ({
  metadata: { name: "c" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
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

const PODS = `${NS}/pods`;

export const MORE_FAULTS: readonly Case[] = [
  each("huge pages", PODS, (limits: object) => resources(limits), [
    { "hugepages-2Mi": "2Mi" },
    { "hugepages-2Mi": "4Mi", cpu: "1", memory: "1Gi" },
    { "hugepages-2Mi": "3Mi", memory: "1Gi" },
    { "hugepages-x": "2Mi", memory: "1Gi" },
    { "hugepages-2Mi": "2Mi", "hugepages-1Gi": "1Gi", memory: "1Gi" },
  ]),
  each(
    "resources that do not go together",
    PODS,
    ([limits, requests]: [object, object]) => resources(limits, requests),
    [
      [{ cpu: "1" }, { cpu: "2" }],
      [{ "hugepages-2Mi": "4Mi", memory: "1Gi" }, { "hugepages-2Mi": "2Mi" }],
      [{ "example.com/gpu": "1" }, { "example.com/gpu": "2" }],
      [{ "example.com/gpu": "1.5" }, {}],
      [{ gpu: "1" }, {}],
      [{ cpu: "-1" }, {}],
      [{}, { "example.com/gpu": "1" }],
      [{ "requests.cpu": "1" }, {}],
      [{ "kubernetes.io/x": "1" }, {}],
      [{ "a/b/c": "1" }, {}],
      [{ memory: "1", cpu: "0.0001" }, {}],
      [{ "ephemeral-storage": "-1Gi" }, {}],
      [{ storage: "1Gi" }, {}],
    ],
  ),
  each("sysctls", PODS, (sysctls: object) => inPod({ securityContext: { sysctls } }), [
    [{ name: "kernel.shm_rmid_forced", value: "1" }],
    [{ name: "", value: "1" }],
    [{ name: "UPPER.case", value: "1" }],
    [{ name: "net/ipv4/tcp_syncookies", value: "1" }],
    [{ name: "a..b", value: "1" }],
    [
      { name: "kernel.sem", value: "1" },
      { name: "kernel.sem", value: "2" },
    ],
    [
      { name: "kernel.sem", value: "1" },
      { name: "kernel/sem", value: "2" },
    ],
    [{ name: "x".repeat(254), value: "1" }],
  ]),
  each("sysctls beside the host's namespaces", PODS, (spec: object) => inPod(spec), [
    { hostNetwork: true, securityContext: { sysctls: [{ name: "net.core.somaxconn", value: "1" }] } },
    { hostIPC: true, securityContext: { sysctls: [{ name: "kernel.shmmax", value: "1" }] } },
  ]),
  each("scopes of quotas", `${NS}/resourcequotas`, quota as (part: never) => object, [
    { hard: { pods: "1" }, scopes: ["BestEffort"] },
    { hard: { cpu: "1" }, scopes: ["BestEffort"] },
    { hard: { "requests.storage": "1Gi" }, scopes: ["Terminating"] },
    { hard: { pods: "1" }, scopes: ["BestEffort", "NotBestEffort"] },
    { hard: { pods: "1" }, scopes: ["Terminating", "NotTerminating"] },
    { hard: { pods: "1" }, scopes: ["Nonsense"] },
    {
      hard: { pods: "1" },
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] },
    },
    {
      hard: { pods: "1" },
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: [] }] },
    },
    {
      hard: { pods: "1" },
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "Exists", values: ["x"] }] },
    },
    {
      hard: { pods: "1" },
      scopeSelector: { matchExpressions: [{ scopeName: "BestEffort", operator: "In", values: ["x"] }] },
    },
    { hard: { pods: "1" }, scopeSelector: { matchExpressions: [{ scopeName: "Terminating", operator: "Fly" }] } },
    {
      hard: { pods: "1" },
      scopeSelector: { matchExpressions: [{ scopeName: "CrossNamespacePodAffinity", operator: "Exists" }] },
    },
    {
      hard: { services: "1" },
      scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "Exists" }] },
    },
    {
      hard: { "requests.storage": "1" },
      scopeSelector: { matchExpressions: [{ scopeName: "VolumeAttributesClass", operator: "In", values: ["x"] }] },
    },
    { hard: { pods: "-1" } },
    { hard: { pods: "1.5" } },
    { hard: { nonsense: "1" } },
    { hard: { "count/deployments.apps": "1", "requests.example.com/gpu": "1" } },
    { hard: { "limits.example.com/gpu": "1" } },
    { hard: { "requests.hugepages-2Mi": "2Mi" } },
    { hard: { "gold.storageclass.storage.k8s.io/requests.storage": "1Gi" } },
  ]),
  each("pods' own fields", PODS, (spec: object) => inPod(spec), [
    { restartPolicy: "Sometimes" },
    { dnsPolicy: "Nope" },
    { dnsPolicy: "None" },
    { dnsConfig: { nameservers: ["1.2.3.4", "x"] } },
    { dnsConfig: { searches: ["A B"] } },
    { dnsConfig: { options: [{ name: "" }] } },
    { hostname: "UPPER" },
    { subdomain: "a.b" },
    { hostname: "a".repeat(64) },
    { nodeName: "UPPER" },
    { nodeSelector: { "a b": "c" } },
    { serviceAccountName: "UPPER" },
    { schedulerName: "" },
    { priorityClassName: "UPPER" },
    { priority: 5 },
    { activeDeadlineSeconds: 0 },
    { activeDeadlineSeconds: -1 },
    { terminationGracePeriodSeconds: -1 },
    { hostAliases: [{ ip: "x", hostnames: ["a"] }] },
    { hostAliases: [{ ip: "1.2.3.4", hostnames: ["A_B"] }] },
    { readinessGates: [{ conditionType: "a b" }] },
    { runtimeClassName: "UPPER" },
    { overhead: { cpu: "-1" } },
    { tolerations: [{ operator: "Exists", value: "x" }] },
    { tolerations: [{ key: "a", operator: "Fly" }] },
    { tolerations: [{ key: "a", effect: "NoSchedule", tolerationSeconds: 5 }] },
    { tolerations: [{ operator: "Equal", value: "x" }] },
    { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "", whenUnsatisfiable: "X" }] },
    {
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule", minDomains: 0 }],
    },
    {
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "ScheduleAnyway", minDomains: 2 }],
    },
    { preemptionPolicy: "X" },
    { os: { name: "beos" } },
    { shareProcessNamespace: true, hostPID: true },
    { setHostnameAsFQDN: true, subdomain: "x" },
    { hostUsers: false, hostNetwork: true },
    { enableServiceLinks: null, containers: [] },
    { containers: null },
    { initContainers: [{ name: "c", image: "i" }], containers: [{ name: "c", image: "i" }] },
    { initContainers: [{ name: "a", image: "i", restartPolicy: "Never" }] },
    { initContainers: [{ name: "a", image: "i", lifecycle: { preStop: { exec: { command: ["x"] } } } }] },
    { resourceClaims: [{ name: "A B", resourceClaimName: "x" }] },
    { schedulingGates: [{ name: "a b" }] },
    { schedulingGates: [{ name: "a" }, { name: "a" }], nodeName: "n" },
    { imagePullSecrets: [{ name: "" }] },
  ]),
  each("affinity", PODS, (affinity: object) => inPod({ affinity }), [
    { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
    {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In" }] }],
        },
      },
    },
    {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Gt", values: ["x"] }] }],
        },
      },
    },
    {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: "a", operator: "In", values: ["x"] }] }],
        },
      },
    },
    {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 0, preference: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
        ],
      },
    },
    { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 101, preference: {} }] } },
    { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "" }] } },
    { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "a", namespaces: ["A"] }] } },
    {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 200, podAffinityTerm: { topologyKey: "a b" } }],
      },
    },
    {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: "a", labelSelector: { matchExpressions: [{ key: "x", operator: "In" }] } },
        ],
      },
    },
    { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "a", matchLabelKeys: ["x"] }] } },
  ]),
  each("containers", PODS, container as (part: never) => object, [
    { name: "UPPER" },
    { name: "" },
    { image: "" },
    { image: " a" },
    { imagePullPolicy: "Maybe" },
    { terminationMessagePolicy: "X" },
    { ports: [{ containerPort: 0 }] },
    { ports: [{ containerPort: 70_000 }] },
    { ports: [{ containerPort: 80, protocol: "ICMP" }] },
    { ports: [{ containerPort: 80, name: "UPPERCASE" }] },
    {
      ports: [
        { containerPort: 80, name: "a" },
        { containerPort: 81, name: "a" },
      ],
    },
    { ports: [{ containerPort: 80, hostPort: -1 }] },
    {
      ports: [
        { containerPort: 80, hostPort: 80 },
        { containerPort: 81, hostPort: 80 },
      ],
    },
    { env: [{ name: "" }] },
    { env: [{ name: "a b=c" }] },
    { env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] },
    { env: [{ name: "A", valueFrom: {} }] },
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "spec.nope" } } }] },
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "" } } }] },
    { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.nope" } } }] },
    { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "3" } } }] },
    { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "x", key: "" } } }] },
    { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "X Y", key: "a/b" } } }] },
    { envFrom: [{}] },
    { envFrom: [{ prefix: "a=b", configMapRef: { name: "x" } }] },
    { envFrom: [{ configMapRef: { name: "" } }] },
    { volumeMounts: [{ name: "none", mountPath: "/a" }] },
    { volumeMounts: [{ name: "none", mountPath: "" }] },
    { volumeDevices: [{ name: "none", devicePath: "/dev/x" }] },
    { workingDir: "relative" },
    { livenessProbe: {} },
    { livenessProbe: { exec: { command: [] } } },
    { livenessProbe: { httpGet: { path: "/", port: 0 } } },
    { livenessProbe: { httpGet: { path: "/", port: "no_name!" } } },
    { livenessProbe: { httpGet: { path: "/", port: 80, scheme: "FTP" } } },
    { livenessProbe: { httpGet: { path: "/", port: 80, httpHeaders: [{ name: "a b", value: "c" }] } } },
    { livenessProbe: { tcpSocket: { port: 80 }, exec: { command: ["x"] } } },
    { livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: -1, timeoutSeconds: -1, initialDelaySeconds: -1 } },
    { livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } },
    { readinessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 5 } },
    { startupProbe: { grpc: { port: 0 } } },
    { lifecycle: { postStart: {} } },
    { lifecycle: { preStop: { sleep: { seconds: 100 } } } },
    { securityContext: { runAsUser: -1 } },
    { securityContext: { procMount: "X" } },
    { securityContext: { capabilities: { add: ["CAP_SYS_ADMIN"] }, allowPrivilegeEscalation: false } },
    { securityContext: { seccompProfile: { type: "Localhost" } } },
    { securityContext: { seccompProfile: { type: "X" } } },
    { securityContext: { appArmorProfile: { type: "Localhost" } } },
    { resizePolicy: [{ resourceName: "disk", restartPolicy: "NotRequired" }] },
    { resizePolicy: [{ resourceName: "cpu", restartPolicy: "X" }] },
    { restartPolicy: "Always" },
    { stdinOnce: true, tty: true, command: [""], args: null },
  ]),
  each("volumes", PODS, volume as (part: never) => object, [
    {},
    { name: "UPPER", emptyDir: {} },
    { emptyDir: {}, hostPath: { path: "/" } },
    { emptyDir: { medium: "X", sizeLimit: "-1" } },
    { hostPath: { path: "" } },
    { hostPath: { path: "/a/../b" } },
    { hostPath: { path: "/a", type: "X" } },
    { configMap: { name: "" } },
    { configMap: { name: "x", items: [{ key: "", path: "../x" }] } },
    { configMap: { name: "x", defaultMode: 1000 } },
    { secret: { secretName: "", items: [{ key: "a", path: "/abs" }] } },
    { secret: { secretName: "x", defaultMode: -1 } },
    { persistentVolumeClaim: { claimName: "" } },
    { downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "spec.x" } }] } },
    { downwardAPI: { items: [{ path: "", resourceFieldRef: { resource: "limits.cpu" } }] } },
    {
      projected: {
        sources: [
          { secret: { name: "x", items: [{ key: "a", path: "p" }] } },
          { configMap: { name: "y", items: [{ key: "b", path: "p" }] } },
        ],
      },
    },
    { projected: { sources: [{ serviceAccountToken: { path: "", expirationSeconds: 5 } }] } },
    { nfs: { server: "", path: "relative" } },
    { csi: { driver: "" } },
    { ephemeral: {} },
    { image: { reference: "", pullPolicy: "X" } },
    { iscsi: { targetPortal: "", iqn: "x", lun: 300 } },
  ]),
  each("Services", `${NS}/services`, (spec: object) => service("s", spec), [
    { ports: [] },
    { ports: [{ port: 0 }] },
    { ports: [{ port: 80 }, { port: 81 }] },
    {
      ports: [
        { name: "a", port: 80 },
        { name: "a", port: 81 },
      ],
    },
    {
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 80 },
      ],
    },
    { ports: [{ port: 80, protocol: "X" }] },
    { ports: [{ port: 80, targetPort: "UPPER!" }] },
    { ports: [{ port: 80, nodePort: 30_080 }] },
    { ports: [{ port: 80, appProtocol: "a b" }] },
    { type: "X" },
    { type: "ExternalName" },
    { type: "ExternalName", externalName: "A_B" },
    { type: "ExternalName", externalName: "a.b", clusterIP: "10.96.0.99" },
    { clusterIP: "x" },
    { clusterIP: "1.2.3.4" },
    { clusterIP: "None", type: "NodePort" },
    { clusterIPs: ["None", "10.96.0.77"] },
    { sessionAffinity: "X" },
    { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } },
    { sessionAffinity: "None", sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },
    { externalTrafficPolicy: "Local" },
    { type: "LoadBalancer", externalTrafficPolicy: "X" },
    { type: "LoadBalancer", healthCheckNodePort: -1 },
    { type: "LoadBalancer", loadBalancerSourceRanges: ["x"] },
    { loadBalancerSourceRanges: ["1.2.3.0/24"] },
    { loadBalancerClass: "x" },
    { type: "LoadBalancer", loadBalancerClass: "UPPER CASE" },
    { internalTrafficPolicy: "X" },
    { ipFamilies: ["IPv5"] },
    { ipFamilies: ["IPv6"] },
    { ipFamilyPolicy: "X" },
    { ipFamilyPolicy: "RequireDualStack" },
    { externalIPs: ["127.0.0.1", "x"] },
    { selector: { "a b": "c" } },
    { publishNotReadyAddresses: true, trafficDistribution: "X" },
  ]),
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
  each("Ingresses", `${inGroup("networking.k8s.io/v1")}/ingresses`, ingress as (part: never) => object, [
    {},
    { rules: [{ host: "1.2.3.4" }] },
    { rules: [{ host: "*" }] },
    { rules: [{ host: "a.*.b" }] },
    { rules: [{ host: "UPPER" }] },
    { rules: [{ http: { paths: [] } }] },
    {
      rules: [
        {
          http: {
            paths: [{ path: "a", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }],
          },
        },
      ],
    },
    { rules: [{ http: { paths: [{ path: "/a", backend: { service: { name: "s", port: { number: 80 } } } }] } }] },
    { rules: [{ http: { paths: [{ path: "/a", pathType: "X", backend: { service: { name: "S", port: {} } } }] } }] },
    {
      rules: [
        {
          http: {
            paths: [
              {
                path: "/a//b/../c",
                pathType: "Exact",
                backend: { service: { name: "s", port: { number: 80, name: "x" } } },
              },
            ],
          },
        },
      ],
    },
    { defaultBackend: {} },
    { defaultBackend: { service: { name: "s", port: { number: 0 } } } },
    { defaultBackend: { service: { name: "s", port: { number: 80 } }, resource: { kind: "X", name: "y" } } },
    { defaultBackend: { service: { name: "s", port: { number: 80 } } }, tls: [{ hosts: ["A"], secretName: "B" }] },
    { defaultBackend: { service: { name: "s", port: { number: 80 } } }, ingressClassName: "UPPER" },
  ]),
  each("network policies", `${inGroup("networking.k8s.io/v1")}/networkpolicies`, policy as (part: never) => object, [
    { podSelector: { matchLabels: { "a b": "" } } },
    { policyTypes: ["X"] },
    { policyTypes: ["Ingress", "Egress", "Ingress"] },
    { ingress: [{ from: [{}] }] },
    { ingress: [{ from: [{ ipBlock: { cidr: "x" } }] }] },
    { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }] }] },
    { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] }] },
    { ingress: [{ ports: [{ port: 0 }] }] },
    { ingress: [{ ports: [{ port: "UPPER!" }] }] },
    { egress: [{ ports: [{ port: 80, endPort: 70 }] }] },
    { egress: [{ ports: [{ endPort: 70 }] }] },
    { egress: [{ ports: [{ port: "a", endPort: 70, protocol: "X" }] }] },
  ]),
  each("claims", `${NS}/persistentvolumeclaims`, claim as (part: never) => object, [
    { accessModes: [] },
    { accessModes: ["X"] },
    { accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] },
    { resources: {} },
    { resources: { requests: { storage: "0" } } },
    { resources: { requests: { storage: "-1" } } },
    { storageClassName: "UPPER" },
    { volumeMode: "X" },
    { selector: { matchLabels: { "a b": "c" } } },
    { volumeName: "UPPER" },
    { volumeAttributesClassName: "UPPER" },
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
  {
    name: "the rest",
    steps: Object.entries({
      [`${NS}/limitranges`]: {
        metadata: { name: "l" },
        spec: {
          limits: [
            { type: "Container", max: { cpu: "1" }, min: { cpu: "2" }, default: { cpu: "3" } },
            { type: "X" },
            { type: "Pod", default: { cpu: "1" } },
          ],
        },
      },
      [`${NS}/secrets`]: { metadata: { name: "s" }, type: "kubernetes.io/tls", data: {} },
      [`${NS}/serviceaccounts`]: { metadata: { name: "A_B" } },
      [`${NS}/endpoints`]: {
        metadata: { name: "e" },
        subsets: [{ addresses: [{ ip: "127.0.0.1" }, { ip: "x" }], ports: [{ port: 0 }] }],
      },
      [`${NS}/events`]: { metadata: { name: "e" }, involvedObject: { kind: "Pod", namespace: "other", name: "x" } },
      [`${inGroup("discovery.k8s.io/v1")}/endpointslices`]: {
        metadata: { name: "e" },
        addressType: "X",
        endpoints: [{ addresses: [] }],
      },
      [`${inGroup("coordination.k8s.io/v1")}/leases`]: {
        metadata: { name: "l" },
        spec: { leaseDurationSeconds: 0, leaseTransitions: -1, holderIdentity: "" },
      },
      [`${inGroup("rbac.authorization.k8s.io/v1")}/roles`]: {
        metadata: { name: "r" },
        rules: [{ verbs: [] }, { verbs: ["get"], nonResourceURLs: ["/x"] }, { verbs: ["get"], resources: [] }],
      },
      [`${inGroup("rbac.authorization.k8s.io/v1")}/rolebindings`]: {
        metadata: { name: "r" },
        roleRef: { apiGroup: "x", kind: "Y", name: "" },
        subjects: [
          { kind: "Z", name: "" },
          { kind: "ServiceAccount", name: "a" },
        ],
      },
      "/apis/rbac.authorization.k8s.io/v1/clusterroles": {
        metadata: { name: "{ns}:x" },
        rules: [{ verbs: ["get"], nonResourceURLs: ["/x"], resources: ["pods"], apiGroups: [""] }],
      },
      "/apis/scheduling.k8s.io/v1/priorityclasses": {
        metadata: { name: "system-{ns}" },
        value: 2_000_000_001,
        preemptionPolicy: "X",
      },
      "/apis/storage.k8s.io/v1/storageclasses": {
        metadata: { name: "{ns}" },
        provisioner: "",
        reclaimPolicy: "X",
        volumeBindingMode: "Y",
        mountOptions: [""],
      },
      "/apis/networking.k8s.io/v1/ingressclasses": {
        metadata: { name: "{ns}" },
        spec: { controller: "x", parameters: { kind: "", name: "", scope: "X" } },
      },
      "/apis/node.k8s.io/v1/runtimeclasses": {
        metadata: { name: "{ns}" },
        handler: "A B",
        scheduling: { nodeSelector: { "a b": "c" } },
      },
      "/api/v1/persistentvolumes": {
        metadata: { name: "{ns}" },
        spec: { accessModes: [], capacity: {}, hostPath: { path: "" } },
      },
      "/api/v1/nodes": {
        metadata: { name: "{ns}" },
        spec: {
          taints: [
            { key: "a", effect: "X" },
            { key: "a b", effect: "NoSchedule" },
          ],
          podCIDRs: ["x"],
        },
      },
      "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas": {
        metadata: { name: "{ns}" },
        spec: { matchingPrecedence: 0, priorityLevelConfiguration: { name: "" }, rules: [{}] },
      },
    } satisfies Spoiled).map(([path, body]): Step => post(`${path}?dryRun=All`, body, 422)),
  },
];
