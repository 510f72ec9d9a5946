import type { KubeObject } from "@fairlead/apimachinery";

export interface Manifest {
  /** Path of the collection. */
  readonly path: string;
  readonly object: KubeObject;
}

const NAMESPACED = "/namespaces/default";
const labels = { app: "x" };
const selector = { matchLabels: labels };
const podTemplate = (spec: object = {}): object => ({
  metadata: { labels },
  spec: { containers: [{ name: "c", image: "web" }], ...spec },
});

function manifest(apiVersion: string, kind: string, plural: string, rest: object, isCluster = false): Manifest {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { metadata, ...body } = rest as { metadata?: object };
  return {
    path: `${root}${isCluster ? "" : NAMESPACED}/${plural}`,
    object: { apiVersion, kind, metadata: { name: "sample", ...metadata }, ...body } as unknown as KubeObject,
  };
}

/** A pod that uses every field with a default of its own. */
const fullPod = {
  initContainers: [{ name: "i", image: "web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }],
  containers: [
    {
      name: "c",
      image: "reg.example.com:5000/team/web:latest",
      ports: [{ containerPort: 80 }, { containerPort: 53, protocol: "UDP" }],
      env: [
        { name: "A", value: "" },
        { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "C", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
        { name: "D", valueFrom: { configMapKeyRef: { name: "m", key: "k" } } },
      ],
      resources: { limits: { cpu: "0.5", memory: "1024Mi" }, requests: { cpu: "0.1" } },
      livenessProbe: { httpGet: { port: 80 } },
      readinessProbe: { tcpSocket: { port: "http" }, periodSeconds: 3 },
      startupProbe: { grpc: { port: 5000 } },
      lifecycle: { preStop: { httpGet: { port: 80 } }, postStart: { exec: { command: ["true"] } } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      volumeMounts: [{ name: "s", mountPath: "/s" }],
      stdin: false,
      tty: true,
    },
    { name: "d", image: "web:1.2", command: [], args: [] },
  ],
  volumes: [
    { name: "e" },
    { name: "s", secret: { secretName: "s" } },
    { name: "m", configMap: { name: "m", items: [{ key: "a", path: "a" }] } },
    { name: "w", downwardAPI: { items: [{ path: "n", fieldRef: { fieldPath: "metadata.name" } }] } },
    {
      name: "p",
      projected: {
        sources: [{ serviceAccountToken: { path: "t" } }, { secret: { name: "s" } }, { configMap: { name: "m" } }],
      },
    },
    { name: "h", hostPath: { path: "/h" } },
    { name: "n", nfs: { server: "s", path: "/" } },
    { name: "c", persistentVolumeClaim: { claimName: "c" } },
    { name: "d", emptyDir: { sizeLimit: "1000M" } },
    {
      name: "f",
      ephemeral: {
        volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
      },
    },
    { name: "r", rbd: { monitors: ["m"], image: "i" } },
    { name: "a", azureDisk: { diskName: "d", diskURI: "https://blob/x" } },
    { name: "g", iscsi: { targetPortal: "10.0.0.1", iqn: "iqn.2001-04.com.example:storage", lun: 0 } },
  ],
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: selector },
  ],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: "zone", labelSelector: selector } },
      ],
    },
  },
  imagePullSecrets: [{ name: "r" }],
  serviceAccountName: "robot",
  nodeSelector: {},
  tolerations: [{ key: "k", operator: "Exists", effect: "NoSchedule" }],
  hostAliases: [{ ip: "10.0.0.1", hostnames: ["a"] }],
};

export const MANIFESTS: readonly Manifest[] = [
  manifest("v1", "Pod", "pods", { spec: { containers: [{ name: "c", image: "web" }] } }),
  manifest("v1", "Pod", "pods", { metadata: { name: "full", labels: {} }, spec: fullPod }),
  manifest("v1", "Pod", "pods", {
    metadata: { name: "host" },
    spec: { hostNetwork: true, containers: [{ name: "c", image: "web:v1", ports: [{ containerPort: 80 }] }] },
  }),
  manifest("v1", "Pod", "pods", {
    metadata: { name: "level" },
    spec: {
      resources: { limits: { cpu: "2", memory: "1Gi" } },
      containers: [
        { name: "a", image: "web:1", resources: { requests: { cpu: "100m" } } },
        { name: "b", image: "web:1", resources: { requests: { cpu: "200m" } } },
      ],
    },
  }),
  manifest("apps/v1", "Deployment", "deployments", { spec: { selector, template: podTemplate() } }),
  manifest("apps/v1", "Deployment", "deployments", {
    metadata: { name: "full", annotations: {} },
    spec: { replicas: 0, paused: true, selector, strategy: { type: "Recreate" }, template: podTemplate(fullPod) },
  }),
  manifest("apps/v1", "Deployment", "deployments", {
    metadata: { name: "rolling" },
    spec: {
      selector,
      strategy: { rollingUpdate: { maxSurge: 1 } },
      template: podTemplate({
        hostNetwork: true,
        containers: [{ name: "c", image: "web", ports: [{ containerPort: 8080 }] }],
      }),
    },
  }),
  manifest("apps/v1", "DaemonSet", "daemonsets", { spec: { selector, template: podTemplate() } }),
  manifest("apps/v1", "DaemonSet", "daemonsets", {
    metadata: { name: "deleted" },
    spec: { selector, updateStrategy: { type: "OnDelete" }, template: podTemplate() },
  }),
  manifest("apps/v1", "StatefulSet", "statefulsets", { spec: { serviceName: "s", selector, template: podTemplate() } }),
  manifest("apps/v1", "StatefulSet", "statefulsets", {
    metadata: { name: "claims" },
    spec: {
      serviceName: "s",
      selector,
      updateStrategy: { type: "RollingUpdate" },
      template: podTemplate(),
      volumeClaimTemplates: [
        {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
        },
      ],
    },
  }),
  manifest("apps/v1", "ReplicaSet", "replicasets", { spec: { selector, template: podTemplate() } }),
  manifest("apps/v1", "ControllerRevision", "controllerrevisions", { data: { spec: { a: null } }, revision: 1 }),
  manifest("batch/v1", "Job", "jobs", { spec: { template: podTemplate({ restartPolicy: "Never" }) } }),
  manifest("batch/v1", "Job", "jobs", {
    metadata: { name: "indexed" },
    spec: {
      completions: 3,
      completionMode: "Indexed",
      backoffLimitPerIndex: 1,
      podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] },
      template: podTemplate({ restartPolicy: "Never" }),
    },
  }),
  manifest("batch/v1", "CronJob", "cronjobs", {
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template: podTemplate({ restartPolicy: "OnFailure" }) } } },
  }),
  manifest("v1", "Service", "services", { spec: { ports: [{ port: 80 }] } }),
  manifest("v1", "Service", "services", {
    metadata: { name: "balanced" },
    spec: {
      type: "LoadBalancer",
      selector: labels,
      ports: [
        { port: 80, targetPort: "http", name: "a" },
        { port: 53, protocol: "UDP", name: "b" },
      ],
    },
  }),
  manifest("v1", "Service", "services", {
    metadata: { name: "sticky" },
    spec: { type: "NodePort", sessionAffinity: "ClientIP", ports: [{ port: 80, targetPort: 0 }] },
  }),
  manifest("v1", "Service", "services", {
    metadata: { name: "headless" },
    spec: { clusterIP: "None", ports: [{ port: 80 }], sessionAffinityConfig: null },
  }),
  manifest("v1", "Service", "services", {
    metadata: { name: "external" },
    spec: { type: "ExternalName", externalName: "example.com" },
  }),
  manifest("v1", "ConfigMap", "configmaps", { data: {}, binaryData: { a: "AAAA" } }),
  manifest("v1", "ConfigMap", "configmaps", { metadata: { name: "plain" } }),
  manifest("v1", "Secret", "secrets", { stringData: { a: "ä" }, data: { b: "Yg==" } }),
  manifest("v1", "Secret", "secrets", {
    metadata: { name: "typed" },
    type: "kubernetes.io/basic-auth",
    stringData: { username: "u" },
    immutable: false,
  }),
  manifest("v1", "Namespace", "namespaces", { metadata: { name: "sample-namespace" } }, true),
  manifest("v1", "ServiceAccount", "serviceaccounts", { metadata: { name: "robot" }, secrets: [] }),
  manifest("v1", "PersistentVolumeClaim", "persistentvolumeclaims", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1.5Gi" } } },
  }),
  manifest(
    "v1",
    "PersistentVolume",
    "persistentvolumes",
    {
      spec: { capacity: { storage: "10Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/data" } },
    },
    true,
  ),
  manifest("v1", "LimitRange", "limitranges", {
    spec: { limits: [{ type: "Container", max: { cpu: "2" }, min: { memory: "1Mi" }, default: { memory: "64Mi" } }] },
  }),
  manifest("v1", "ResourceQuota", "resourcequotas", { spec: { hard: { pods: "10", "requests.cpu": "0.5" } } }),
  manifest("v1", "Endpoints", "endpoints", { subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }] }),
  manifest("v1", "Event", "events", {
    involvedObject: { kind: "Pod", name: "p", namespace: "default" },
    reason: "R",
    message: "m",
    type: "Normal",
    firstTimestamp: "2024-01-02T03:04:05+02:00",
  }),
  manifest("v1", "Node", "nodes", { spec: { podCIDR: "10.1.0.0/24" } }, true),
  manifest("v1", "PodTemplate", "podtemplates", { template: podTemplate() }),
  manifest("v1", "ReplicationController", "replicationcontrollers", { spec: { template: podTemplate() } }),
  manifest("networking.k8s.io/v1", "Ingress", "ingresses", {
    spec: {
      rules: [
        {
          host: "a.example.com",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }],
          },
        },
      ],
      tls: [{ hosts: ["a.example.com"], secretName: "t" }],
    },
  }),
  manifest(
    "networking.k8s.io/v1",
    "IngressClass",
    "ingressclasses",
    {
      spec: { controller: "example.com/c", parameters: { kind: "P", name: "p", apiGroup: "example.com" } },
    },
    true,
  ),
  manifest("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", {
    spec: { podSelector: {}, egress: [{ ports: [{ port: 53 }] }] },
  }),
  manifest("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", {
    metadata: { name: "inward" },
    spec: {
      podSelector: selector,
      ingress: [
        {
          from: [{ namespaceSelector: {} }, { ipBlock: { cidr: "10.0.0.0/8" } }],
          ports: [{ port: "http", protocol: "UDP" }],
        },
      ],
    },
  }),
  manifest("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", { spec: { selector, minAvailable: 1 } }),
  manifest("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", {
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" }, maxReplicas: 3 },
  }),
  manifest("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", {
    metadata: { name: "behaving" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" },
      maxReplicas: 3,
      metrics: [
        { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1024Mi" } } },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 60 } },
    },
  }),
  manifest("autoscaling/v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", {
    metadata: { name: "old" },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "d" }, maxReplicas: 3 },
  }),
  manifest("rbac.authorization.k8s.io/v1", "Role", "roles", {
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
  }),
  manifest("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", {
    roleRef: { kind: "Role", name: "sample" },
    subjects: [
      { kind: "User", name: "u" },
      { kind: "ServiceAccount", name: "s", namespace: "default" },
      { kind: "Group", name: "g" },
    ],
  }),
  manifest(
    "rbac.authorization.k8s.io/v1",
    "ClusterRole",
    "clusterroles",
    {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
    },
    true,
  ),
  manifest(
    "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding",
    "clusterrolebindings",
    {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    },
    true,
  ),
  manifest("storage.k8s.io/v1", "StorageClass", "storageclasses", { provisioner: "example.com/p" }, true),
  manifest("storage.k8s.io/v1", "CSIDriver", "csidrivers", { spec: {} }, true),
  manifest("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", { value: 10 }, true),
  manifest("coordination.k8s.io/v1", "Lease", "leases", {
    spec: { holderIdentity: "me", renewTime: "2024-01-02T03:04:05.123456Z", leaseDurationSeconds: 15 },
  }),
  manifest("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", {
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.0.0.1"] }],
    ports: [{ port: 80 }],
  }),
  manifest(
    "node.k8s.io/v1",
    "RuntimeClass",
    "runtimeclasses",
    { handler: "h", overhead: { podFixed: { cpu: "0.1001" } } },
    true,
  ),
  manifest(
    "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    {
      webhooks: [
        {
          name: "w.example.com",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { service: { name: "s", namespace: "n" } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        },
      ],
    },
    true,
  ),
  manifest(
    "admissionregistration.k8s.io/v1",
    "MutatingWebhookConfiguration",
    "mutatingwebhookconfigurations",
    {
      webhooks: [
        {
          name: "w.example.com",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { url: "https://example.com/hook" },
          timeoutSeconds: 5,
        },
      ],
    },
    true,
  ),
  manifest(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicy",
    "validatingadmissionpolicies",
    {
      spec: {
        matchConstraints: {
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
        },
        validations: [{ expression: "true" }],
      },
    },
    true,
  ),
  manifest(
    "admissionregistration.k8s.io/v1",
    "ValidatingAdmissionPolicyBinding",
    "validatingadmissionpolicybindings",
    {
      spec: { policyName: "p", validationActions: ["Deny"], matchResources: {} },
    },
    true,
  ),
  manifest(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    {
      metadata: { name: "samples.example.com" },
      spec: {
        group: "example.com",
        scope: "Cluster",
        names: { plural: "samples", kind: "Sample" },
        versions: [
          { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", description: "" } } },
        ],
      },
    },
    true,
  ),
  manifest(
    "apiregistration.k8s.io/v1",
    "APIService",
    "apiservices",
    {
      metadata: { name: "v1.example.org" },
      spec: {
        group: "example.org",
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { name: "s", namespace: "n" },
      },
    },
    true,
  ),
  manifest(
    "flowcontrol.apiserver.k8s.io/v1",
    "FlowSchema",
    "flowschemas",
    { spec: { priorityLevelConfiguration: { name: "exempt" } } },
    true,
  ),
  manifest(
    "flowcontrol.apiserver.k8s.io/v1",
    "PriorityLevelConfiguration",
    "prioritylevelconfigurations",
    {
      spec: { type: "Limited", limited: { limitResponse: { type: "Queue", queuing: {} } } },
    },
    true,
  ),
  manifest("resource.k8s.io/v1", "DeviceClass", "deviceclasses", { spec: {} }, true),
  manifest("resource.k8s.io/v1", "ResourceClaim", "resourceclaims", {
    spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "c" } }] } },
  }),
];
