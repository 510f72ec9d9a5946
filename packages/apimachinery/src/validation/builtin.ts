import type { JsonObject } from "@fairlead/base";
import { gvkOf } from "../object/identity.ts";
import type { KubeObject, ObjectMeta } from "../object/types.ts";
import { isClusterScopedBuiltin } from "../order/scope.ts";
import {
  addressName,
  validateAddress,
  validateAddressUpdate,
  validateServiceRange,
  validateServiceRangeUpdate,
} from "./addresses.ts";
import { validateAutoscaler, validateDisruptionBudget } from "./autoscaling.ts";
import { validateSigningRequest, validateSigningRequestUpdate } from "./certificates.ts";
import {
  validateApiService,
  validateControllerRevision,
  validateControllerRevisionUpdate,
  validateCsiDriver,
  validateCsiDriverUpdate,
  validateEvent,
  validateLease,
  validateNode,
  validateNodeUpdate,
  validatePriorityClass,
  validatePriorityClassUpdate,
  validateReplicationController,
  validateResourceClaim,
  validateResourceClaimUpdate,
  validateRuntimeClass,
  validateRuntimeClassUpdate,
  validateStorageClass,
  validateStorageClassUpdate,
} from "./cluster.ts";
import { validateConfigMap, validateConfigMapUpdate, validateSecret, validateSecretUpdate } from "./config.ts";
import { validateDefinition, validateDefinitionUpdate } from "./definition.ts";
import { validateEndpoints, validateEndpointSlice, validateEndpointSliceUpdate } from "./endpoints.ts";
import { at, invalid, type FieldError } from "./field-error.ts";
import { validateFlowSchema, validatePriorityLevel } from "./flow.ts";
import { validateCronJob, validateCronJobUpdate, validateJob, validateJobUpdate } from "./jobs.ts";
import { validateLimitRange } from "./limit-range.ts";
import { validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { dns1035Label, dns1123Label, dns1123Subdomain, pathSegment, type NameRule } from "./names.ts";
import {
  validateIngress,
  validateIngressClass,
  validateIngressClassUpdate,
  validateIngressCreate,
  validateNetworkPolicy,
} from "./networking.ts";
import { validatePodCreate, validatePodTemplate, validatePodUpdate } from "./pod.ts";
import { validateResourceQuota } from "./quota.ts";
import { validateAdmissionPolicy, validateAdmissionPolicyBinding } from "./policies.ts";
import {
  validateClusterRole,
  validateClusterRoleBinding,
  validateClusterRoleBindingUpdate,
  validateRole,
  validateRoleBinding,
  validateRoleBindingUpdate,
} from "./rbac.ts";
import { validateService, validateServiceUpdate } from "./service.ts";
import {
  validateClaim,
  validateClaimUpdate,
  validatePersistentVolume,
  validatePersistentVolumeUpdate,
} from "./storage.ts";
import { validateMutatingWebhooks, validateValidatingWebhooks } from "./webhooks.ts";
import {
  validateDaemonSet,
  validateDaemonSetUpdate,
  validateDeployment,
  validateDeploymentUpdate,
  validateReplicaSet,
  validateReplicaSetUpdate,
  validateStatefulSet,
  validateStatefulSetUpdate,
} from "./workloads.ts";

interface KindRules {
  readonly name?: NameRule;
  readonly create?: (object: JsonObject) => FieldError[];
  /** Absent: a changed object is checked as a new one is. */
  readonly update?: (object: JsonObject, before: JsonObject) => FieldError[];
  /** A changed object is checked as a new one too, metadata and all. */
  readonly isCheckedWhole?: boolean;
  /** The registry checks the metadata itself, and only of what has no other faults (registry/rest BeforeCreate). */
  readonly isMetadataLast?: boolean;
}

/** Of kinds that are checked by declared rules the server counts bytes. */
function inBytes(value: string): string[] {
  return dns1123Subdomain(value).map((fault) => fault.replace(/characters$/, "bytes"));
}

/** By `group/Kind`. Kinds that aren't here have their metadata checked only, names as DNS subdomains. */
const RULES: Readonly<Record<string, KindRules>> = {
  "/Pod": { create: validatePodCreate, update: validatePodUpdate },
  "/Namespace": { name: dns1123Label },
  "/Service": { name: dns1035Label, create: validateService, update: validateServiceUpdate },
  "/ConfigMap": { create: validateConfigMap, update: validateConfigMapUpdate },
  "/Secret": { create: validateSecret, update: validateSecretUpdate },
  "/PersistentVolumeClaim": { create: validateClaim, update: validateClaimUpdate, isCheckedWhole: true },
  "/PersistentVolume": {
    create: validatePersistentVolume,
    update: validatePersistentVolumeUpdate,
    isCheckedWhole: true,
  },
  "/PodTemplate": { create: (object) => validatePodTemplate((object["template"] ?? {}) as JsonObject, "template") },
  "apps/Deployment": { create: validateDeployment, update: validateDeploymentUpdate },
  "apps/ReplicaSet": { create: validateReplicaSet, update: validateReplicaSetUpdate },
  "apps/DaemonSet": { create: validateDaemonSet, update: validateDaemonSetUpdate },
  "apps/StatefulSet": { name: dns1123Label, create: validateStatefulSet, update: validateStatefulSetUpdate },
  "batch/Job": { create: validateJob, update: validateJobUpdate, isCheckedWhole: true },
  "batch/CronJob": { create: validateCronJob, update: validateCronJobUpdate },
  "networking.k8s.io/Ingress": { create: validateIngressCreate, update: validateIngress },
  "networking.k8s.io/IngressClass": { create: validateIngressClass, update: validateIngressClassUpdate },
  "networking.k8s.io/NetworkPolicy": { create: validateNetworkPolicy },
  "rbac.authorization.k8s.io/Role": { name: pathSegment, create: validateRole },
  "rbac.authorization.k8s.io/ClusterRole": { name: pathSegment, create: validateClusterRole },
  "rbac.authorization.k8s.io/RoleBinding": {
    name: pathSegment,
    create: validateRoleBinding,
    update: validateRoleBindingUpdate,
  },
  "rbac.authorization.k8s.io/ClusterRoleBinding": {
    name: pathSegment,
    create: validateClusterRoleBinding,
    update: validateClusterRoleBindingUpdate,
  },
  "autoscaling/HorizontalPodAutoscaler": { create: validateAutoscaler },
  "policy/PodDisruptionBudget": { name: pathSegment, create: validateDisruptionBudget, isMetadataLast: true },
  "apiextensions.k8s.io/CustomResourceDefinition": { create: validateDefinition, update: validateDefinitionUpdate },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": { create: validateValidatingWebhooks },
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": { create: validateMutatingWebhooks },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": { create: validateAdmissionPolicy },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": { create: validateAdmissionPolicyBinding },
  "/ReplicationController": { name: inBytes, create: validateReplicationController, isCheckedWhole: true },
  "networking.k8s.io/IPAddress": { name: addressName, create: validateAddress, update: validateAddressUpdate },
  "networking.k8s.io/ServiceCIDR": { create: validateServiceRange, update: validateServiceRangeUpdate },
  "certificates.k8s.io/CertificateSigningRequest": {
    create: validateSigningRequest,
    update: validateSigningRequestUpdate,
  },
  "/ResourceQuota": { create: validateResourceQuota },
  "/LimitRange": { create: validateLimitRange, isCheckedWhole: true },
  "/Endpoints": { create: validateEndpoints, isCheckedWhole: true },
  "/Node": { create: validateNode, update: validateNodeUpdate },
  "/Event": { name: pathSegment, create: validateEvent },
  "discovery.k8s.io/EndpointSlice": {
    create: validateEndpointSlice,
    update: validateEndpointSliceUpdate,
    isCheckedWhole: true,
  },
  "storage.k8s.io/StorageClass": {
    create: validateStorageClass,
    update: validateStorageClassUpdate,
    isCheckedWhole: true,
  },
  "scheduling.k8s.io/PriorityClass": { create: validatePriorityClass, update: validatePriorityClassUpdate },
  "node.k8s.io/RuntimeClass": {
    create: validateRuntimeClass,
    update: validateRuntimeClassUpdate,
    isCheckedWhole: true,
  },
  "storage.k8s.io/CSIDriver": { create: validateCsiDriver, update: validateCsiDriverUpdate },
  "resource.k8s.io/DeviceClass": { name: inBytes },
  "resource.k8s.io/ResourceClaim": { create: validateResourceClaim, update: validateResourceClaimUpdate },
  "coordination.k8s.io/Lease": { create: validateLease },
  "apps/ControllerRevision": { create: validateControllerRevision, update: validateControllerRevisionUpdate },
  "flowcontrol.apiserver.k8s.io/FlowSchema": { create: validateFlowSchema },
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": { create: validatePriorityLevel },
  "apiregistration.k8s.io/APIService": { name: pathSegment, create: validateApiService },
};

/**
 * What kube-apiserver holds against an object of a built-in kind, defaults already filled in: a new one, or with `before` a
 * changed one. Faults have its words; their order is not always its own.
 */
export function validateBuiltin(object: KubeObject, before?: KubeObject): FieldError[] {
  const kind = gvkOf(object);
  const rules = RULES[`${kind.group}/${kind.kind}`] ?? {};
  const metadata: ObjectMeta = object.metadata;
  if (before === undefined) {
    const isNamespaced = !isClusterScopedBuiltin(kind);
    const own = rules.create?.(object) ?? [];
    if (rules.isMetadataLast && own.length > 0) return own;
    const errors = validateMetadata(metadata, isNamespaced, rules.name ?? dns1123Subdomain);
    return [...errors, ...finalizerFaults(metadata, kind.group), ...own];
  }
  const errors = validateMetadataUpdate(metadata, before.metadata);
  if (rules.isCheckedWhole) errors.push(...validateBuiltin(object));
  return [
    ...errors,
    ...(rules.update?.(object, before) ?? (rules.isCheckedWhole ? [] : (rules.create?.(object) ?? []))),
  ];
}

/** Groups whose finalizers may be any qualified name. */
const WITH_FREE_FINALIZERS = new Set([
  "apiextensions.k8s.io",
  "admissionregistration.k8s.io",
  "apiregistration.k8s.io",
]);
const STANDARD_FINALIZERS = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function finalizerFaults(metadata: ObjectMeta, group: string): FieldError[] {
  if (WITH_FREE_FINALIZERS.has(group)) return [];
  const finalizers = Array.isArray(metadata.finalizers) ? metadata.finalizers : [];
  return finalizers.flatMap((name, index) =>
    typeof name !== "string" || name.includes("/") || STANDARD_FINALIZERS.has(name)
      ? []
      : [
          invalid(
            at("metadata.finalizers", index),
            name,
            "name is neither a standard finalizer name nor is it fully qualified",
          ),
        ],
  );
}
