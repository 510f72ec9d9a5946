import { deployment, pod } from "../objects.ts";
import { TABLE, type Case, type Step } from "../types.ts";
import { get, inGroup, merge, NS, post, table } from "./steps.ts";

const template = (app: string): object => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image: "i" }] },
});
const RUNNING = {
  phase: "Running",
  startTime: "2026-01-01T00:00:00Z",
  podIP: "10.1.2.3",
  podIPs: [{ ip: "10.1.2.3" }],
  conditions: [{ type: "Ready", status: "True" }],
  containerStatuses: [
    {
      name: "main",
      image: "busybox:1",
      imageID: "x",
      ready: true,
      restartCount: 3,
      started: true,
      state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
      lastState: { terminated: { exitCode: 1, finishedAt: "2026-01-01T00:00:00Z" } },
    },
  ],
};

/** A pod whose status is written, and its row. */
function podRow(name: string, status: object, spec: object = {}, metadata: object = {}): Step[] {
  return [
    post(`${NS}/pods`, pod(name, spec, metadata)),
    merge(`${NS}/pods/${name}/status`, { status }),
    table(`${NS}/pods/${name}`),
  ];
}

function waiting(reason: string, more: object = {}): object {
  return {
    phase: "Pending",
    containerStatuses: [
      {
        name: "main",
        image: "i",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { waiting: { reason } },
        ...more,
      },
    ],
  };
}

const terminated = (state: object): object => ({
  name: "main",
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  state,
});
const initSpec = {
  initContainers: [
    { name: "one", image: "i" },
    { name: "two", image: "i" },
  ],
};

/** What `kubectl get` shows of a pod in each of its states. */
const PODS: readonly Case[] = [
  { name: "a running pod's row has restarts and when", steps: podRow("a", RUNNING) },
  { name: "a pod that waits says why", steps: podRow("a", waiting("ImagePullBackOff")) },
  {
    name: "a pod that crashes says so",
    steps: podRow("a", { ...waiting("CrashLoopBackOff", { restartCount: 7 }), phase: "Running" }),
  },
  {
    name: "a pod that ended by itself is Completed",
    steps: podRow("a", {
      phase: "Succeeded",
      containerStatuses: [terminated({ terminated: { exitCode: 0, reason: "Completed" } })],
    }),
  },
  {
    name: "a pod that ended without a reason shows its exit code",
    steps: podRow("a", { phase: "Failed", containerStatuses: [terminated({ terminated: { exitCode: 3 } })] }),
  },
  {
    name: "a pod that was killed shows its signal",
    steps: podRow("a", {
      phase: "Failed",
      containerStatuses: [terminated({ terminated: { exitCode: 137, signal: 9 } })],
    }),
  },
  {
    name: "a pod's own reason is shown",
    steps: podRow("a", { phase: "Failed", reason: "Evicted", message: "low on memory" }),
  },
  {
    name: "init containers are counted",
    steps: podRow(
      "a",
      {
        phase: "Pending",
        initContainerStatuses: [
          { ...terminated({ terminated: { exitCode: 0, reason: "Completed" } }), name: "one", ready: true },
          { ...terminated({ running: {} }), name: "two" },
        ],
      },
      initSpec,
    ),
  },
  {
    name: "init containers that fail are told",
    steps: podRow(
      "a",
      {
        phase: "Pending",
        initContainerStatuses: [
          { ...terminated({ terminated: { exitCode: 1, reason: "Error" } }), name: "one", restartCount: 2 },
        ],
      },
      initSpec,
    ),
  },
  {
    name: "init containers that wait are told",
    steps: podRow(
      "a",
      {
        phase: "Pending",
        initContainerStatuses: [{ ...terminated({ waiting: { reason: "ErrImagePull" } }), name: "one" }],
      },
      initSpec,
    ),
  },
  {
    name: "scheduling gates are told",
    steps: [
      post(`${NS}/pods`, pod("a", { schedulingGates: [{ name: "example.com/wait" }] })),
      table(`${NS}/pods/a`),
      merge(`${NS}/pods/a/status`, {
        status: { conditions: [{ type: "PodScheduled", status: "False", reason: "SchedulingGated" }] },
      }),
      table(`${NS}/pods/a`),
    ],
  },
  {
    name: "readiness gates and nominated nodes have columns",
    steps: podRow(
      "a",
      { phase: "Running", nominatedNodeName: "n1", conditions: [{ type: "example.com/x", status: "True" }] },
      { readinessGates: [{ conditionType: "example.com/x" }, { conditionType: "example.com/y" }] },
    ),
  },
  {
    name: "a running pod that is being deleted is Terminating",
    steps: [
      ...podRow("a", RUNNING, { nodeName: "n1" }, { finalizers: ["example.com/hold"] }),
      { do: `DELETE ${NS}/pods/a`, code: 200, ignoreBody: true },
      table(`${NS}/pods/a`),
    ],
  },
  {
    name: "sidecars count among the ready containers",
    steps: podRow(
      "a",
      {
        phase: "Running",
        conditions: [{ type: "Initialized", status: "True" }],
        initContainerStatuses: [{ ...terminated({ running: {} }), name: "one", ready: true, started: true }],
        containerStatuses: [{ ...terminated({ running: {} }), ready: true }],
      },
      { initContainers: [{ name: "one", image: "i", restartPolicy: "Always" }] },
    ),
  },
];

/** An object of a kind, its status if it has any, and its rows: narrow and wide columns come together. */
interface Row {
  /** Goes at the end of its case, where it would be in the way of what comes later. */
  readonly isDeletedAtOnce?: boolean;
  /** What the server adds a moment later, by path; waited for before the row is read. */
  readonly settled?: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly body: {
    readonly metadata: { readonly name: string; readonly [key: string]: unknown };
    readonly [key: string]: unknown;
  };
  readonly status?: object;
  /** Who makes the object, where the object says so. */
  readonly headers?: Readonly<Record<string, string>>;
}

const ROWS: Readonly<Record<string, Row>> = {
  Deployment: {
    path: `${inGroup("apps/v1")}/deployments`,
    body: deployment("a", { replicas: 3 }) as Row["body"],
    status: { replicas: 3, readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2, observedGeneration: 1 },
  },
  ReplicaSet: {
    path: `${inGroup("apps/v1")}/replicasets`,
    body: {
      metadata: { name: "a" },
      spec: { replicas: 2, selector: { matchLabels: { app: "a" } }, template: template("a") },
    },
    status: { replicas: 2, readyReplicas: 1 },
  },
  StatefulSet: {
    path: `${inGroup("apps/v1")}/statefulsets`,
    body: {
      metadata: { name: "a" },
      spec: { replicas: 2, serviceName: "s", selector: { matchLabels: { app: "a" } }, template: template("a") },
    },
    status: { replicas: 2, readyReplicas: 1 },
  },
  DaemonSet: {
    path: `${inGroup("apps/v1")}/daemonsets`,
    body: {
      metadata: { name: "a" },
      spec: {
        selector: { matchLabels: { app: "a" } },
        template: {
          metadata: { labels: { app: "a" } },
          spec: { nodeSelector: { x: "y" }, containers: [{ name: "c", image: "i" }] },
        },
      },
    },
    status: {
      currentNumberScheduled: 1,
      desiredNumberScheduled: 2,
      numberMisscheduled: 0,
      numberReady: 1,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
    },
  },
  ControllerRevision: {
    path: `${inGroup("apps/v1")}/controllerrevisions`,
    body: {
      metadata: {
        name: "a",
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "StatefulSet",
            name: "s",
            uid: "11111111-1111-1111-1111-111111111111",
            controller: true,
          },
        ],
      },
      data: { spec: {} },
      revision: 3,
    },
  },
  ReplicationController: {
    path: `${NS}/replicationcontrollers`,
    body: { metadata: { name: "a" }, spec: { replicas: 1, selector: { app: "a" }, template: template("a") } },
  },
  Job: {
    path: `${inGroup("batch/v1")}/jobs`,
    body: {
      metadata: { name: "a" },
      spec: { completions: 3, template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
    },
    status: { startTime: "2026-01-01T00:00:00Z", active: 1, succeeded: 2 },
  },
  "suspended Job": {
    path: `${inGroup("batch/v1")}/jobs`,
    body: {
      metadata: { name: "a" },
      spec: {
        suspend: true,
        parallelism: 2,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } },
      },
    },
    status: {
      startTime: "2026-01-01T00:00:00Z",
      conditions: [{ type: "Suspended", status: "True", reason: "JobSuspended" }],
    },
  },
  CronJob: {
    path: `${inGroup("batch/v1")}/cronjobs`,
    body: {
      metadata: { name: "a" },
      spec: {
        schedule: "*/5 * * * *",
        timeZone: "Etc/UTC",
        jobTemplate: {
          spec: {
            template: {
              spec: {
                restartPolicy: "Never",
                containers: [
                  { name: "c", image: "i" },
                  { name: "d", image: "j" },
                ],
              },
            },
          },
        },
      },
    },
    status: { lastScheduleTime: "2026-01-01T00:00:00Z", active: [{ kind: "Job", name: "x" }] },
  },
  HorizontalPodAutoscaler: {
    path: `${inGroup("autoscaling/v2")}/horizontalpodautoscalers`,
    body: {
      metadata: { name: "a" },
      spec: {
        maxReplicas: 5,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Gi" } } },
          { type: "Pods", pods: { metric: { name: "rps" }, target: { type: "AverageValue", averageValue: "10" } } },
          { type: "External", external: { metric: { name: "queue" }, target: { type: "Value", value: "30" } } },
        ],
      },
    },
    status: {
      currentReplicas: 2,
      desiredReplicas: 3,
      conditions: [],
      currentMetrics: [
        { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 12, averageValue: "3m" } } },
      ],
    },
  },
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
  ClusterRole: {
    path: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    body: { metadata: { name: "{ns}" }, rules: [{ nonResourceURLs: ["/x"], verbs: ["get"] }] },
  },
  ClusterRoleBinding: {
    path: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    body: {
      metadata: { name: "{ns}" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "ServiceAccount", name: "s", namespace: "n" }],
    },
  },
  Namespace: { path: "/api/v1/namespaces", body: { metadata: { name: "{ns}-x" } } },
  Node: {
    path: "/api/v1/nodes",
    body: {
      metadata: {
        name: "{ns}",
        labels: { "node-role.kubernetes.io/control-plane": "", "node-role.kubernetes.io/worker": "" },
      },
      spec: { unschedulable: true },
    },
    status: {
      addresses: [
        { type: "InternalIP", address: "10.0.0.1" },
        { type: "ExternalIP", address: "9.9.9.9" },
      ],
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: {
        kubeletVersion: "v1.35.0",
        osImage: "Debian",
        kernelVersion: "6.1",
        containerRuntimeVersion: "containerd://2.0",
        machineID: "",
        systemUUID: "",
        bootID: "",
        kubeProxyVersion: "",
        operatingSystem: "linux",
        architecture: "amd64",
      },
    },
  },
  PersistentVolume: {
    path: "/api/v1/persistentvolumes",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        capacity: { storage: "5Gi" },
        accessModes: ["ReadWriteMany"],
        persistentVolumeReclaimPolicy: "Delete",
        storageClassName: "fast",
        claimRef: { namespace: "n", name: "c" },
        hostPath: { path: "/x" },
      },
    },
    status: { phase: "Bound" },
  },
  StorageClass: {
    path: "/apis/storage.k8s.io/v1/storageclasses",
    body: {
      metadata: { name: "{ns}", annotations: { "storageclass.kubernetes.io/is-default-class": "false" } },
      provisioner: "example.com/p",
      allowVolumeExpansion: true,
    },
  },
  CSIDriver: {
    path: "/apis/storage.k8s.io/v1/csidrivers",
    body: { metadata: { name: "{ns}" }, spec: { attachRequired: false, podInfoOnMount: true } },
  },
  CSINode: {
    path: "/apis/storage.k8s.io/v1/csinodes",
    body: { metadata: { name: "{ns}" }, spec: { drivers: [{ name: "d", nodeID: "n" }] } },
  },
  VolumeAttachment: {
    path: "/apis/storage.k8s.io/v1/volumeattachments",
    body: { metadata: { name: "{ns}" }, spec: { attacher: "a", nodeName: "n", source: { persistentVolumeName: "v" } } },
  },
  CSIStorageCapacity: {
    path: `${inGroup("storage.k8s.io/v1")}/csistoragecapacities`,
    body: { metadata: { name: "a" }, storageClassName: "fast", capacity: "10Gi" },
  },
  VolumeAttributesClass: {
    path: "/apis/storage.k8s.io/v1/volumeattributesclasses",
    body: { metadata: { name: "{ns}" }, driverName: "example.com", parameters: { a: "b" } },
  },
  PriorityClass: {
    path: "/apis/scheduling.k8s.io/v1/priorityclasses",
    body: { metadata: { name: "{ns}" }, value: 100, description: "for tests" },
  },
  RuntimeClass: { path: "/apis/node.k8s.io/v1/runtimeclasses", body: { metadata: { name: "{ns}" }, handler: "runc" } },
  IngressClass: {
    path: "/apis/networking.k8s.io/v1/ingressclasses",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        controller: "example.com/c",
        parameters: { apiGroup: "k8s.example.com", kind: "P", name: "p", scope: "Cluster" },
      },
    },
  },
  IPAddress: {
    path: "/apis/networking.k8s.io/v1/ipaddresses",
    body: {
      metadata: { name: "192.0.2.77" },
      spec: { parentRef: { resource: "services", namespace: "n", name: "s" } },
    },
  },
  CertificateSigningRequest: {
    headers: { "impersonate-user": "someone", "impersonate-uid": "u", "impersonate-group": "system:masters" },
    path: "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        request:
          "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlITE1IUUNBUUF3RWpFUU1BNEdBMVVFQXd3SGMyOXRaVzl1WlRCWk1CTUdCeXFHU000OUFnRUdDQ3FHU000OQpBd0VIQTBJQUJFM3I3dE0zR2lmYkxYWFE4bENYUURkQXpqZXB5Yjh6NDNCR21KZ215QTZqcXcwSzhVMTZ5SlJyCnhhcWxidzE5ZVllUXZ2ZlVVU2dBeHFqK2hSTHpaOU9nQURBS0JnZ3Foa2pPUFFRREFnTkhBREJFQWlCTDI5cGIKb0N2ZXFjR3BESHV0MEpZSDhnbGMwb1dIRzMzK0JUUXpZMHMrL0FJZ1YzZG01MmZnYm1FNFd1SWNBWkd2SlplaQpsakI2eXIxaVB3bzZrbWphMDMwPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K",
        signerName: "example.com/signer",
        usages: ["client auth"],
        expirationSeconds: 3600,
      },
    },
  },
  ValidatingWebhookConfiguration: {
    path: "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    body: { metadata: { name: "{ns}" }, webhooks: [] },
  },
  MutatingWebhookConfiguration: {
    path: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    body: { metadata: { name: "{ns}" } },
  },
  ValidatingAdmissionPolicy: {
    path: "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        matchConstraints: {
          resourceRules: [
            { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["podtemplates"] },
          ],
        },
        validations: [{ expression: "true" }],
      },
    },
  },
  ValidatingAdmissionPolicyBinding: {
    path: "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    body: { metadata: { name: "{ns}" }, spec: { policyName: "{ns}", validationActions: ["Deny"] } },
  },
  FlowSchema: {
    path: "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
    settled: { "status.conditions[0].reason": "Found" },
    body: {
      metadata: { name: "{ns}" },
      spec: { priorityLevelConfiguration: { name: "global-default" }, distinguisherMethod: { type: "ByUser" } },
    },
  },
  PriorityLevelConfiguration: {
    path: "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
    body: {
      metadata: { name: "{ns}" },
      spec: { type: "Limited", limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Reject" } } },
    },
  },
  APIService: {
    path: "/apis/apiregistration.k8s.io/v1/apiservices",
    // Nothing answers for it, and a client that wants to know everything (kubectl 1.29) would say so.
    isDeletedAtOnce: true,
    settled: { "status.conditions[0].reason": "ServiceNotFound" },
    body: {
      metadata: { name: "v1.{ns}.example.com" },
      spec: {
        group: "{ns}.example.com",
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { namespace: "{ns}", name: "s" },
      },
    },
  },
  DeviceClass: { path: "/apis/resource.k8s.io/v1/deviceclasses", body: { metadata: { name: "{ns}" }, spec: {} } },
  ResourceClaimTemplate: {
    path: `${inGroup("resource.k8s.io/v1")}/resourceclaimtemplates`,
    body: {
      metadata: { name: "a" },
      spec: { spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "d" } }] } } },
    },
  },
  ResourceClaim: {
    path: `${inGroup("resource.k8s.io/v1")}/resourceclaims`,
    body: {
      metadata: { name: "a" },
      spec: { devices: { requests: [{ name: "r", exactly: { deviceClassName: "d" } }] } },
    },
  },
  ResourceSlice: {
    path: "/apis/resource.k8s.io/v1/resourceslices",
    body: {
      metadata: { name: "{ns}" },
      spec: {
        driver: "d.example.com",
        nodeName: "n",
        pool: { name: "p", generation: 1, resourceSliceCount: 1 },
        devices: [{ name: "g" }],
      },
    },
  },
};

function rowCase(kind: string, { path, body, status, headers, settled, isDeletedAtOnce = false }: Row): Case {
  const object = `${path}/${body.metadata.name}`;
  const written = status === undefined ? [] : [merge(`${object}/status`, { status })];
  return {
    name: `${kind} has its defaults, its columns and its cells`,
    steps: [
      post(
        path,
        body,
        201,
        headers === undefined ? {} : { headers: { "content-type": "application/json", ...headers } },
      ),
      ...written,
      get(object, 200, settled === undefined ? {} : { eventually: true, expect: settled }),
      table(object),
      ...(isDeletedAtOnce ? [{ do: `DELETE ${object}`, code: 200 }] : []),
    ],
  };
}

export const TABLES: readonly Case[] = [
  ...PODS,
  ...Object.entries(ROWS).map(([kind, row]) => rowCase(kind, row)),
  {
    name: "a row can carry the object, its metadata or nothing",
    steps: [
      post(`${NS}/configmaps`, { metadata: { name: "a" } }),
      table(`${NS}/configmaps?includeObject=Object`),
      table(`${NS}/configmaps?includeObject=Metadata`),
      table(`${NS}/configmaps?includeObject=None`),
      { do: `GET ${NS}/configmaps?includeObject=Nonsense`, headers: TABLE, code: 400 },
    ],
  },
];
