import type { JsonObject } from "@fairlead/base";
import { ensureStruct, setDefault, structIn, structsIn, type Defaulter, type DefaulterTable } from "./types.ts";

const RBAC_GROUP = "rbac.authorization.k8s.io";

const binding: Defaulter = (struct) => {
  const ref = ensureStruct(struct, "roleRef");
  if (ref["apiGroup"] === undefined || ref["apiGroup"] === "") ref["apiGroup"] = RBAC_GROUP;
};

function subject(struct: JsonObject): void {
  if (struct["kind"] === "User" || struct["kind"] === "Group") setDefault(struct, "apiGroup", RBAC_GROUP);
}

function networkPolicy(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  if (Array.isArray(spec["policyTypes"]) && spec["policyTypes"].length > 0) return;
  const hasEgress = structsIn(spec, "egress").length > 0;
  spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"];
}

function webhook(struct: JsonObject): void {
  setDefault(struct, "failurePolicy", "Fail");
  setDefault(struct, "matchPolicy", "Equivalent");
  setDefault(struct, "namespaceSelector", {});
  setDefault(struct, "objectSelector", {});
  setDefault(struct, "timeoutSeconds", 10);
}

function matchResources(struct: JsonObject): void {
  setDefault(struct, "matchPolicy", "Equivalent");
  setDefault(struct, "namespaceSelector", {});
  setDefault(struct, "objectSelector", {});
}

function csiDriver(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  setDefault(spec, "attachRequired", true);
  setDefault(spec, "podInfoOnMount", false);
  setDefault(spec, "storageCapacity", false);
  setDefault(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
  setDefault(spec, "volumeLifecycleModes", ["Persistent"]);
  setDefault(spec, "requiresRepublish", false);
  setDefault(spec, "seLinuxMount", false);
}

function storageClass(struct: JsonObject): void {
  setDefault(struct, "reclaimPolicy", "Delete");
  setDefault(struct, "volumeBindingMode", "Immediate");
}

function crd(struct: JsonObject): void {
  const spec = ensureStruct(struct, "spec");
  const names = ensureStruct(spec, "names");
  const kind = typeof names["kind"] === "string" ? names["kind"] : "";
  if (kind !== "") {
    setDefault(names, "singular", kind.toLowerCase());
    setDefault(names, "listKind", `${kind}List`);
  }
  setDefault(spec, "conversion", { strategy: "None" });
  const status = ensureStruct(struct, "status");
  if (Array.isArray(status["storedVersions"]) && status["storedVersions"].length > 0) return;
  const stored = structsIn(spec, "versions").find((version) => version["storage"] === true);
  status["storedVersions"] = stored ? [stored["name"] ?? ""] : null;
}

const servicePort443: Defaulter = (struct) => setDefault(struct, "port", 443);

function limitedPriority(struct: JsonObject): void {
  setDefault(struct, "nominalConcurrencyShares", 30);
  setDefault(struct, "lendablePercent", 0);
}

function deviceRequest(struct: JsonObject): void {
  setDefault(struct, "allocationMode", "ExactCount");
  if (struct["allocationMode"] === "ExactCount") setDefault(struct, "count", 1);
}

export const OTHER_DEFAULTS: DefaulterTable = {
  "api.rbac.v1.ClusterRoleBinding": binding,
  "api.rbac.v1.RoleBinding": binding,
  "api.rbac.v1.Subject": subject,
  "api.networking.v1.NetworkPolicy": networkPolicy,
  "api.networking.v1.NetworkPolicyPort": (struct) => setDefault(struct, "protocol", "TCP"),
  "api.networking.v1.IngressClass": (struct) => {
    const parameters = structIn(ensureStruct(struct, "spec"), "parameters");
    if (parameters) setDefault(parameters, "scope", "Cluster");
  },
  "api.admissionregistration.v1.ValidatingWebhook": webhook,
  "api.admissionregistration.v1.MutatingWebhook": (struct) => {
    webhook(struct);
    setDefault(struct, "reinvocationPolicy", "Never");
  },
  "api.admissionregistration.v1.RuleWithOperations": (struct) => setDefault(struct, "scope", "*"),
  "api.admissionregistration.v1.NamedRuleWithOperations": (struct) => setDefault(struct, "scope", "*"),
  "api.admissionregistration.v1.ServiceReference": servicePort443,
  "api.admissionregistration.v1.ValidatingAdmissionPolicySpec": (struct) => setDefault(struct, "failurePolicy", "Fail"),
  "api.admissionregistration.v1.MatchResources": matchResources,
  "api.storage.v1.StorageClass": storageClass,
  "api.storage.v1.CSIDriver": csiDriver,
  "api.scheduling.v1.PriorityClass": (struct) => setDefault(struct, "preemptionPolicy", "PreemptLowerPriority"),
  "api.flowcontrol.v1.FlowSchemaSpec": (struct) => {
    if (!struct["matchingPrecedence"]) struct["matchingPrecedence"] = 1000;
  },
  "api.flowcontrol.v1.ExemptPriorityLevelConfiguration": (struct) => {
    setDefault(struct, "nominalConcurrencyShares", 0);
    setDefault(struct, "lendablePercent", 0);
  },
  "api.flowcontrol.v1.LimitedPriorityLevelConfiguration": limitedPriority,
  "api.flowcontrol.v1.QueuingConfiguration": (struct) => {
    // Written as 0 when they aren't set.
    struct["handSize"] ||= 8;
    struct["queues"] ||= 64;
    struct["queueLengthLimit"] ||= 50;
  },
  "api.discovery.v1.EndpointPort": (struct) => {
    setDefault(struct, "name", "");
    setDefault(struct, "protocol", "TCP");
  },
  "api.resource.v1.ExactDeviceRequest": deviceRequest,
  "api.resource.v1.DeviceSubRequest": deviceRequest,
  "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition": crd,
  "apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference": servicePort443,
  "kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference": servicePort443,
};
