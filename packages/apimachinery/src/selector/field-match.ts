import { isJsonObject } from "@fairlead/base";
import type { GroupVersionKind, KubeObject } from "../object/types.ts";
import type { FieldSelector } from "./field-parse.ts";

/**
 * The fields by which a kind can be selected besides metadata.name and, where namespaced, metadata.namespace: label in the
 * selector → path in the object. Source: the AddFieldLabelConversionFunc calls of kube-apiserver 1.35 and kube.md §1.
 */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "/Pod": {
    "spec.nodeName": "spec.nodeName",
    "spec.host": "spec.nodeName",
    "spec.restartPolicy": "spec.restartPolicy",
    "spec.schedulerName": "spec.schedulerName",
    "spec.serviceAccountName": "spec.serviceAccountName",
    "spec.hostNetwork": "spec.hostNetwork",
    "status.phase": "status.phase",
    "status.podIP": "status.podIP",
    "status.podIPs": "status.podIPs",
    "status.nominatedNodeName": "status.nominatedNodeName",
  },
  "/Node": { "spec.unschedulable": "spec.unschedulable" },
  "/ReplicationController": { "status.replicas": "status.replicas" },
  "/Namespace": { "status.phase": "status.phase" },
  "/Secret": { type: "type" },
  "/Service": { "spec.clusterIP": "spec.clusterIP", "spec.type": "spec.type" },
  "batch/Job": { "status.successful": "status.succeeded" },
  "certificates.k8s.io/CertificateSigningRequest": { "spec.signerName": "spec.signerName" },
  "resource.k8s.io/ResourceSlice": { "spec.nodeName": "spec.nodeName", "spec.driver": "spec.driver" },
  "/Event": {
    ...involved("involvedObject"),
    reason: "reason",
    reportingComponent: "reportingComponent",
    source: "source.component",
    type: "type",
  },
  "events.k8s.io/Event": {
    ...involved("regarding"),
    reason: "reason",
    reportingController: "reportingController",
    type: "type",
  },
};

/** What an absent value reads as, where that is not the empty string. */
const ABSENT: Readonly<Record<string, string>> = {
  "spec.hostNetwork": "false",
  "spec.unschedulable": "false",
  "status.replicas": "0",
  "status.succeeded": "0",
};

/** Kinds that can be selected by their own fields but not by metadata.namespace, being cluster-scoped. */
const CLUSTER_SCOPED = new Set([
  "/Node",
  "/Namespace",
  "certificates.k8s.io/CertificateSigningRequest",
  "resource.k8s.io/ResourceSlice",
]);

/** What the server needs to know about a kind; `fields` are a CRD's selectableFields, as `spec.colour`. */
export interface FieldKnowledge {
  readonly fields?: readonly string[];
  readonly namespaced?: boolean;
}

/**
 * Why a kind cannot be selected like this, in the server's words; undefined when it can. For custom resources hand in what their
 * CRD says.
 */
export function fieldSelectorFault(
  selector: FieldSelector,
  gvk: GroupVersionKind,
  custom?: FieldKnowledge,
): string | undefined {
  for (const { field } of selector.requirements) {
    if (!isSelectable(field, gvk, custom)) return unsupported(field, gvk, custom !== undefined);
  }
  return undefined;
}

/** Whether an object satisfies every requirement. Fields that its kind does not know read as empty. */
export function matchesFields(selector: FieldSelector, object: KubeObject, gvk: GroupVersionKind): boolean {
  return selector.requirements.every(({ field, operator, value }) => {
    const found = readField(object, field, gvk);
    return operator === "=" ? found === value : found !== value;
  });
}

function isSelectable(field: string, gvk: GroupVersionKind, custom: FieldKnowledge | undefined): boolean {
  if (field === "metadata.name") return true;
  const key = kindKey(gvk);
  if (field === "metadata.namespace") return custom ? custom.namespaced !== false : !CLUSTER_SCOPED.has(key);
  if (custom) return custom.fields?.includes(field) ?? false;
  return Object.hasOwn(FIELDS[key] ?? {}, field);
}

function unsupported(field: string, gvk: GroupVersionKind, isCustom: boolean): string {
  const key = kindKey(gvk);
  if (key === "batch/Job") return `field label ${JSON.stringify(field)} not supported for Job`;
  if (key === "resource.k8s.io/ResourceSlice") {
    return `field label not supported for resource.k8s.io/${gvk.version}, Kind=ResourceSlice: ${field}`;
  }
  if (isCustom || Object.hasOwn(FIELDS, key)) return `field label not supported: ${field}`;
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function readField(object: KubeObject, field: string, gvk: GroupVersionKind): string {
  // kube-apiserver accepts the plural and has no value for it.
  if (field === "status.podIPs") return "";
  if (field === "status.podIP") return podIp(object);
  if (field === "source" && gvk.group === "") return eventSource(object);
  const table = FIELDS[kindKey(gvk)];
  const path = table && Object.hasOwn(table, field) ? (table[field] ?? field) : field;
  let value: unknown = object;
  for (const part of path.split(".")) {
    value = isJsonObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  return ABSENT[path] ?? "";
}

function podIp(pod: KubeObject): string {
  const status = isJsonObject(pod["status"]) ? pod["status"] : {};
  const first: unknown = Array.isArray(status["podIPs"]) ? status["podIPs"][0] : undefined;
  if (isJsonObject(first) && typeof first["ip"] === "string") return first["ip"];
  return typeof status["podIP"] === "string" ? status["podIP"] : "";
}

function eventSource(event: KubeObject): string {
  const source = isJsonObject(event["source"]) ? event["source"]["component"] : undefined;
  if (typeof source === "string" && source !== "") return source;
  return typeof event["reportingComponent"] === "string" ? event["reportingComponent"] : "";
}

function involved(prefix: string): Record<string, string> {
  const parts = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];
  return Object.fromEntries(parts.map((part) => [`${prefix}.${part}`, `${prefix}.${part}`]));
}

function kindKey({ group, kind }: GroupVersionKind): string {
  return `${group}/${kind}`;
}
