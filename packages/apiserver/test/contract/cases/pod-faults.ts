import { pod } from "../objects.ts";
import type { Case } from "../types.ts";
import { each } from "./each-fault.ts";
import { NS } from "./steps.ts";

const container = (more: object): object => pod("p", { containers: [{ name: "c", image: "i", ...more }] });
const resources = (limits: object, requests?: object): object =>
  container({ resources: { limits, ...(requests === undefined ? {} : { requests }) } });
const inPod = (spec: object): object => pod("p", spec);
const volume = (more: object): object => pod("p", { volumes: [{ name: "v", ...more }] });

const PODS = `${NS}/pods`;

/** Mistakes in pods, their containers and volumes. */
export const POD_FAULTS: readonly Case[] = [
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
];
