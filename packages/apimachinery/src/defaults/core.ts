import { cloneJson, isJsonObject, setOwn, type JsonObject } from "@fairlead/base";
import { formatQuantity } from "../quantity/format.ts";
import { aggregateRequests } from "../quantity/pod-requests.ts";
import { isLatestImage } from "./image.ts";
import {
  ensureStruct,
  isEmptyMap,
  setDefault,
  structIn,
  structsIn,
  type Defaulter,
  type DefaulterTable,
} from "./types.ts";

const DEFAULT_MODE = 420;
const TOKEN_SECONDS = 3600;
const AFFINITY_SECONDS = 10_800;
const NAME_LABEL = "kubernetes.io/metadata.name";

function pullPolicy(image: unknown): string {
  return typeof image === "string" && isLatestImage(image) ? "Always" : "IfNotPresent";
}

function container(struct: JsonObject): void {
  setDefault(struct, "imagePullPolicy", pullPolicy(struct["image"]));
  setDefault(struct, "terminationMessagePath", "/dev/termination-log");
  setDefault(struct, "terminationMessagePolicy", "File");
}

function podSpec(struct: JsonObject): void {
  setDefault(struct, "dnsPolicy", "ClusterFirst");
  setDefault(struct, "restartPolicy", "Always");
  setDefault(struct, "securityContext", {});
  setDefault(struct, "terminationGracePeriodSeconds", 30);
  setDefault(struct, "schedulerName", "default-scheduler");
  // The old name of the field mirrors the new one in what the API serves.
  const account = struct["serviceAccountName"] ?? struct["serviceAccount"];
  if (account !== undefined) {
    struct["serviceAccountName"] = account;
    struct["serviceAccount"] = account;
  }
}

/** Only pods, not templates, take requests from limits and host ports from container ports. */
function pod(struct: JsonObject): void {
  const spec = structIn(struct, "spec");
  if (!spec) return;
  for (const each of [...structsIn(spec, "containers"), ...structsIn(spec, "initContainers")]) requestsFromLimits(each);
  podLevelRequests(spec);
  setDefault(spec, "enableServiceLinks", true);
  if (spec["hostNetwork"] === true) podHostPorts(spec);
}

function podHostPorts(spec: JsonObject): void {
  for (const each of [...structsIn(spec, "containers"), ...structsIn(spec, "initContainers")]) {
    for (const port of structsIn(each, "ports")) setDefault(port, "hostPort", port["containerPort"] ?? 0);
  }
}

function requestsFromLimits(owner: JsonObject): void {
  const resources = structIn(owner, "resources");
  const limits = resources && structIn(resources, "limits");
  if (!resources || !limits || isEmptyMap(limits)) return;
  const requests = ensureStruct(resources, "requests");
  for (const [name, value] of Object.entries(limits)) setDefault(requests, name, value ?? null);
}

const POD_LEVEL_RESOURCES = /^(cpu|memory|hugepages-.+)$/;

/** With limits for the whole pod, its requests are the sum of the containers' requests, else the limit. */
function podLevelRequests(spec: JsonObject): void {
  const resources = structIn(spec, "resources");
  const limits = resources && structIn(resources, "limits");
  if (!resources || !limits || isEmptyMap(limits)) return;
  const requests = structIn(resources, "requests") ?? {};
  for (const [name, sum] of aggregateRequests(spec)) {
    if (name === "cpu" || name === "memory") setDefault(requests, name, formatQuantity(sum));
  }
  for (const [name, value] of Object.entries(limits)) {
    if (POD_LEVEL_RESOURCES.test(name)) setDefault(requests, name, value ?? null);
  }
  if (!isEmptyMap(requests)) resources["requests"] = requests;
}

const VOLUME_FIELDS_BESIDE_SOURCES = new Set(["name"]);

function volume(struct: JsonObject): void {
  const hasSource = Object.keys(struct).some((key) => !VOLUME_FIELDS_BESIDE_SOURCES.has(key));
  if (!hasSource) struct["emptyDir"] = {};
  const image = structIn(struct, "image");
  if (image) setDefault(image, "pullPolicy", pullPolicy(image["reference"]));
}

function probe(struct: JsonObject): void {
  setDefault(struct, "timeoutSeconds", 1);
  setDefault(struct, "periodSeconds", 10);
  setDefault(struct, "successThreshold", 1);
  setDefault(struct, "failureThreshold", 3);
}

function service(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  setDefault(spec, "sessionAffinity", "None");
  if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
  if (spec["sessionAffinity"] === "ClientIP") {
    const clientIp = structIn(structIn(spec, "sessionAffinityConfig") ?? {}, "clientIP");
    if (clientIp?.["timeoutSeconds"] === undefined) {
      spec["sessionAffinityConfig"] = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } };
    }
  }
  setDefault(spec, "type", "ClusterIP");
  for (const port of structsIn(spec, "ports")) servicePort(port);
  serviceTraffic(struct, spec, String(spec["type"]));
}

function servicePort(port: JsonObject): void {
  setDefault(port, "protocol", "TCP");
  if (port["targetPort"] === undefined || port["targetPort"] === 0 || port["targetPort"] === "") {
    port["targetPort"] = port["port"] ?? 0;
  }
}

function serviceTraffic(struct: JsonObject, spec: JsonObject, type: string): void {
  const isPublished = type === "LoadBalancer" || type === "NodePort";
  const hasExternalIps = Array.isArray(spec["externalIPs"]) && spec["externalIPs"].length > 0;
  if (isPublished || (type === "ClusterIP" && hasExternalIps)) setDefault(spec, "externalTrafficPolicy", "Cluster");
  if (isPublished || type === "ClusterIP") setDefault(spec, "internalTrafficPolicy", "Cluster");
  if (type !== "LoadBalancer") return;
  setDefault(spec, "allocateLoadBalancerNodePorts", true);
  const balancer = structIn(structIn(struct, "status") ?? {}, "loadBalancer");
  for (const ingress of balancer ? structsIn(balancer, "ingress") : []) {
    if (ingress["ip"] !== undefined) setDefault(ingress, "ipMode", "VIP");
  }
}

function secret(struct: JsonObject): void {
  setDefault(struct, "type", "Opaque");
}

function persistentVolume(struct: JsonObject): void {
  setDefault(ensureStruct(struct, "status"), "phase", "Pending");
  const spec = ensureStruct(struct, "spec");
  setDefault(spec, "persistentVolumeReclaimPolicy", "Retain");
  setDefault(spec, "volumeMode", "Filesystem");
}

function namespace(struct: JsonObject): void {
  const metadata = ensureStruct(struct, "metadata");
  const { name } = metadata;
  if (typeof name === "string" && name !== "") ensureStruct(metadata, "labels")[NAME_LABEL] = name;
}

function replicationController(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  const template = structIn(spec, "template");
  const labels = template && structIn(structIn(template, "metadata") ?? {}, "labels");
  if (!labels || isEmptyMap(labels)) return;
  if (isEmptyMap(spec["selector"])) spec["selector"] = cloneJson(labels);
  labelsFrom(struct, labels);
}

/** An object without labels takes its template's. */
export function labelsFrom(struct: JsonObject, labels: JsonObject | undefined): void {
  const metadata = ensureStruct(struct, "metadata");
  if (labels && !isEmptyMap(labels) && isEmptyMap(metadata["labels"])) metadata["labels"] = cloneJson(labels);
}

function limitRangeItem(struct: JsonObject): void {
  if (struct["type"] !== "Container") return;
  const copyMissing = (from: string, to: string): void => {
    for (const [name, value] of Object.entries(structIn(struct, from) ?? {})) {
      setDefault(ensureStruct(struct, to), name, value ?? null);
    }
  };
  copyMissing("max", "default");
  copyMissing("default", "defaultRequest");
  copyMissing("min", "defaultRequest");
}

function nodeStatus(struct: JsonObject): void {
  const capacity = structIn(struct, "capacity");
  if (capacity && struct["allocatable"] === undefined) struct["allocatable"] = cloneJson(capacity);
}

const mode: Defaulter = (struct) => setDefault(struct, "defaultMode", DEFAULT_MODE);

export const CORE_DEFAULTS: DefaulterTable = {
  "api.core.v1.Container": container,
  "api.core.v1.EphemeralContainer": container,
  "api.core.v1.Pod": pod,
  "api.core.v1.PodSpec": podSpec,
  "api.core.v1.Volume": volume,
  "api.core.v1.Probe": probe,
  "api.core.v1.Service": service,
  "api.core.v1.Secret": secret,
  "api.core.v1.SecretVolumeSource": mode,
  "api.core.v1.ConfigMapVolumeSource": mode,
  "api.core.v1.DownwardAPIVolumeSource": mode,
  "api.core.v1.ProjectedVolumeSource": mode,
  "api.core.v1.ServiceAccountTokenProjection": (struct) => setDefault(struct, "expirationSeconds", TOKEN_SECONDS),
  "api.core.v1.PersistentVolume": persistentVolume,
  "api.core.v1.PersistentVolumeClaim": (struct) => setDefault(ensureStruct(struct, "status"), "phase", "Pending"),
  "api.core.v1.PersistentVolumeClaimSpec": (struct) => setDefault(struct, "volumeMode", "Filesystem"),
  "api.core.v1.EndpointPort": (struct) => setDefault(struct, "protocol", "TCP"),
  "api.core.v1.HTTPGetAction": (struct) => {
    setDefault(struct, "path", "/");
    setDefault(struct, "scheme", "HTTP");
  },
  "api.core.v1.GRPCAction": (struct) => setDefault(struct, "service", ""),
  "api.core.v1.FileKeySelector": (struct) => setDefault(struct, "optional", false),
  "api.core.v1.AzureDiskVolumeSource": (struct) => setDefault(struct, "readOnly", false),
  "api.core.v1.ObjectFieldSelector": (struct) => setDefault(struct, "apiVersion", "v1"),
  "api.core.v1.HostPathVolumeSource": (struct) => setDefault(struct, "type", ""),
  "api.core.v1.Namespace": namespace,
  "api.core.v1.NamespaceStatus": (struct) => setDefault(struct, "phase", "Active"),
  "api.core.v1.NodeStatus": nodeStatus,
  "api.core.v1.NodeSpec": (struct) => {
    if (struct["podCIDR"] !== undefined) setDefault(struct, "podCIDRs", [struct["podCIDR"]]);
  },
  "api.core.v1.PodStatus": (struct) => {
    if (struct["podIP"] !== undefined) setDefault(struct, "podIPs", [{ ip: struct["podIP"] }]);
  },
  "api.core.v1.ReplicationController": replicationController,
  "api.core.v1.LimitRangeItem": limitRangeItem,
};

/** A Secret with its stringData in data, as the server has it after decoding. */
export function withStringDataFolded(secretObject: JsonObject): JsonObject {
  const { stringData, ...rest } = secretObject;
  if (!isJsonObject(stringData)) return rest;
  const data: JsonObject = { ...structIn(rest, "data") };
  for (const [key, value] of Object.entries(stringData)) {
    setOwn(data, key, Buffer.from(typeof value === "string" ? value : "", "utf8").toString("base64"));
  }
  return { ...rest, data };
}
