import { cloneJson, isJsonObject, jsonEqual, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";

/** What status a fresh object of a kind has: the zero values that Go writes. */
const ZERO_STATUS: Readonly<Record<string, JsonObject>> = {
  "apps/Deployment": {},
  "apps/DaemonSet": { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  "apps/ReplicaSet": { replicas: 0 },
  "apps/StatefulSet": { replicas: 0, availableReplicas: 0 },
  "/ReplicationController": { replicas: 0 },
  "/Namespace": { phase: "Active" },
  "/Node": { daemonEndpoints: { kubeletEndpoint: { Port: 0 } }, nodeInfo: zeroNodeInfo() },
  "/PersistentVolume": { phase: "Pending" },
  "/PersistentVolumeClaim": { phase: "Pending" },
  "/ResourceQuota": {},
  "/Service": { loadBalancer: {} },
  "batch/Job": {},
  "batch/CronJob": {},
  "networking.k8s.io/ServiceCIDR": {},
  "networking.k8s.io/Ingress": { loadBalancer: {} },
  "policy/PodDisruptionBudget": { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  "autoscaling/HorizontalPodAutoscaler": { desiredReplicas: 0, currentMetrics: null },
  "flowcontrol.apiserver.k8s.io/FlowSchema": {},
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": {},
  "certificates.k8s.io/CertificateSigningRequest": {},
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": {},
  "apiextensions.k8s.io/CustomResourceDefinition": {
    conditions: null,
    acceptedNames: { plural: "", kind: "" },
    storedVersions: null,
  },
  "storage.k8s.io/VolumeAttachment": { attached: false },
  "apiregistration.k8s.io/APIService": {},
  "resource.k8s.io/ResourceClaim": {},
};

export function zeroStatus(group: string, kind: string): (() => JsonObject) | undefined {
  const zero = ZERO_STATUS[`${group}/${kind}`];
  return zero === undefined ? undefined : () => cloneJson(zero);
}

function zeroNodeInfo(): JsonObject {
  const names = [
    "machineID",
    "systemUUID",
    "bootID",
    "kernelVersion",
    "osImage",
    "containerRuntimeVersion",
    "kubeletVersion",
  ];
  const rest = ["kubeProxyVersion", "operatingSystem", "architecture"];
  return Object.fromEntries([...names, ...rest].map((name) => [name, ""]));
}

export function prepareNamespace(object: KubeObject): void {
  const spec: JsonObject = isJsonObject(object["spec"]) ? object["spec"] : {};
  const finalizers = Array.isArray(spec["finalizers"]) ? spec["finalizers"] : [];
  spec["finalizers"] = finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"];
  object["spec"] = spec;
}

/** Only …/finalize changes them. */
export function keepNamespaceFinalizers(after: KubeObject, before: KubeObject): void {
  const old = isJsonObject(before["spec"]) ? before["spec"]["finalizers"] : undefined;
  const spec: JsonObject = isJsonObject(after["spec"]) ? { ...after["spec"] } : {};
  if (old === undefined) delete spec["finalizers"];
  else spec["finalizers"] = old;
  after["spec"] = spec;
}

/** stringData is write-only: it is folded into data. */
export function prepareSecret(object: KubeObject): void {
  const text = object["stringData"];
  if (!isJsonObject(text)) return;
  const data: JsonObject = isJsonObject(object["data"]) ? object["data"] : {};
  for (const [key, value] of Object.entries(text)) data[key] = Buffer.from(String(value)).toString("base64");
  object["data"] = data;
  delete object["stringData"];
}

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

export function prepareDaemonSet(object: KubeObject): void {
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: "1" };
}

/** The annotation stands for a field of the spec: it follows the template, and no client moves it. */
export function prepareDaemonSetUpdate(after: KubeObject, before: KubeObject): void {
  const old = before.metadata.annotations?.[TEMPLATE_GENERATION];
  if (old === undefined) return;
  const template = (object: KubeObject): Json | undefined =>
    isJsonObject(object["spec"]) ? object["spec"]["template"] : undefined;
  const isChanged = !jsonEqual(template(after), template(before));
  after.metadata.annotations = {
    ...after.metadata.annotations,
    [TEMPLATE_GENERATION]: isChanged ? String(Number(old) + 1) : old,
  };
}

export function preparePersistentVolume(object: KubeObject): void {
  childOf(object, "status")["lastPhaseTransitionTime"] = object.metadata.creationTimestamp ?? null;
}

export function preparePersistentVolumeStatus(after: KubeObject, before: KubeObject, nowMs: number): void {
  const phase = (object: KubeObject): Json | undefined =>
    isJsonObject(object["status"]) ? object["status"]["phase"] : "";
  if (phase(after) !== phase(before) && isJsonObject(after["status"]))
    after["status"]["lastPhaseTransitionTime"] = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
}

export function prepareCronJob(object: KubeObject): void {
  object["status"] = {};
}

/** A Job's pods are found by a label only this Job has (pkg/registry/batch/job/strategy.go, generateSelector). */
export function prepareJob(object: KubeObject): void {
  const spec = object["spec"];
  if (!isJsonObject(spec) || spec["manualSelector"] === true) return;
  const template = childOf(spec, "template");
  const metadata = childOf(template, "metadata");
  const labels = childOf(metadata, "labels");
  const uid = object.metadata.uid ?? "";
  const name = object.metadata.name ?? "";
  labels["controller-uid"] ??= uid;
  labels["job-name"] ??= name;
  labels["batch.kubernetes.io/controller-uid"] ??= uid;
  labels["batch.kubernetes.io/job-name"] ??= name;
  const selector = childOf(spec, "selector");
  const matchLabels = childOf(selector, "matchLabels");
  matchLabels["batch.kubernetes.io/controller-uid"] ??= uid;
  // A Job without labels takes its template's: kube-apiserver's defaults share the map, so these are among them.
  if (object.metadata.labels === undefined) object.metadata.labels = { ...(labels as Record<string, string>) };
}

function childOf(parent: JsonObject, key: string): JsonObject {
  const child: Json | undefined = parent[key];
  if (isJsonObject(child)) return child;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}
