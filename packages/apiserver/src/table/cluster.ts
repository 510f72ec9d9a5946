import { isJsonObject, type JsonObject } from "@fairlead/base";
import type { TablePrinter } from "../registry/types.ts";
import { age, humanDuration } from "./cells.ts";
import { objectsIn, printer, textOf, textsIn, type Reader } from "./columns.ts";

const NAME_AND_AGE = printer("Name! Age", (o) => [o.name, o.age]);
const WEBHOOKS = printer("Name! Webhooks:i Age", (o) => [o.name, o.list("webhooks").length, o.age]);
const BINDING = printer("Name! Role Age Users+ Groups+ ServiceAccounts+", (o) => [
  o.name,
  `${o.text("roleRef.kind")}/${o.text("roleRef.name")}`,
  o.age,
  ...subjects(o),
]);

/** Namespaces, nodes, configuration, storage, access: everything that is no workload and no network. */
export const CLUSTER_PRINTERS: Readonly<Record<string, TablePrinter>> = {
  "/Namespace": printer("Name! Status Age", (o) => [o.name, o.text("status.phase"), o.age]),
  "/ConfigMap": printer("Name! Data Age", (o) => [o.name, countOf(o, "data") + countOf(o, "binaryData"), o.age]),
  "/Secret": printer("Name! Type Data Age", (o) => [o.name, o.text("type"), countOf(o, "data"), o.age]),
  "/ServiceAccount": NAME_AND_AGE,
  "/Node": printer(
    "Name! Status Roles Age Version Internal-IP+ External-IP+ OS-Image+ Kernel-Version+ Container-Runtime+",
    nodeCells,
  ),
  "/Event": printer("Last_Seen Type Reason Object Subobject+ Source+ Message First_Seen+ Count+ Name!+", eventCells),
  "events.k8s.io/Event": printer(
    "Last_Seen Type Reason Object Subobject+ Source+ Message First_Seen+ Count+ Name!+",
    eventCells,
  ),
  "/ResourceQuota": printer("Name! Request Limit Age", (o) => [o.name, ...quotaCells(o), o.age]),
  "/PersistentVolume": printer(
    "Name! Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age VolumeMode+",
    (o) => [
      o.name,
      o.text("spec.capacity.storage", "0"),
      accessModes(o, "spec.accessModes"),
      o.text("spec.persistentVolumeReclaimPolicy"),
      o.isDeleting ? "Terminating" : o.text("status.phase"),
      o.value("spec.claimRef") === undefined
        ? ""
        : `${o.text("spec.claimRef.namespace")}/${o.text("spec.claimRef.name")}`,
      o.text("spec.storageClassName"),
      o.text("spec.volumeAttributesClassName", "<unset>"),
      o.text("status.reason"),
      o.age,
      o.text("spec.volumeMode", "<unset>"),
    ],
  ),
  "/PersistentVolumeClaim": printer(
    "Name! Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age VolumeMode+",
    (o) => {
      const isBound = o.text("spec.volumeName") !== "";
      return [
        o.name,
        o.isDeleting ? "Terminating" : o.text("status.phase"),
        o.text("spec.volumeName"),
        isBound ? o.text("status.capacity.storage", "0") : "",
        isBound ? accessModes(o, "status.accessModes") : "",
        o.text("spec.storageClassName"),
        o.text("spec.volumeAttributesClassName", "<unset>"),
        o.age,
        o.text("spec.volumeMode", "<unset>"),
      ];
    },
  ),
  "/ComponentStatus": printer("Name! Status Message Error", (o) => [o.name, "Healthy", "ok", ""]),
  "storage.k8s.io/StorageClass": printer(
    "Name! Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age",
    (o) => [
      isDefaultClass(o) ? `${o.name} (default)` : o.name,
      o.text("provisioner"),
      o.text("reclaimPolicy", "Delete"),
      o.text("volumeBindingMode", "Immediate"),
      o.value("allowVolumeExpansion") === true,
      o.age,
    ],
  ),
  "storage.k8s.io/VolumeAttributesClass": printer("Name! DriverName Age", (o) => [o.name, o.text("driverName"), o.age]),
  "storage.k8s.io/VolumeAttachment": printer("Name! Attacher! PV Node Attached:b Age", (o) => [
    o.name,
    o.text("spec.attacher"),
    o.text("spec.source.persistentVolumeName"),
    o.text("spec.nodeName"),
    o.value("status.attached") === true,
    o.age,
  ]),
  "storage.k8s.io/CSINode": printer("Name! Drivers:i Age", (o) => [o.name, o.list("spec.drivers").length, o.age]),
  "storage.k8s.io/CSIDriver": printer(
    "Name! AttachRequired:b PodInfoOnMount:b StorageCapacity:b TokenRequests RequiresRepublish:b Modes Age",
    (o) => [
      o.name,
      o.value("spec.attachRequired") !== false,
      o.value("spec.podInfoOnMount") === true,
      o.value("spec.storageCapacity") === true,
      o.value("spec.tokenRequests") === undefined
        ? "<unset>"
        : o
            .list("spec.tokenRequests")
            .map((request) => textOf(request["audience"]))
            .join(","),
      o.value("spec.requiresRepublish") === true,
      textsIn(o.value("spec.volumeLifecycleModes")).join(",") || "<none>",
      o.age,
    ],
  ),
  "rbac.authorization.k8s.io/RoleBinding": BINDING,
  "rbac.authorization.k8s.io/ClusterRoleBinding": BINDING,
  "certificates.k8s.io/CertificateSigningRequest": printer(
    "Name! Age SignerName Requestor RequestedDuration Condition",
    (o) => [
      o.name,
      o.age,
      o.text("spec.signerName", "<none>"),
      o.text("spec.username"),
      o.value("spec.expirationSeconds") === undefined
        ? "<none>"
        : humanDuration(o.number("spec.expirationSeconds") * 1000),
      signingStatus(o),
    ],
  ),
  "coordination.k8s.io/Lease": printer("Name! Holder Age", (o) => [o.name, o.text("spec.holderIdentity"), o.age]),
  "scheduling.k8s.io/PriorityClass": printer("Name! Value:i Global-Default:b Age PreemptionPolicy", (o) => [
    o.name,
    o.number("value"),
    o.value("globalDefault") === true,
    o.age,
    o.text("preemptionPolicy"),
  ]),
  "node.k8s.io/RuntimeClass": printer("Name! Handler Age", (o) => [o.name, o.text("handler"), o.age]),
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": WEBHOOKS,
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": WEBHOOKS,
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": printer("Name! Validations:i ParamKind Age", (o) => [
    o.name,
    o.list("spec.validations").length,
    o.value("spec.paramKind") === undefined
      ? "<unset>"
      : `${o.text("spec.paramKind.apiVersion")}/${o.text("spec.paramKind.kind")}`,
    o.age,
  ]),
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": printer("Name! PolicyName ParamRef Age", (o) => [
    o.name,
    o.text("spec.policyName"),
    paramRef(o),
    o.age,
  ]),
  "flowcontrol.apiserver.k8s.io/FlowSchema": printer(
    "Name! PriorityLevel MatchingPrecedence DistinguisherMethod Age MissingPL",
    (o) => [
      o.name,
      o.text("spec.priorityLevelConfiguration.name"),
      o.number("spec.matchingPrecedence"),
      o.text("spec.distinguisherMethod.type", "<none>"),
      o.age,
      textOf(o.list("status.conditions").find((item) => item["type"] === "Dangling")?.["status"], "?"),
    ],
  ),
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": printer(
    "Name! Type NominalConcurrencyShares Queues HandSize QueueLengthLimit Age",
    (o) => [
      o.name,
      o.text("spec.type"),
      o.value("spec.limited.nominalConcurrencyShares") ?? "<none>",
      o.value("spec.limited.limitResponse.queuing.queues") ?? "<none>",
      o.value("spec.limited.limitResponse.queuing.handSize") ?? "<none>",
      o.value("spec.limited.limitResponse.queuing.queueLengthLimit") ?? "<none>",
      o.age,
    ],
  ),
  "apiregistration.k8s.io/APIService": printer("Name! Service Available Age", (o) => [
    o.name,
    o.value("spec.service") === undefined
      ? "Local"
      : `${o.text("spec.service.namespace")}/${o.text("spec.service.name")}`,
    apiServiceStatus(o),
    o.age,
  ]),
  "resource.k8s.io/DeviceClass": NAME_AND_AGE,
  "resource.k8s.io/ResourceClaimTemplate": NAME_AND_AGE,
  "resource.k8s.io/ResourceSlice": printer("Name! Node Driver Pool Age", (o) => [
    o.name,
    o.text("spec.nodeName"),
    o.text("spec.driver"),
    o.text("spec.pool.name"),
    o.age,
  ]),
  "resource.k8s.io/ResourceClaim": printer("Name! State Age", (o) => [o.name, claimState(o), o.age]),
};

function countOf(o: Reader, path: string): number {
  const value = o.value(path);
  return isJsonObject(value) ? Object.keys(value).length : 0;
}

function nodeCells(o: Reader): unknown[] {
  const ready = o.list("status.conditions").find((item) => item["type"] === "Ready");
  const status = ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady";
  const address = (type: string): string =>
    textOf(o.list("status.addresses").find((item) => item["type"] === type)?.["address"], "<none>");
  return [
    o.name,
    o.value("spec.unschedulable") === true ? `${status},SchedulingDisabled` : status,
    nodeRoles(o),
    o.age,
    o.text("status.nodeInfo.kubeletVersion"),
    address("InternalIP"),
    address("ExternalIP"),
    o.text("status.nodeInfo.osImage", "<unknown>"),
    o.text("status.nodeInfo.kernelVersion", "<unknown>"),
    o.text("status.nodeInfo.containerRuntimeVersion", "<unknown>"),
  ];
}

function nodeRoles(o: Reader): string {
  const roles = new Set<string>();
  for (const [label, value] of Object.entries(o.object.metadata.labels ?? {})) {
    const role = /^node-role\.kubernetes\.io\/(.+)$/.exec(label)?.[1];
    if (role !== undefined) roles.add(role);
    else if (label === "kubernetes.io/role" && value !== "") roles.add(value);
  }
  return roles.size > 0 ? [...roles].sort().join(",") : "<none>";
}

function eventCells(o: Reader): unknown[] {
  const first = o.text("firstTimestamp", o.text("deprecatedFirstTimestamp", o.text("eventTime")));
  const last = o.text("series.lastObservedTime", o.text("lastTimestamp", o.text("deprecatedLastTimestamp", first)));
  const about = isJsonObject(o.value("involvedObject")) ? "involvedObject" : "regarding";
  const name = o.text(`${about}.name`);
  const kind = o.text(`${about}.kind`).toLowerCase();
  const component = o.text("source.component", o.text("reportingComponent", o.text("reportingController")));
  const host = o.text("source.host", o.text("reportingInstance"));
  return [
    age(last, o.nowMs),
    o.text("type"),
    o.text("reason"),
    name === "" ? kind : `${kind}/${name}`,
    o.text(`${about}.fieldPath`),
    host === "" ? component : `${component}, ${host}`,
    o.text("message", o.text("note")).trim(),
    age(first, o.nowMs),
    o.number("series.count") || o.number("count") || 1,
    o.name,
  ];
}

function quotaCells(o: Reader): [string, string] {
  const hard = o.value("status.hard");
  const names = isJsonObject(hard) ? Object.keys(hard).sort() : [];
  const text = (own: readonly string[]): string =>
    own.map((name) => `${name}: ${usedOf(o, name)}/${textOf((hard as JsonObject)[name])}`).join(", ");
  const isLimit = (name: string): boolean => name.startsWith("limits.");
  return [text(names.filter((name) => !isLimit(name))), text(names.filter(isLimit))];
}

function usedOf(o: Reader, name: string): string {
  const used = o.value("status.used");
  return isJsonObject(used) ? textOf(used[name], "0") : "0";
}

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

function accessModes(o: Reader, path: string): string {
  const modes = new Set(textsIn(o.value(path)));
  return Object.entries(MODES)
    .flatMap(([mode, short]) => (modes.has(mode) ? [short] : []))
    .join(",");
}

function isDefaultClass(o: Reader): boolean {
  const annotations = o.object.metadata.annotations ?? {};
  const names = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
  return names.some((name) => annotations[name] === "true");
}

function subjects(o: Reader): string[] {
  const all = objectsIn(o.value("subjects"));
  const named = (kind: string, text: (subject: JsonObject) => string): string =>
    all
      .filter((subject) => subject["kind"] === kind)
      .map(text)
      .join(", ");
  return [
    named("User", (subject) => textOf(subject["name"])),
    named("Group", (subject) => textOf(subject["name"])),
    named("ServiceAccount", (subject) => `${textOf(subject["namespace"])}/${textOf(subject["name"])}`),
  ];
}

function signingStatus(o: Reader): string {
  const conditions = o.list("status.conditions");
  const words = ["Approved", "Denied", "Failed"].filter((type) => conditions.some((item) => item["type"] === type));
  const shown = words[0] === "Approved" && words.includes("Denied") ? ["Denied"] : words.slice(0, 1);
  if (words.includes("Failed"))
    shown.splice(0, shown.length, ...words.filter((word) => word !== "Failed").slice(0, 1), "Failed");
  if (o.text("status.certificate") !== "") shown.push("Issued");
  return shown.length === 0 ? "Pending" : shown.join(",");
}

function paramRef(o: Reader): string {
  if (o.value("spec.paramRef") === undefined) return "<unset>";
  const name = o.text("spec.paramRef.name");
  if (name === "")
    return o.value("spec.paramRef.selector") === undefined ? "<unset>" : o.selector("spec.paramRef.selector");
  return `${o.text("spec.paramRef.namespace", "*")}/${name}`;
}

function apiServiceStatus(o: Reader): string {
  const available = o.list("status.conditions").find((item) => item["type"] === "Available");
  if (available === undefined) return "Unknown";
  return available["status"] === "True" ? "True" : `${textOf(available["status"])} (${textOf(available["reason"])})`;
}

function claimState(o: Reader): string {
  const states: string[] = [];
  if (o.isDeleting) states.push("deleted");
  if (o.value("status.allocation") === undefined) {
    if (!o.isDeleting) states.push("pending");
  } else {
    states.push("allocated");
    states.push(o.list("status.reservedFor").length > 0 ? "reserved" : "");
  }
  return states.filter((state) => state !== "").join(",");
}
