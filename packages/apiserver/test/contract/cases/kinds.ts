import { deployment, pod, service } from "../objects.ts";
import { MERGE, TABLE, type Case } from "../types.ts";

const POST = (path: string, body: object, code = 201): Case["steps"][number] => ({ do: `POST ${path}`, body, code });
const NS = "/api/v1/namespaces/{ns}";
const APPS = "/apis/apps/v1/namespaces/{ns}";
const template = (app: string): object => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image: "i" }] },
});

/** One of every kind that people write, with its defaults, its table and what is refused of it. */
export const KINDS: readonly Case[] = [
  {
    name: "a Deployment gets its defaults",
    steps: [POST(`${APPS}/deployments`, deployment("a")), { do: `GET ${APPS}/deployments`, headers: TABLE, code: 200 }],
  },
  {
    name: "faults of a Deployment are all told at once",
    steps: [
      POST(
        `${APPS}/deployments`,
        {
          metadata: { name: "a" },
          spec: {
            replicas: -1,
            selector: { matchLabels: { a: "b" } },
            template: { metadata: { labels: { x: "y" } }, spec: { containers: [] } },
          },
        },
        422,
      ),
      POST(`${APPS}/deployments`, { metadata: { name: "a" }, spec: {} }, 422),
      POST(
        `${APPS}/deployments`,
        deployment("a", {
          template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "A b", image: "" }] } },
        }),
        422,
      ),
      POST(
        `${APPS}/deployments`,
        deployment("a", {
          template: {
            metadata: { labels: { app: "a" } },
            spec: {
              containers: [{ name: "c", image: "i", resources: { requests: { cpu: "-1" }, limits: { cpu: "abc" } } }],
            },
          },
        }),
        400,
      ),
      POST(
        `${APPS}/deployments`,
        deployment("a", {
          template: {
            metadata: { labels: { app: "a" } },
            spec: {
              restartPolicy: "Never",
              containers: [{ name: "c", image: "i", ports: [{ containerPort: 99999 }], env: [{ name: "1=2" }] }],
            },
          },
        }),
        422,
      ),
    ],
  },
  {
    name: "selectors of workloads do not change",
    steps: [
      POST(`${APPS}/statefulsets`, {
        metadata: { name: "s" },
        spec: { serviceName: "s", selector: { matchLabels: { app: "s" } }, template: template("s") },
      }),
      { do: `PATCH ${APPS}/statefulsets/s`, body: { spec: { serviceName: "other" } }, headers: MERGE, code: 422 },
      POST(`${APPS}/daemonsets`, {
        metadata: { name: "d" },
        spec: { selector: { matchLabels: { app: "d" } }, template: template("d") },
      }),
      {
        do: `PATCH ${APPS}/daemonsets/d`,
        body: { spec: { selector: { matchLabels: { app: "x" } } } },
        headers: MERGE,
        code: 422,
      },
      { do: `GET ${APPS}/statefulsets`, headers: TABLE, code: 200 },
      { do: `GET ${APPS}/daemonsets`, headers: TABLE, code: 200 },
      POST(`${APPS}/replicasets`, {
        metadata: { name: "r" },
        spec: { selector: { matchLabels: { app: "r" } }, template: template("r") },
      }),
      { do: `GET ${APPS}/replicasets`, headers: TABLE, code: 200 },
    ],
  },
  {
    name: "pods get defaults, a class of service and a table",
    steps: [
      POST(`${NS}/pods`, pod("a")),
      POST(
        `${NS}/pods`,
        pod("b", {
          containers: [
            {
              name: "c",
              image: "i",
              resources: { requests: { cpu: "100m", memory: "1Gi" }, limits: { cpu: "0.1", memory: "1024Mi" } },
            },
          ],
        }),
      ),
      POST(
        `${NS}/pods`,
        pod("c", { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "100m" } } }] }),
      ),
      POST(`${NS}/pods`, { metadata: { name: "d" }, spec: { containers: [{ name: "c" }] } }, 422),
      { do: `GET ${NS}/pods`, headers: TABLE, code: 200 },
      { do: `PATCH ${NS}/pods/a`, body: { spec: { nodeSelector: { x: "y" } } }, headers: MERGE, code: 422 },
      { do: `DELETE ${NS}/pods/a`, code: 200 },
    ],
  },
  {
    name: "services get addresses",
    steps: [
      POST(`${NS}/services`, service("a")),
      POST(`${NS}/services`, service("b", { clusterIP: "None" })),
      POST(`${NS}/services`, service("c", { type: "NodePort" })),
      POST(`${NS}/services`, { metadata: { name: "d" }, spec: { type: "ExternalName", externalName: "example.com" } }),
      POST(`${NS}/services`, service("e", { type: "LoadBalancer" })),
      POST(`${NS}/services`, { metadata: { name: "f" }, spec: { ports: [] } }, 422),
      POST(`${NS}/services`, service("g", { ports: [{ port: 1 }, { port: 2 }] }), 422),
      { do: `GET ${NS}/services`, headers: TABLE, code: 200 },
      { do: `PATCH ${NS}/services/a`, body: { spec: { clusterIP: "10.96.200.200" } }, headers: MERGE, code: 422 },
      { do: `PATCH ${NS}/services/a`, body: { spec: { type: "NodePort" } }, headers: MERGE, code: 200 },
    ],
  },
  {
    name: "secrets fold text into data, and immutable ones stay",
    steps: [
      POST(`${NS}/secrets`, { metadata: { name: "a" }, stringData: { x: "y" }, data: { z: "YQ==" } }),
      POST(`${NS}/secrets`, { metadata: { name: "b" }, immutable: true, data: { z: "YQ==" } }),
      { do: `PATCH ${NS}/secrets/b`, body: { data: { z: "Yg==" } }, headers: MERGE, code: 422 },
      { do: `PATCH ${NS}/secrets/a`, body: { type: "other" }, headers: MERGE, code: 422 },
      POST(`${NS}/secrets`, { metadata: { name: "c" }, type: "kubernetes.io/tls", data: {} }, 422),
      POST(`${NS}/secrets`, { metadata: { name: "d" }, data: { "a b": "YQ==" } }, 422),
      { do: `GET ${NS}/secrets`, headers: TABLE, code: 200 },
    ],
  },
  {
    name: "jobs and cron jobs",
    steps: [
      POST("/apis/batch/v1/namespaces/{ns}/jobs", {
        metadata: { name: "j" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
      }),
      POST(
        "/apis/batch/v1/namespaces/{ns}/jobs",
        { metadata: { name: "k" }, spec: { template: { spec: { containers: [{ name: "c", image: "i" }] } } } },
        422,
      ),
      {
        do: "PATCH /apis/batch/v1/namespaces/{ns}/jobs/j",
        body: { spec: { completions: 5 } },
        headers: MERGE,
        code: 422,
      },
      POST("/apis/batch/v1/namespaces/{ns}/cronjobs", {
        metadata: { name: "c" },
        spec: {
          schedule: "*/5 * * * *",
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: "OnFailure", containers: [{ name: "c", image: "i" }] } } },
          },
        },
      }),
      POST(
        "/apis/batch/v1/namespaces/{ns}/cronjobs",
        {
          metadata: { name: "d" },
          spec: {
            schedule: "nonsense",
            jobTemplate: {
              spec: { template: { spec: { restartPolicy: "OnFailure", containers: [{ name: "c", image: "i" }] } } },
            },
          },
        },
        422,
      ),
      { do: "GET /apis/batch/v1/namespaces/{ns}/jobs", headers: TABLE, code: 200 },
      { do: "GET /apis/batch/v1/namespaces/{ns}/cronjobs", headers: TABLE, code: 200 },
    ],
  },
  {
    name: "autoscalers are one object in two versions",
    steps: [
      POST("/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", {
        metadata: { name: "a" },
        spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
      }),
      POST("/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers", {
        metadata: { name: "b" },
        spec: {
          maxReplicas: 3,
          targetCPUUtilizationPercentage: 50,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        },
      }),
      { do: "GET /apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/a", code: 200 },
      { do: "GET /apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/b", code: 200 },
      { do: "GET /apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers", headers: TABLE, code: 200 },
      POST(
        "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers",
        { metadata: { name: "c" }, spec: { maxReplicas: 0, minReplicas: 5 } },
        422,
      ),
    ],
  },
  {
    name: "ingresses, policies and budgets",
    steps: [
      POST("/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", {
        metadata: { name: "i" },
        spec: {
          rules: [
            {
              host: "a.example.com",
              http: {
                paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }],
              },
            },
          ],
        },
      }),
      POST(
        "/apis/networking.k8s.io/v1/namespaces/{ns}/ingresses",
        {
          metadata: { name: "k" },
          spec: { rules: [{ http: { paths: [{ path: "x", backend: { service: { name: "s" } } }] } }] },
        },
        422,
      ),
      POST("/apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies", {
        metadata: { name: "n" },
        spec: {
          podSelector: {},
          ingress: [{ from: [{ podSelector: { matchLabels: { a: "b" } } }], ports: [{ port: 80 }] }],
        },
      }),
      POST("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {
        metadata: { name: "p" },
        spec: { minAvailable: 1, selector: { matchLabels: { a: "b" } } },
      }),
      { do: "GET /apis/networking.k8s.io/v1/namespaces/{ns}/ingresses", headers: TABLE, code: 200 },
      { do: "GET /apis/networking.k8s.io/v1/namespaces/{ns}/networkpolicies", headers: TABLE, code: 200 },
      { do: "GET /apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", headers: TABLE, code: 200 },
    ],
  },
  {
    name: "roles and bindings",
    steps: [
      POST("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", {
        metadata: { name: "r" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      }),
      POST(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles",
        { metadata: { name: "s" }, rules: [{ resources: ["pods"], verbs: [] }] },
        422,
      ),
      POST("/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
        metadata: { name: "b" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
        subjects: [
          { kind: "User", name: "u" },
          { kind: "ServiceAccount", name: "s", namespace: "{ns}" },
        ],
      }),
      {
        do: "PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings/b",
        body: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "other" } },
        headers: MERGE,
        code: 422,
      },
      { do: "GET /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", headers: TABLE, code: 200 },
      { do: "GET /apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", headers: TABLE, code: 200 },
    ],
  },
  {
    name: "claims, accounts, leases, quotas, ranges, templates, endpoints",
    steps: [
      POST(`${NS}/persistentvolumeclaims`, {
        metadata: { name: "v" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      }),
      POST(`${NS}/persistentvolumeclaims`, { metadata: { name: "w" }, spec: { accessModes: ["Sometimes"] } }, 422),
      POST(`${NS}/serviceaccounts`, { metadata: { name: "robot" } }),
      POST("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases", {
        metadata: { name: "l" },
        spec: { holderIdentity: "me", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.123456Z" },
      }),
      POST(
        "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
        { metadata: { name: "m" }, spec: { leaseDurationSeconds: -1 } },
        422,
      ),
      POST(`${NS}/resourcequotas`, { metadata: { name: "q" }, spec: { hard: { pods: "100" } } }),
      POST(`${NS}/limitranges`, {
        metadata: { name: "l" },
        spec: { limits: [{ type: "Container", max: { cpu: "4" } }] },
      }),
      POST(`${NS}/endpoints`, {
        metadata: { name: "e" },
        subsets: [{ addresses: [{ ip: "10.1.2.3" }], ports: [{ port: 80 }] }],
      }),
      POST("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {
        metadata: { name: "e" },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.1.2.3"] }],
        ports: [{ port: 80 }],
      }),
      { do: `GET ${NS}/persistentvolumeclaims`, headers: TABLE, code: 200 },
      { do: `GET ${NS}/serviceaccounts`, headers: TABLE, code: 200, ignoreBody: true },
      { do: "GET /apis/coordination.k8s.io/v1/namespaces/{ns}/leases", headers: TABLE, code: 200 },
      { do: `GET ${NS}/endpoints`, headers: TABLE, code: 200 },
      { do: "GET /apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", headers: TABLE, code: 200 },
    ],
  },
  {
    name: "events are one storage in two groups",
    steps: [
      POST(`${NS}/events`, {
        metadata: { name: "e1", namespace: "{ns}" },
        involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
        reason: "Started",
        message: "hello",
        type: "Normal",
        source: { component: "kubelet" },
        firstTimestamp: "2026-01-01T00:00:00Z",
        lastTimestamp: "2026-01-01T00:00:00Z",
        count: 2,
      }),
      { do: "GET /apis/events.k8s.io/v1/namespaces/{ns}/events/e1", code: 200, expect: { note: "hello" } },
      POST("/apis/events.k8s.io/v1/namespaces/{ns}/events", {
        metadata: { name: "e2" },
        eventTime: "2026-01-01T00:00:00.000001Z",
        reportingController: "example.com/x",
        reportingInstance: "i",
        action: "Do",
        reason: "Because",
        regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
        note: "hi",
        type: "Normal",
      }),
      { do: `GET ${NS}/events/e2`, code: 200, expect: { message: "hi" } },
      {
        do: `GET ${NS}/events?fieldSelector=involvedObject.name%3Dp,reason%3DStarted`,
        code: 200,
        expect: { "items.length": 1 },
      },
      { do: `GET ${NS}/events`, headers: TABLE, code: 200 },
    ],
  },
  {
    name: "namespaces and what they say of themselves",
    steps: [
      POST("/api/v1/namespaces", { metadata: { name: "{ns}-x", labels: { "kubernetes.io/metadata.name": "lie" } } }),
      { do: "GET /api/v1/namespaces/{ns}-x", code: 200, expect: { "status.phase": "Active" } },
      { do: "DELETE /api/v1/namespaces/default", code: 403 },
      { do: "POST /api/v1/namespaces/nope/configmaps", body: { metadata: { name: "a" } }, code: 404 },
      { do: "PATCH /api/v1/namespaces/{ns}-x", body: { metadata: { labels: { a: "b" } } }, headers: MERGE, code: 200 },
    ],
  },
];
