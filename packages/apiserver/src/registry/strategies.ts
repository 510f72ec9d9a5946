import type { KubeObject } from "@fairlead/apimachinery";
import { jsonEqual } from "@fairlead/base";
import { keepStoredVersions, prepareDefinitionDelete } from "../crd/conditions.ts";
import { settleDataSources } from "./claim-sources.ts";
import { POD_STRATEGY } from "./pod-strategy.ts";
import {
  keepNamespaceFinalizers,
  prepareCronJob,
  prepareDaemonSet,
  prepareDaemonSetUpdate,
  prepareJob,
  prepareNamespace,
  preparePersistentVolume,
  preparePersistentVolumeStatus,
  prepareSecret,
  zeroStatus,
} from "./prepare.ts";
import { SIGNING_REQUEST_STRATEGY } from "./signing-requests.ts";
import type { Strategy } from "./types.ts";

interface KindInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly subresources?: readonly { readonly name: string }[] | undefined;
}

type Rules = Omit<Strategy, "hasStatus">;

const bySpec = (before: KubeObject, after: KubeObject): boolean => !jsonEqual(before["spec"], after["spec"]);
const byAnnotationsToo = (before: KubeObject, after: KubeObject): boolean =>
  bySpec(before, after) || !jsonEqual(before.metadata.annotations ?? {}, after.metadata.annotations ?? {});
const byWebhooks = (before: KubeObject, after: KubeObject): boolean =>
  !jsonEqual(before["webhooks"], after["webhooks"]);

/** Any change but of metadata and status, as for custom resources with a status subresource. */
export function changesOutsideMetadata(before: KubeObject, after: KubeObject, hasStatus: boolean): boolean {
  const strip = (object: KubeObject): Record<string, unknown> => {
    const { metadata: _metadata, status, ...rest } = object;
    return hasStatus ? rest : { ...rest, status };
  };
  return !jsonEqual(strip(before), strip(after));
}

/** What differs from kind to kind; source: pkg/registry/<group>/<kind>/strategy.go of Kubernetes 1.35. */
const RULES: Readonly<Record<string, Rules>> = {
  "/Pod": POD_STRATEGY,
  "/Namespace": { prepareForCreate: prepareNamespace, prepareForUpdate: keepNamespaceFinalizers, name: "label" },
  "/PersistentVolumeClaim": {
    prepareForCreate: (claim) => settleDataSources(claim),
    prepareForUpdate: (after, before) => settleDataSources(after, before),
  },
  "/Secret": { prepareForCreate: prepareSecret, prepareForUpdate: prepareSecret },
  "/Service": { createsOnUpdate: true, name: "label1035" },
  "/PodTemplate": { generation: (before, after) => !jsonEqual(before["template"], after["template"]) },
  "scheduling.k8s.io/PriorityClass": { generation: () => false },
  "/Endpoints": { createsOnUpdate: true },
  "/Event": { createsOnUpdate: true },
  "events.k8s.io/Event": { createsOnUpdate: true },
  "/LimitRange": { createsOnUpdate: true },
  "/ReplicationController": { generation: bySpec, defaultPropagation: "Orphan" },
  "apps/Deployment": { generation: byAnnotationsToo, keepsLabelsOfStatus: true },
  "apps/ReplicaSet": { generation: bySpec },
  "apps/StatefulSet": { generation: bySpec },
  "apps/DaemonSet": {
    generation: bySpec,
    prepareForCreate: prepareDaemonSet,
    prepareForUpdate: prepareDaemonSetUpdate,
  },
  "certificates.k8s.io/CertificateSigningRequest": SIGNING_REQUEST_STRATEGY,
  "/PersistentVolume": {
    prepareForCreate: preparePersistentVolume,
    prepareForStatusUpdate: preparePersistentVolumeStatus,
  },
  "batch/Job": { generation: bySpec, defaultPropagation: "Orphan", prepareForCreate: prepareJob },
  "batch/CronJob": { generation: bySpec, prepareForCreate: prepareCronJob },
  "policy/PodDisruptionBudget": { generation: bySpec, needsResourceVersion: true },
  "networking.k8s.io/Ingress": { generation: bySpec },
  "networking.k8s.io/IngressClass": { generation: bySpec },
  "networking.k8s.io/NetworkPolicy": { generation: bySpec },
  "coordination.k8s.io/Lease": { createsOnUpdate: true, needsResourceVersion: true },
  "coordination.k8s.io/LeaseCandidate": { createsOnUpdate: true, needsResourceVersion: true },
  "discovery.k8s.io/EndpointSlice": {
    generation: (before, after) => changesOutsideMetadata(before, after, false),
  },
  "node.k8s.io/RuntimeClass": { createsOnUpdate: true, needsResourceVersion: true },
  "rbac.authorization.k8s.io/Role": { createsOnUpdate: true, name: "path" },
  "rbac.authorization.k8s.io/RoleBinding": { createsOnUpdate: true, name: "path" },
  "rbac.authorization.k8s.io/ClusterRole": { createsOnUpdate: true, name: "path" },
  "rbac.authorization.k8s.io/ClusterRoleBinding": { createsOnUpdate: true, name: "path" },
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": { generation: byWebhooks, needsResourceVersion: true },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": { generation: byWebhooks, needsResourceVersion: true },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": { generation: bySpec, needsResourceVersion: true },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": { generation: bySpec, needsResourceVersion: true },
  "admissionregistration.k8s.io/MutatingAdmissionPolicy": { generation: bySpec, needsResourceVersion: true },
  "admissionregistration.k8s.io/MutatingAdmissionPolicyBinding": { generation: bySpec, needsResourceVersion: true },
  "apiextensions.k8s.io/CustomResourceDefinition": {
    generation: bySpec,
    needsResourceVersion: true,
    prepareForCreate: keepStoredVersions,
    prepareForUpdate: keepStoredVersions,
    prepareForDelete: prepareDefinitionDelete,
  },
  "flowcontrol.apiserver.k8s.io/FlowSchema": { generation: bySpec },
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": { generation: bySpec },
  "storage.k8s.io/CSIDriver": { generation: bySpec, startsAtZero: true, needsResourceVersion: true },
  "storage.k8s.io/CSINode": { needsResourceVersion: true },
  "storage.k8s.io/CSIStorageCapacity": { needsResourceVersion: true },
  "storage.k8s.io/VolumeAttachment": { needsResourceVersion: true },
  "resource.k8s.io/ResourceSlice": { generation: bySpec },
  "resource.k8s.io/DeviceClass": { generation: bySpec },
};

export function strategyOf(info: KindInfo): Strategy {
  const rules = RULES[`${info.group}/${info.kind}`] ?? {};
  const hasStatus = info.subresources?.some((subresource) => subresource.name === "status") === true;
  const zero = zeroStatus(info.group, info.kind);
  return {
    ...rules,
    hasStatus,
    prepareForCreate(object, context) {
      if (hasStatus) {
        if (zero === undefined) delete object["status"];
        else object["status"] = zero();
      }
      rules.prepareForCreate?.(object, context);
    },
  };
}
