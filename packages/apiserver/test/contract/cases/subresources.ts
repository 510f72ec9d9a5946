import { deployment, pod } from "../objects.ts";
import { type Case } from "../types.ts";
import { apply, get, inGroup, jsonPatch, merge, NS, post, put, remove, strategic } from "./steps.ts";

const PODS = `${NS}/pods`;
const DEPLOYMENTS = `${inGroup("apps/v1")}/deployments`;
const binding = (node: string): object => ({ metadata: { name: "a" }, target: { kind: "Node", name: node } });
const sized = (cpu: string): object => ({
  containers: [{ name: "main", image: "busybox:1", resources: { requests: { cpu } } }],
});

/** What stands behind a further slash. */
export const SUBRESOURCES: readonly Case[] = [
  {
    name: "a pod is bound to a node once",
    steps: [
      post(PODS, pod("a")),
      post(`${PODS}/a/binding`, binding("n1")),
      get(`${PODS}/a`),
      post(`${PODS}/a/binding`, binding("n2"), 409),
      post(`${PODS}/none/binding`, { ...binding("n2"), metadata: { name: "none" } }, 404),
      post(`${PODS}/a/binding`, { metadata: { name: "a" }, target: {} }, 500),
      get(`${PODS}/a/binding`, 405),
    ],
  },
  {
    name: "ephemeral containers are added and not taken away",
    steps: [
      post(PODS, pod("a")),
      strategic(`${PODS}/a/ephemeralcontainers`, {
        spec: { ephemeralContainers: [{ name: "dbg", image: "busybox" }] },
      }),
      get(`${PODS}/a/ephemeralcontainers`),
      strategic(
        `${PODS}/a/ephemeralcontainers`,
        { spec: { ephemeralContainers: [{ name: "dbg", image: "other" }] } },
        422,
      ),
      strategic(
        `${PODS}/a/ephemeralcontainers`,
        { spec: { ephemeralContainers: [{ name: "main", image: "busybox" }] } },
        422,
      ),
      strategic(`${PODS}/a`, { spec: { ephemeralContainers: [{ name: "two", image: "busybox" }] } }, 422),
      post(PODS, pod("b", { ephemeralContainers: [{ name: "x", image: "i" }] }), 422),
    ],
  },
  {
    name: "resources of a running pod are changed through resize",
    steps: [
      post(PODS, pod("a", sized("100m"))),
      strategic(`${PODS}/a/resize`, {
        spec: { containers: [{ name: "main", resources: { requests: { cpu: "200m" } } }] },
      }),
      strategic(`${PODS}/a/resize`, { spec: { containers: [{ name: "main", image: "other" }] } }),
      strategic(
        `${PODS}/a`,
        { spec: { containers: [{ name: "main", resources: { requests: { cpu: "300m" } } }] } },
        422,
      ),
    ],
  },
  {
    name: "what a pod's update may change",
    steps: [
      post(PODS, pod("a", { activeDeadlineSeconds: 100, tolerations: [{ key: "x", operator: "Exists" }] })),
      strategic(`${PODS}/a`, { spec: { containers: [{ name: "main", image: "busybox:2" }] } }),
      merge(`${PODS}/a`, { spec: { activeDeadlineSeconds: 50 } }),
      merge(`${PODS}/a`, { spec: { activeDeadlineSeconds: 500 } }, 422),
      merge(`${PODS}/a`, { spec: { activeDeadlineSeconds: null } }, 422),
      merge(`${PODS}/a`, { spec: { restartPolicy: "Never" } }, 422),
      merge(`${PODS}/a`, { spec: { nodeName: "n1" } }, 422),
      merge(`${PODS}/a`, { spec: { schedulingGates: [{ name: "example.com/x" }] } }, 422),
      jsonPatch(`${PODS}/a`, [{ op: "remove", path: "/spec/tolerations/0" }], 422),
      strategic(`${PODS}/a`, { spec: { containers: [{ name: "more", image: "x" }] } }, 422),
    ],
  },
  {
    name: "scheduling gates are only taken away",
    steps: [
      post(PODS, pod("a", { schedulingGates: [{ name: "example.com/x" }, { name: "example.com/y" }] })),
      merge(`${PODS}/a`, { spec: { schedulingGates: [{ name: "example.com/y" }] } }),
      merge(`${PODS}/a`, { spec: { schedulingGates: [{ name: "example.com/z" }] } }, 422),
      post(`${PODS}/a/binding`, binding("n1"), 409),
      merge(`${PODS}/a`, { spec: { schedulingGates: null } }),
      get(`${PODS}/a`),
    ],
  },
  {
    name: "an eviction is a deletion that a budget may refuse",
    steps: [
      post(PODS, pod("a", {}, { labels: { app: "a" } })),
      post(`${PODS}/a/eviction`, { metadata: { name: "a" }, deleteOptions: { dryRun: ["All"] } }),
      post(`${PODS}/a/eviction`, { metadata: { name: "b" } }, 400),
      post(`${PODS}/none/eviction`, { metadata: { name: "none" } }, 404),
      post(`${PODS}/a/eviction`, { metadata: { name: "a" } }),
      get(`${PODS}/a`, 404),
    ],
  },
  {
    name: "a budget that allows none refuses",
    steps: [
      post(PODS, pod("a", { nodeName: "n1" }, { labels: { app: "a" } })),
      merge(`${PODS}/a/status`, { status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] } }),
      post(`${inGroup("policy/v1")}/poddisruptionbudgets`, {
        metadata: { name: "a" },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "a" } } },
      }),
      merge(`${inGroup("policy/v1")}/poddisruptionbudgets/a/status`, {
        status: { observedGeneration: 1, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, disruptionsAllowed: 0 },
      }),
      post(`${PODS}/a/eviction`, { metadata: { name: "a" } }, 429),
      merge(`${inGroup("policy/v1")}/poddisruptionbudgets/a/status`, { status: { disruptionsAllowed: 1 } }),
      post(`${PODS}/a/eviction`, { metadata: { name: "a" } }),
      get(`${inGroup("policy/v1")}/poddisruptionbudgets/a`, 200, { ignoreBody: true }),
    ],
  },
  {
    name: "streams of pods that nobody runs",
    steps: [
      post(
        PODS,
        pod("a", {
          containers: [
            { name: "x", image: "i" },
            { name: "y", image: "i" },
          ],
        }),
      ),
      get(`${PODS}/a/log`, 400),
      get(`${PODS}/a/log?container=z`, 400),
      get(`${PODS}/a/log?container=x`, 204),
      get(`${PODS}/none/log`, 404),
      get(`${PODS}/a/log?container=x&tailLines=-1`, 422),
      get(`${PODS}/a/log?container=x&limitBytes=0`, 422),
      get(`${PODS}/a/log?container=x&sinceSeconds=0`, 422),
      get(`${PODS}/a/log?container=x&sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z`, 422),
      post(`${PODS}/a/exec?command=ls`, {}, 400),
      post(`${PODS}/a/exec?container=x&command=ls`, {}, 400),
      post(`${PODS}/a/exec?container=z&command=ls`, {}, 400),
      post(`${PODS}/none/exec?command=ls`, {}, 404),
      post(`${PODS}/a/attach?container=x`, {}, 400),
      post(`${PODS}/a/portforward`, {}, 400),
      put(`${PODS}/a/exec`, {}, 405),
    ],
  },
  {
    name: "a Scale is read and written for every kind that has one",
    steps: [
      post(DEPLOYMENTS, deployment("a", { replicas: 2 })),
      get(`${DEPLOYMENTS}/a/scale`),
      put(`${DEPLOYMENTS}/a/scale`, { metadata: { name: "a" }, spec: { replicas: 3 } }),
      put(`${DEPLOYMENTS}/a/scale`, { metadata: { name: "a", resourceVersion: "1" }, spec: { replicas: 3 } }, 409),
      merge(`${DEPLOYMENTS}/a/scale`, { spec: { replicas: -1 } }, 422),
      merge(`${DEPLOYMENTS}/a/scale`, { spec: { replicas: "x" } }, 422),
      merge(`${DEPLOYMENTS}/a/scale`, { spec: { replicas: 1 } }),
      apply(
        `${DEPLOYMENTS}/a/scale`,
        { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 4 } },
        409,
      ),
      apply(
        `${DEPLOYMENTS}/a/scale`,
        { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a" }, spec: { replicas: 4 } },
        200,
        "b",
        "&force=true",
      ),
      get(`${DEPLOYMENTS}/a`),
      get(`${DEPLOYMENTS}/none/scale`, 404),
      remove(`${DEPLOYMENTS}/a/scale`, 405),
      get(`${NS}/configmaps/a/scale`, 404),
    ],
  },
  {
    name: "status has its own writers",
    steps: [
      post(DEPLOYMENTS, deployment("a", {}, {})),
      put(`${DEPLOYMENTS}/a/status`, {
        ...deployment("a", { replicas: 9 }),
        status: { replicas: 1, observedGeneration: 1 },
      }),
      merge(`${DEPLOYMENTS}/a`, { status: { replicas: 7 } }),
      merge(`${DEPLOYMENTS}/a/status`, { metadata: { labels: { x: "y" }, annotations: { x: "y" } } }),
      merge(`${DEPLOYMENTS}/a/status`, { status: { replicas: "1" } }, 422),
      merge(`${DEPLOYMENTS}/a/status`, {
        status: { conditions: [{ type: "Available", status: "True", lastUpdateTime: "2026-01-01T00:00:00Z" }] },
      }),
      apply(
        `${DEPLOYMENTS}/a/status`,
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          status: { readyReplicas: 1, replicas: 1 },
        },
        200,
        "m",
      ),
      get(`${DEPLOYMENTS}/a/status`),
      remove(`${DEPLOYMENTS}/a/status`, 405),
      get(`${NS}/configmaps/a/status`, 404),
    ],
  },
  {
    name: "a namespace is finalized through its subresource",
    steps: [
      post("/api/v1/namespaces", { metadata: { name: "{ns}-f" } }),
      put("/api/v1/namespaces/{ns}-f/finalize", {
        metadata: { name: "{ns}-f" },
        spec: { finalizers: ["kubernetes", "example.com/x"] },
      }),
      merge("/api/v1/namespaces/{ns}-f", { spec: { finalizers: [] } }),
      get("/api/v1/namespaces/{ns}-f"),
      put("/api/v1/namespaces/{ns}-f/finalize", { metadata: { name: "{ns}-f" }, spec: {} }),
    ],
  },
  {
    name: "tokens of accounts are asked for",
    steps: [
      post(`${NS}/serviceaccounts`, { metadata: { name: "a" } }),
      post(`${NS}/serviceaccounts/a/token`, { spec: { audiences: ["x"], expirationSeconds: 5 } }, 422),
      post(
        `${NS}/serviceaccounts/a/token`,
        { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "none" } } },
        404,
      ),
      post(
        `${NS}/serviceaccounts/a/token`,
        { spec: { boundObjectRef: { kind: "Deployment", apiVersion: "apps/v1", name: "none" } } },
        400,
      ),
      post(`${NS}/serviceaccounts/none/token`, { spec: {} }, 404),
      get(`${NS}/serviceaccounts/a/token`, 405),
    ],
  },
];
