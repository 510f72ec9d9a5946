import { configMap, deployment, pod, service } from "../objects.ts";
import { APPLY, MERGE, TABLE, type Case } from "../types.ts";
import { apply, get, inGroup, jsonPatch, merge, NS, post, put, remove, strategic, table } from "./steps.ts";

const DEPLOYMENTS = `${inGroup("apps/v1")}/deployments`;
const CONFIG_MAPS = `${NS}/configmaps`;
const gated = { finalizers: ["example.com/hold"] };

/** What may be written beside a path: options, preconditions, headers, and what is said when they make no sense. */
export const REQUESTS: readonly Case[] = [
  {
    name: "dryRun has one value",
    steps: [
      post(`${CONFIG_MAPS}?dryRun=Some`, configMap("a"), 422),
      post(`${CONFIG_MAPS}?dryRun=All&dryRun=All`, configMap("a")),
      post(`${CONFIG_MAPS}?dryRun=`, configMap("a"), 422),
      post(CONFIG_MAPS, configMap("a")),
      put(`${CONFIG_MAPS}/a?dryRun=Some`, configMap("a"), 422),
      remove(`${CONFIG_MAPS}/a?dryRun=Some`, 422),
    ],
  },
  {
    name: "fieldValidation has three values",
    steps: [
      post(`${CONFIG_MAPS}?fieldValidation=Loose`, configMap("a"), 422),
      post(CONFIG_MAPS, configMap("a")),
      { do: `PATCH ${CONFIG_MAPS}/a?fieldValidation=Loose`, body: {}, headers: MERGE, code: 422 },
    ],
  },
  {
    name: "field managers are printable and short",
    steps: [
      post(`${CONFIG_MAPS}?fieldManager=${"x".repeat(129)}`, configMap("a"), 422),
      post(`${CONFIG_MAPS}?fieldManager=a%0Ab`, configMap("a"), 422),
      post(`${CONFIG_MAPS}?fieldManager=someone`, configMap("a")),
      put(`${CONFIG_MAPS}/a?fieldManager=${"x".repeat(129)}`, configMap("a"), 422),
    ],
  },
  {
    name: "apply needs a manager, and force is only for apply",
    steps: [
      { do: `PATCH ${CONFIG_MAPS}/a`, body: configMap("a"), headers: APPLY, code: 422 },
      post(CONFIG_MAPS, configMap("a")),
      { do: `PATCH ${CONFIG_MAPS}/a?force=true`, body: { data: { x: "y" } }, headers: MERGE, code: 422 },
      apply(`${CONFIG_MAPS}/a`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" } }, 400),
      apply(`${CONFIG_MAPS}/a`, { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } }, 400),
      apply(`${CONFIG_MAPS}/a`, { kind: "ConfigMap", metadata: { name: "a" } }, 400),
      apply(`${CONFIG_MAPS}/a`, { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }, 400),
      apply(
        `${CONFIG_MAPS}/a`,
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", managedFields: [{}] } },
        400,
      ),
      apply(
        `${CONFIG_MAPS}/a`,
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "other" } },
        400,
      ),
      apply(
        `${CONFIG_MAPS}/a`,
        { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", resourceVersion: "1" } },
        409,
      ),
    ],
  },
  {
    name: "options of a deletion come in its body or in the URL",
    steps: [
      post(CONFIG_MAPS, configMap("a", {}, gated)),
      { do: `DELETE ${CONFIG_MAPS}/a`, body: { propagationPolicy: "Sometimes" }, code: 422 },
      { do: `DELETE ${CONFIG_MAPS}/a?propagationPolicy=Sometimes`, code: 422 },
      { do: `DELETE ${CONFIG_MAPS}/a`, body: { orphanDependents: true, propagationPolicy: "Orphan" }, code: 422 },
      {
        do: `DELETE ${CONFIG_MAPS}/a`,
        body: { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: "nope" } },
        code: 409,
      },
      { do: `DELETE ${CONFIG_MAPS}/a`, body: { preconditions: { resourceVersion: "1" } }, code: 409 },
      { do: `DELETE ${CONFIG_MAPS}/a`, body: { dryRun: ["All"] }, code: 200 },
      { do: `DELETE ${CONFIG_MAPS}/a`, body: { gracePeriodSeconds: 5 }, code: 200 },
      { do: `DELETE ${CONFIG_MAPS}/a`, body: { kind: "Pod", apiVersion: "v1" }, code: 400 },
      merge(`${CONFIG_MAPS}/a`, { metadata: { finalizers: null } }),
      get(`${CONFIG_MAPS}/a`, 404),
      remove(`${CONFIG_MAPS}/a`, 404),
    ],
  },
  {
    name: "orphanDependents is the old form of Orphan",
    steps: [
      post(CONFIG_MAPS, configMap("a", {}, gated)),
      { do: `DELETE ${CONFIG_MAPS}/a`, body: { orphanDependents: true }, code: 200 },
      get(`${CONFIG_MAPS}/a`),
    ],
  },
  {
    name: "a deleted object keeps its finalizers and takes no new ones",
    steps: [
      post(CONFIG_MAPS, configMap("a", {}, gated)),
      remove(`${CONFIG_MAPS}/a`),
      merge(`${CONFIG_MAPS}/a`, { metadata: { finalizers: ["example.com/hold", "example.com/more"] } }, 422),
      merge(`${CONFIG_MAPS}/a`, { data: { still: "writable" } }),
      merge(`${CONFIG_MAPS}/a`, { metadata: { deletionTimestamp: null } }),
      remove(`${CONFIG_MAPS}/a`),
      post(CONFIG_MAPS, configMap("a"), 409),
    ],
  },
  {
    name: "deletions in the foreground or of orphans are seen in the finalizers",
    steps: [
      post(DEPLOYMENTS, deployment("a", {}, gated)),
      remove(`${DEPLOYMENTS}/a?propagationPolicy=Foreground`),
      get(`${DEPLOYMENTS}/a`),
      post(DEPLOYMENTS, deployment("b", {}, gated)),
      remove(`${DEPLOYMENTS}/b?propagationPolicy=Orphan`),
      remove(`${DEPLOYMENTS}/b?propagationPolicy=Background`),
    ],
  },
  {
    name: "raw deletions of Jobs leave their pods, and say so",
    steps: [
      post(`${inGroup("batch/v1")}/jobs`, {
        metadata: { name: "a", ...gated },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
      }),
      remove(`${inGroup("batch/v1")}/jobs/a`),
    ],
  },
  {
    name: "graceful deletion of pods",
    steps: [
      post(`${NS}/pods`, pod("a", { nodeName: "n1" })),
      remove(`${NS}/pods/a?gracePeriodSeconds=10`),
      remove(`${NS}/pods/a?gracePeriodSeconds=20`),
      get(`${NS}/pods/a`),
      remove(`${NS}/pods/a?gracePeriodSeconds=5`),
      remove(`${NS}/pods/a?gracePeriodSeconds=0`),
      get(`${NS}/pods/a`, 404),
      post(`${NS}/pods`, pod("b", { nodeName: "n1", terminationGracePeriodSeconds: 7 })),
      remove(`${NS}/pods/b`),
      post(`${NS}/pods`, pod("c", { nodeName: "n1" })),
      remove(`${NS}/pods/c?gracePeriodSeconds=-1`),
    ],
  },
  {
    name: "collections are deleted by selectors and limits",
    steps: [
      post(CONFIG_MAPS, configMap("a", {}, { labels: { x: "1" } })),
      post(CONFIG_MAPS, configMap("b", {}, { labels: { x: "1" } })),
      post(CONFIG_MAPS, configMap("c", {}, { labels: { x: "2" }, ...gated })),
      remove(`${CONFIG_MAPS}?labelSelector=x%3D1&dryRun=All`),
      remove(`${CONFIG_MAPS}?labelSelector=x%3D1`),
      get(CONFIG_MAPS, 200, { expect: { "items.length": 1 } }),
      remove(`${CONFIG_MAPS}?fieldSelector=metadata.name%3Dnone`),
      remove(`${CONFIG_MAPS}?labelSelector=x%3D%3D%3D`, 400),
      remove(CONFIG_MAPS),
      get(CONFIG_MAPS),
    ],
  },
  {
    name: "verbs that a path doesn't have",
    steps: [
      post(`${CONFIG_MAPS}/a`, configMap("a"), 405),
      put(CONFIG_MAPS, configMap("a"), 405),
      { do: `PATCH ${CONFIG_MAPS}`, body: {}, headers: MERGE, code: 405 },
      { do: "DELETE /api/v1/configmaps", code: 405 },
      post("/api/v1/configmaps", configMap("a"), 405),
      post("/api/v1/componentstatuses", {}, 405),
      remove("/api/v1/namespaces", 405),
      get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 405),
      get("/apis/apps/v1/nonsense", 404),
      get("/apis/nonsense.example.com/v1/things", 404),
      get(`${NS}/pods/a/nonsense`, 404),
      get("/api/v2/pods", 404),
      get("/nonsense", 404),
    ],
  },
  {
    name: "bodies in other media types",
    steps: [
      post(CONFIG_MAPS, configMap("a"), 415, { headers: { "content-type": "text/plain" } }),
      post(CONFIG_MAPS, configMap("a"), 415, { headers: { "content-type": "application/xml" } }),
      { do: `PATCH ${CONFIG_MAPS}/a`, body: {}, headers: { "content-type": "application/json" }, code: 415 },
      { do: `GET ${CONFIG_MAPS}`, headers: { accept: "text/html" }, code: 406 },
      { do: `GET ${CONFIG_MAPS}`, headers: { accept: "application/*" }, code: 406 },
      { do: `GET ${CONFIG_MAPS}`, headers: { accept: "application/json;as=Nonsense;g=meta.k8s.io;v=v1" }, code: 406 },
      { do: `GET ${CONFIG_MAPS}`, headers: { accept: "application/json;as=Table;g=meta.k8s.io;v=v1beta1" }, code: 200 },
      { do: `GET ${CONFIG_MAPS}`, headers: { accept: "application/yaml" }, code: 200, ignoreBody: true },
    ],
  },
  {
    name: "bodies that are no object of the kind",
    steps: [
      { do: `POST ${CONFIG_MAPS}`, raw: "", code: 400 },
      { do: `POST ${CONFIG_MAPS}`, raw: "{", code: 400 },
      { do: `POST ${CONFIG_MAPS}`, raw: "[]", code: 400 },
      { do: `POST ${CONFIG_MAPS}`, raw: "null", code: 422 },
      { do: `POST ${CONFIG_MAPS}`, raw: '"text"', code: 400 },
      { do: `POST ${CONFIG_MAPS}`, raw: "{}", code: 422 },
      post(CONFIG_MAPS, { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }, 400),
      post(CONFIG_MAPS, { apiVersion: "v1", kind: "Nonsense", metadata: { name: "a" } }, 400),
      post(CONFIG_MAPS, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } }, 400),
      post(CONFIG_MAPS, { metadata: { name: "a" }, data: { a: 1 } }, 400),
      post(CONFIG_MAPS, { metadata: { name: "a", labels: { a: true } } }, 400),
      post(CONFIG_MAPS, { metadata: { name: "a", labels: [] } }, 400),
      post(CONFIG_MAPS, { metadata: "a" }, 400),
      post(CONFIG_MAPS, { metadata: { name: 5 } }, 400),
      post(DEPLOYMENTS, deployment("a", { replicas: "3" }), 400),
      post(DEPLOYMENTS, deployment("a", { replicas: 1.5 }), 400),
      post(DEPLOYMENTS, deployment("a", { replicas: 99999999999 }), 400),
      post(DEPLOYMENTS, deployment("a", { paused: "yes" }), 400),
      post(DEPLOYMENTS, deployment("a", { strategy: [] }), 400),
      post(`${NS}/pods`, pod("a", { containers: {} }), 400),
      post(`${NS}/pods`, pod("a", { activeDeadlineSeconds: "1" }), 400),
      post(`${NS}/secrets`, { metadata: { name: "a" }, data: { a: "not base64!" } }, 400),
      post(`${NS}/services`, service("a", { ports: [{ port: "80" }] }), 400),
      post(`${NS}/events`, { metadata: { name: "a" }, firstTimestamp: "yesterday" }, 400),
    ],
  },
  {
    name: "patches that are no patch",
    steps: [
      post(CONFIG_MAPS, configMap("a")),
      { do: `PATCH ${CONFIG_MAPS}/a`, raw: "{", headers: MERGE, code: 400 },
      { do: `PATCH ${CONFIG_MAPS}/a`, raw: "[]", headers: MERGE, code: 400 },
      { do: `PATCH ${CONFIG_MAPS}/a`, raw: '"x"', headers: MERGE, code: 400 },
      merge(`${CONFIG_MAPS}/a`, { data: { a: 5 } }, 422),
      merge(`${CONFIG_MAPS}/a`, { data: "text" }, 422),
      strategic(`${CONFIG_MAPS}/a`, { data: ["x"] }, 422),
      strategic(`${CONFIG_MAPS}/a`, { data: { $patch: "nonsense" } }, 500),
      jsonPatch(`${CONFIG_MAPS}/a`, {}, 400),
      jsonPatch(`${CONFIG_MAPS}/a`, [{ op: "nonsense", path: "/data" }], 422),
      jsonPatch(`${CONFIG_MAPS}/a`, [{ op: "replace", path: "/data/none", value: "x" }]),
      jsonPatch(`${CONFIG_MAPS}/a`, [{ op: "test", path: "/data/a", value: "2" }], 422),
      jsonPatch(`${CONFIG_MAPS}/a`, [{ op: "remove", path: "/nothing/at/all" }], 422),
      jsonPatch(`${CONFIG_MAPS}/a`, [{ op: "replace", path: "/metadata/name", value: "b" }], 400),
      merge(`${CONFIG_MAPS}/a`, { metadata: { name: "b" } }, 400),
      merge(`${CONFIG_MAPS}/a`, { metadata: { namespace: "b" } }, 400),
      merge(`${CONFIG_MAPS}/a`, { metadata: { uid: "b" } }, 422),
      merge(`${CONFIG_MAPS}/a`, { metadata: { resourceVersion: "1" } }, 409),
      merge(`${CONFIG_MAPS}/a`, { kind: "Pod" }, 422),
      merge(`${CONFIG_MAPS}/a`, { apiVersion: "v3" }, 422),
      merge(`${CONFIG_MAPS}/none`, {}, 404),
      jsonPatch(`${CONFIG_MAPS}/none`, [], 404),
    ],
  },
  {
    name: "system fields are not to be changed",
    steps: [
      post(CONFIG_MAPS, configMap("a")),
      merge(`${CONFIG_MAPS}/a`, { metadata: { creationTimestamp: "2020-01-01T00:00:00Z" } }),
      merge(`${CONFIG_MAPS}/a`, { metadata: { generation: 7, selfLink: "/x", deletionGracePeriodSeconds: 5 } }, 422),
      merge(`${CONFIG_MAPS}/a`, { metadata: { managedFields: [{ manager: "x", operation: "Nonsense" }] } }),
      merge(`${CONFIG_MAPS}/a`, { metadata: { managedFields: [{}] } }),
      merge(`${CONFIG_MAPS}/a`, { metadata: { generateName: "x" } }),
    ],
  },
  {
    name: "labels, annotations and finalizers have a form",
    steps: [
      post(CONFIG_MAPS, configMap("a", {}, { labels: { "a b": "c" } }), 422),
      post(CONFIG_MAPS, configMap("a", {}, { labels: { a: "b c" } }), 422),
      post(CONFIG_MAPS, configMap("a", {}, { labels: { a: "x".repeat(64) } }), 422),
      post(CONFIG_MAPS, configMap("a", {}, { labels: { "-x/y": "" } }), 422),
      post(CONFIG_MAPS, configMap("a", {}, { annotations: { "a b": "c" } }), 422),
      post(CONFIG_MAPS, configMap("a", {}, { annotations: { UPPER: "c" } })),
      post(CONFIG_MAPS, configMap("b", {}, { finalizers: ["nonsense"] }), 422),
      post(CONFIG_MAPS, configMap("b", {}, { finalizers: ["a/b/c"] }), 422),
      post(CONFIG_MAPS, configMap("b", {}, { ownerReferences: [{ kind: "X" }] }), 422),
      post(
        CONFIG_MAPS,
        configMap("b", {}, { ownerReferences: [{ apiVersion: "v1", kind: "Event", name: "x", uid: "u" }] }),
        422,
      ),
      post(
        CONFIG_MAPS,
        configMap(
          "b",
          {},
          {
            ownerReferences: [
              { apiVersion: "v1", kind: "Pod", name: "x", uid: "u", controller: true },
              { apiVersion: "v1", kind: "Pod", name: "y", uid: "v", controller: true },
            ],
          },
        ),
        422,
      ),
      post(CONFIG_MAPS, configMap("b", {}, { annotations: { a: "x".repeat(262_145) } }), 422),
    ],
  },
  {
    name: "one object asked for in other forms",
    steps: [
      post(CONFIG_MAPS, configMap("a")),
      get(`${CONFIG_MAPS}/a?pretty=true`),
      get(`${CONFIG_MAPS}/a?resourceVersion=0`),
      get(`${CONFIG_MAPS}/a?resourceVersion=nonsense`, 500),
      table(`${CONFIG_MAPS}/a`),
      get(`${CONFIG_MAPS}/none`, 404),
      { do: `GET ${CONFIG_MAPS}/none`, headers: TABLE, code: 404 },
      get(`${CONFIG_MAPS}/UPPER`, 404),
      get("/api/v1/namespaces/none/configmaps/a", 404),
      get("/api/v1/namespaces/none/configmaps"),
    ],
  },
  {
    name: "replacing needs a name, and makes only what may be made so",
    steps: [
      put(`${CONFIG_MAPS}/none`, configMap("none"), 404),
      put(`${CONFIG_MAPS}/a`, { apiVersion: "v1", kind: "ConfigMap", metadata: {} }, 400),
      put(
        `${inGroup("coordination.k8s.io/v1")}/leases/l`,
        { metadata: { name: "l" }, spec: { holderIdentity: "me" } },
        201,
      ),
      put(
        `${inGroup("coordination.k8s.io/v1")}/leases/l`,
        { metadata: { name: "l" }, spec: { holderIdentity: "you" } },
        422,
      ),
      put(`${NS}/services/made`, service("made"), 201),
      put(`${NS}/services/made`, service("made", { ports: [{ port: 81 }] })),
      put(`${inGroup("rbac.authorization.k8s.io/v1")}/roles/made`, { metadata: { name: "made" }, rules: [] }, 201),
      put(`${DEPLOYMENTS}/none`, deployment("none"), 404),
      put(`${NS}/endpoints/made`, { metadata: { name: "made" } }, 201),
    ],
  },
  {
    name: "generated names, and names that are both",
    steps: [
      post(CONFIG_MAPS, { metadata: { generateName: "x-", name: "given" } }),
      post(CONFIG_MAPS, { metadata: { generateName: "X_" } }, 422, { ignoreBody: true }),
      post(CONFIG_MAPS, { metadata: { generateName: "x-" } }),
      post(`${CONFIG_MAPS}?dryRun=All`, { metadata: { generateName: "x-" } }),
    ],
  },
  {
    name: "warnings of what is accepted",
    steps: [
      post(`${NS}/pods`, pod("a", { nodeSelector: { "beta.kubernetes.io/os": "linux" } })),
      post(`${NS}/pods`, pod("b", { imagePullSecrets: [{ name: "x" }, { name: "x" }, {}] })),
      post(`${NS}/pods`, pod("c", { hostAliases: [{ ip: "1.2.3.4" }, { ip: "1.2.3.4" }] })),
      post(
        `${NS}/pods`,
        pod("d", {
          containers: [
            {
              name: "c",
              image: "i",
              env: [
                { name: "A", value: "1" },
                { name: "A", value: "2" },
              ],
            },
          ],
        }),
      ),
      post(
        `${NS}/pods`,
        pod("e", { containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }, { containerPort: 80 }] }] }),
      ),
      post(
        `${NS}/pods`,
        pod("f", { containers: [{ name: "c", image: "i", resources: { limits: { memory: "100m" } } }] }),
      ),
      post(`${NS}/pods`, pod("g", { terminationGracePeriodSeconds: -5 })),
      post(`${NS}/pods`, pod("h.i")),
      post(
        `${NS}/pods`,
        pod("j", {
          topologySpreadConstraints: [
            { maxSkew: 1, topologyKey: "failure-domain.beta.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
          ],
        }),
      ),
      post(
        `${NS}/pods`,
        pod(
          "k",
          {},
          {
            annotations: {
              "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
              "scheduler.alpha.kubernetes.io/critical-pod": "",
            },
          },
        ),
      ),
      post(
        `${NS}/pods`,
        pod("l", {
          affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "x" }] } },
        }),
      ),
      post(`${NS}/pods`, pod("m", { volumes: [{ name: "v", gitRepo: { repository: "x" } }] })),
      post(DEPLOYMENTS, deployment("a.b")),
      post(`${inGroup("networking.k8s.io/v1")}/ingresses`, {
        metadata: { name: "a", annotations: { "kubernetes.io/ingress.class": "nginx" } },
        spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
      }),
      post(`${NS}/persistentvolumeclaims`, {
        metadata: { name: "a", annotations: { "volume.beta.kubernetes.io/storage-class": "x" } },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1500m" } } },
      }),
      post(`${NS}/serviceaccounts`, {
        metadata: { name: "a", annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } },
      }),
      post(`${NS}/services`, service("a", { clusterIP: "None", sessionAffinity: "ClientIP" })),
      post(`${NS}/services`, service("b", { externalName: "x.example.com" })),
      post(`${inGroup("batch/v1")}/cronjobs`, {
        metadata: { name: "a" },
        spec: {
          schedule: "* * * * *",
          jobTemplate: {
            spec: {
              template: {
                spec: {
                  restartPolicy: "Never",
                  containers: [{ name: "c", image: "i" }],
                  nodeSelector: { "beta.kubernetes.io/arch": "x" },
                },
              },
            },
          },
        },
      }),
      {
        do: `PATCH ${DEPLOYMENTS}/a.b`,
        body: { spec: { template: { spec: { nodeSelector: { "beta.kubernetes.io/os": "x" } } } } },
        headers: MERGE,
        code: 200,
      },
      { do: `PATCH ${DEPLOYMENTS}/a.b`, body: { metadata: { labels: { x: "y" } } }, headers: MERGE, code: 200 },
    ],
  },
  {
    name: "a DaemonSet's template generation follows its template",
    steps: [
      post(`${inGroup("apps/v1")}/daemonsets`, {
        metadata: { name: "a" },
        spec: {
          selector: { matchLabels: { app: "a" } },
          template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } },
        },
      }),
      strategic(`${inGroup("apps/v1")}/daemonsets/a`, {
        spec: { template: { spec: { containers: [{ name: "c", image: "j" }] } } },
      }),
      merge(`${inGroup("apps/v1")}/daemonsets/a`, { spec: { minReadySeconds: 5 } }),
      merge(`${inGroup("apps/v1")}/daemonsets/a`, { metadata: { annotations: { x: "y" } } }),
    ],
  },
];
