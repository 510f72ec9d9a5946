import { deployment, pod, service } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { get, inGroup, merge, NS, post } from "./steps.ts";

/** Escaped but for the case's own names. */
function encoded(selector: string): string {
  return encodeURIComponent(selector).replace("%7Bns%7D", "{ns}");
}

/** A list by a field, with how many it finds. */
function by(path: string, selector: string, found: number): Step {
  return get(`${path}?fieldSelector=${encoded(selector)}`, 200, { expect: { "items.length": found } });
}

function refused(path: string, selector: string): Step {
  return get(`${path}?fieldSelector=${encoded(selector)}`, 400);
}

const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } };
const jobTemplate = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };

/** Fields that lists of a kind may be narrowed by, and one that they may not. */
export const SELECTORS: readonly Case[] = [
  {
    name: "pods by where and how they run",
    steps: [
      post(
        `${NS}/pods`,
        pod("a", { nodeName: "n1", restartPolicy: "Never", schedulerName: "other", serviceAccountName: "robot" }),
      ),
      post(`${NS}/pods`, pod("b", { hostNetwork: true })),
      merge(`${NS}/pods/a/status`, { status: { phase: "Running", podIP: "10.1.2.3", podIPs: [{ ip: "10.1.2.3" }] } }),
      merge(`${NS}/pods/b/status`, { status: { nominatedNodeName: "n2" } }),
      by(`${NS}/pods`, "spec.nodeName=n1", 1),
      by(`${NS}/pods`, "spec.nodeName=", 1),
      by(`${NS}/pods`, "spec.restartPolicy=Never", 1),
      by(`${NS}/pods`, "spec.schedulerName=other", 1),
      by(`${NS}/pods`, "spec.serviceAccountName=robot", 1),
      by(`${NS}/pods`, "spec.hostNetwork=true", 1),
      by(`${NS}/pods`, "status.phase=Running", 1),
      by(`${NS}/pods`, "status.phase!=Running", 1),
      by(`${NS}/pods`, "status.podIP=10.1.2.3", 1),
      by(`${NS}/pods`, "status.podIPs=10.1.2.3", 0),
      by(`${NS}/pods`, "status.nominatedNodeName=n2", 1),
      by(`${NS}/pods`, "status.phase=Running,metadata.name=a,spec.nodeName!=n2", 1),
      refused(`${NS}/pods`, "status.reason=x"),
      refused(`${NS}/pods`, "metadata.labels.a=b"),
    ],
  },
  {
    name: "services by type and address",
    steps: [
      post(`${NS}/services`, service("a", { clusterIP: "None" })),
      post(`${NS}/services`, service("b", { type: "NodePort" })),
      by(`${NS}/services`, "spec.clusterIP=None", 1),
      by(`${NS}/services`, "spec.type=NodePort", 1),
      refused(`${NS}/services`, "spec.externalName=x"),
    ],
  },
  {
    name: "secrets by type",
    steps: [
      post(`${NS}/secrets`, { metadata: { name: "a" }, type: "example.com/x" }),
      post(`${NS}/secrets`, { metadata: { name: "b" } }),
      by(`${NS}/secrets`, "type=example.com/x", 1),
      by(`${NS}/secrets`, "type!=example.com/x", 1),
      refused(`${NS}/secrets`, "data.a=b"),
    ],
  },
  {
    name: "events by what they are about",
    steps: [
      post(`${NS}/events`, {
        metadata: { name: "a" },
        involvedObject: {
          kind: "Pod",
          name: "p",
          namespace: "{ns}",
          uid: "u",
          apiVersion: "v1",
          resourceVersion: "7",
          fieldPath: "spec",
        },
        reason: "R",
        type: "Warning",
        source: { component: "kubelet" },
        reportingComponent: "kubelet",
        reportingInstance: "n1",
      }),
      by(`${NS}/events`, "involvedObject.kind=Pod,involvedObject.name=p,involvedObject.namespace={ns}", 1),
      by(`${NS}/events`, "involvedObject.uid=u,involvedObject.apiVersion=v1", 1),
      by(`${NS}/events`, "involvedObject.resourceVersion=7,involvedObject.fieldPath=spec", 1),
      by(`${NS}/events`, "reason=R,type=Warning,source=kubelet,reportingComponent=kubelet", 1),
      by(`${NS}/events`, "reason=S", 0),
      by(`${inGroup("events.k8s.io/v1")}/events`, "regarding.name=p", 1),
      by(`${inGroup("events.k8s.io/v1")}/events`, "regarding.kind=Pod,reason=R", 1),
      refused(`${NS}/events`, "message=x"),
      refused(`${inGroup("events.k8s.io/v1")}/events`, "involvedObject.name=p"),
    ],
  },
  {
    name: "workloads by name, jobs and replica sets by what became of them",
    steps: [
      post(`${inGroup("apps/v1")}/deployments`, deployment("a")),
      by(`${inGroup("apps/v1")}/deployments`, "metadata.name=a", 1),
      refused(`${inGroup("apps/v1")}/deployments`, "spec.replicas=1"),
      post(`${inGroup("apps/v1")}/replicasets`, {
        metadata: { name: "a" },
        spec: { selector: { matchLabels: { app: "a" } }, template },
      }),
      refused(`${inGroup("apps/v1")}/replicasets`, "status.replicas=0"),
      post(`${inGroup("batch/v1")}/jobs`, { metadata: { name: "a" }, spec: { template: jobTemplate } }),
      by(`${inGroup("batch/v1")}/jobs`, "status.successful=0", 1),
      refused(`${inGroup("batch/v1")}/jobs`, "status.succeeded=0"),
      refused(`${inGroup("batch/v1")}/cronjobs`, "spec.suspend=true"),
      refused(`${inGroup("apps/v1")}/statefulsets`, "spec.serviceName=a"),
      refused(`${inGroup("apps/v1")}/daemonsets`, "status.x=a"),
      post(`${NS}/replicationcontrollers`, { metadata: { name: "a" }, spec: { selector: { app: "a" }, template } }),
      by(`${NS}/replicationcontrollers`, "status.replicas=0", 1),
    ],
  },
  {
    name: "objects of the cluster by their fields",
    steps: [
      get("/api/v1/namespaces?fieldSelector=metadata.name%3D{ns},status.phase%3DActive", 200, {
        expect: { "items.length": 1 },
      }),
      get("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue,metadata.name%3Dnone", 200, {
        expect: { "items.length": 0 },
      }),
      refused("/api/v1/nodes", "spec.podCIDR=x"),
      refused("/api/v1/namespaces", "spec.x=y"),
      refused("/api/v1/persistentvolumes", "spec.x=y"),
      refused("/apis/rbac.authorization.k8s.io/v1/clusterroles", "rules=x"),
      refused("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "spec.group=x"),
      refused("/apis/certificates.k8s.io/v1/certificatesigningrequests", "spec.x=y"),
      get("/apis/certificates.k8s.io/v1/certificatesigningrequests?fieldSelector=spec.signerName%3Dnone", 200, {
        expect: { "items.length": 0 },
      }),
    ],
  },
  {
    name: "every other kind by name only",
    steps: [
      `${NS}/configmaps`,
      `${NS}/serviceaccounts`,
      `${NS}/persistentvolumeclaims`,
      `${NS}/resourcequotas`,
      `${NS}/limitranges`,
      `${NS}/podtemplates`,
      `${inGroup("networking.k8s.io/v1")}/ingresses`,
      `${inGroup("networking.k8s.io/v1")}/networkpolicies`,
      `${inGroup("policy/v1")}/poddisruptionbudgets`,
      `${inGroup("rbac.authorization.k8s.io/v1")}/roles`,
      `${inGroup("rbac.authorization.k8s.io/v1")}/rolebindings`,
      `${inGroup("autoscaling/v2")}/horizontalpodautoscalers`,
      `${inGroup("autoscaling/v1")}/horizontalpodautoscalers`,
      `${inGroup("coordination.k8s.io/v1")}/leases`,
      `${inGroup("discovery.k8s.io/v1")}/endpointslices`,
      "/apis/storage.k8s.io/v1/storageclasses",
      "/apis/scheduling.k8s.io/v1/priorityclasses",
      "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    ].map((path) => refused(path, "spec.nothing=x")),
  },
  {
    name: "selectors that are none",
    steps: [
      refused(`${NS}/pods`, "=x"),
      refused(`${NS}/pods`, "a"),
      refused(`${NS}/pods`, "metadata.name>x"),
      get(`${NS}/pods?fieldSelector=`, 200),
      get(`${NS}/pods?labelSelector=`, 200),
      get(`${NS}/pods?labelSelector=a%20in%20()`, 200),
      ...["a in", "a in (", "!", "a=b c", "a>b", "a>1,b<2,!c", "-a", "a=-", "a notin (b,c),d", "a==b,c!=d,e"].map(
        (selector) => ({
          do: `GET ${NS}/pods?labelSelector=${encoded(selector)}`,
          code: ["a>1,b<2,!c", "a notin (b,c),d", "a==b,c!=d,e"].includes(selector) ? 200 : 400,
        }),
      ),
    ],
  },
];
