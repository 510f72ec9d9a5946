import { template, type Row } from "./row.ts";
import { inGroup, NS } from "./steps.ts";

/** Rows of what else is in a namespace. */
export const NAMESPACED_ROWS: Readonly<Record<string, Row>> = {
  ConfigMap: {
    path: `${NS}/configmaps`,
    body: { metadata: { name: "a" }, data: { x: "1", y: "2" }, binaryData: { z: "YQ==" } },
  },
  Secret: { path: `${NS}/secrets`, body: { metadata: { name: "a" }, type: "example.com/x", stringData: { x: "1" } } },
  ServiceAccount: { path: `${NS}/serviceaccounts`, body: { metadata: { name: "a" }, secrets: [{ name: "x" }] } },
  Service: {
    path: `${NS}/services`,
    body: {
      metadata: { name: "a" },
      spec: {
        clusterIP: "None",
        selector: { b: "c", a: "b" },
        externalIPs: ["1.2.3.4"],
        ports: [
          { name: "x", port: 80 },
          { name: "y", port: 53, protocol: "UDP" },
        ],
      },
    },
  },
  "external Service": {
    path: `${NS}/services`,
    body: { metadata: { name: "a" }, spec: { type: "ExternalName", externalName: "example.com" } },
  },
  "LoadBalancer Service": {
    path: `${NS}/services`,
    body: {
      metadata: { name: "a" },
      spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] },
    },
    status: { loadBalancer: { ingress: [{ ip: "9.8.7.6" }, { hostname: "lb.example.com" }] } },
  },
  Endpoints: {
    path: `${NS}/endpoints`,
    body: {
      metadata: { name: "a" },
      subsets: [
        {
          addresses: [{ ip: "10.1.2.3" }, { ip: "10.1.2.4" }, { ip: "10.1.2.5" }, { ip: "10.1.2.6" }],
          ports: [{ port: 80 }],
        },
      ],
    },
  },
  EndpointSlice: {
    path: `${inGroup("discovery.k8s.io/v1")}/endpointslices`,
    body: {
      metadata: { name: "a" },
      addressType: "IPv4",
      endpoints: [
        { addresses: ["10.1.2.3"] },
        { addresses: ["10.1.2.4"] },
        { addresses: ["10.1.2.5"] },
        { addresses: ["10.1.2.6"] },
      ],
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
        { name: "c", port: 82 },
        { name: "d", port: 83 },
      ],
    },
  },
  Ingress: {
    path: `${inGroup("networking.k8s.io/v1")}/ingresses`,
    body: {
      metadata: { name: "a" },
      spec: {
        ingressClassName: "nginx",
        tls: [{ hosts: ["a.example.com"], secretName: "t" }],
        defaultBackend: { service: { name: "s", port: { number: 80 } } },
        rules: [
          { host: "a.example.com" },
          { host: "b.example.com" },
          { host: "c.example.com" },
          { host: "d.example.com" },
        ],
      },
    },
    status: { loadBalancer: { ingress: [{ ip: "9.8.7.6" }] } },
  },
  NetworkPolicy: {
    path: `${inGroup("networking.k8s.io/v1")}/networkpolicies`,
    body: {
      metadata: { name: "a" },
      spec: {
        podSelector: { matchLabels: { a: "b" }, matchExpressions: [{ key: "x", operator: "In", values: ["y", "z"] }] },
      },
    },
  },
  PodDisruptionBudget: {
    path: `${inGroup("policy/v1")}/poddisruptionbudgets`,
    body: { metadata: { name: "a" }, spec: { maxUnavailable: "30%", selector: { matchLabels: { a: "b" } } } },
    status: { disruptionsAllowed: 2, currentHealthy: 3, desiredHealthy: 1, expectedPods: 3, observedGeneration: 1 },
  },
  Role: {
    path: `${inGroup("rbac.authorization.k8s.io/v1")}/roles`,
    body: { metadata: { name: "a" }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
  },
  RoleBinding: {
    path: `${inGroup("rbac.authorization.k8s.io/v1")}/rolebindings`,
    body: {
      metadata: { name: "a" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [
        { kind: "User", name: "u" },
        { kind: "Group", name: "g" },
        { kind: "ServiceAccount", name: "s", namespace: "n" },
      ],
    },
  },
  PersistentVolumeClaim: {
    path: `${NS}/persistentvolumeclaims`,
    body: {
      metadata: { name: "a" },
      spec: {
        storageClassName: "fast",
        accessModes: ["ReadWriteOnce", "ReadOnlyMany"],
        resources: { requests: { storage: "1Gi" } },
      },
    },
    status: { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "2Gi" } },
  },
  ResourceQuota: {
    path: `${NS}/resourcequotas`,
    body: { metadata: { name: "a" }, spec: { hard: { pods: "10", "requests.cpu": "4", "limits.memory": "1Gi" } } },
    status: {
      hard: { pods: "10", "requests.cpu": "4", "limits.memory": "1Gi" },
      used: { pods: "1", "requests.cpu": "500m", "limits.memory": "0" },
    },
  },
  LimitRange: {
    path: `${NS}/limitranges`,
    body: { metadata: { name: "a" }, spec: { limits: [{ type: "Container", max: { cpu: "4" } }] } },
  },
  PodTemplate: { path: `${NS}/podtemplates`, body: { metadata: { name: "a" }, template: template("a") } },
  Lease: {
    path: `${inGroup("coordination.k8s.io/v1")}/leases`,
    body: { metadata: { name: "a" }, spec: { holderIdentity: "me" } },
  },
  "a controller's Event": {
    path: `${NS}/events`,
    body: {
      metadata: { name: "a" },
      involvedObject: { kind: "Pod", name: "p", namespace: "{ns}", fieldPath: "spec.containers{c}" },
      reason: "Pulled",
      message: "done",
      type: "Normal",
      source: { component: "kubelet", host: "n1" },
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-02T00:00:00Z",
      count: 5,
    },
  },
  "a series' Event": {
    path: `${inGroup("events.k8s.io/v1")}/events`,
    body: {
      metadata: { name: "a" },
      eventTime: "2026-01-01T00:00:00.000001Z",
      reportingController: "example.com/x",
      reportingInstance: "i",
      action: "Do",
      reason: "Because",
      regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
      note: "hi",
      type: "Warning",
      series: { count: 4, lastObservedTime: "2026-01-01T01:00:00.000001Z" },
    },
  },
};
