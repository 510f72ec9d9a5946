import type { Case, Step } from "../types.ts";
import { each } from "./each-fault.ts";
import { inGroup, NS, post } from "./steps.ts";

const quota = (spec: object): object => ({ metadata: { name: "q" }, spec });
const claim = (spec: object): object => ({
  metadata: { name: "c" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});

/** Mistakes in quotas, claims and the rest. */
export const OTHER_FAULTS: readonly Case[] = [
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
    } satisfies Readonly<Record<string, object>>).map(([path, body]): Step => post(`${path}?dryRun=All`, body, 422)),
  },
];
