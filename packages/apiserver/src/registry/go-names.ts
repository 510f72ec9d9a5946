/**
 * What OpenAPI does not tell of Go's types and decoding errors name: texts with a type of their own, and structs within structs that
 * JSON writes flat (k8s.io/api types of 1.35).
 */

/** By `Struct.field`. */
const TEXTS: Readonly<Record<string, string>> = {
  "Container.imagePullPolicy": "v1.PullPolicy",
  "Container.restartPolicy": "v1.ContainerRestartPolicy",
  "Container.terminationMessagePolicy": "v1.TerminationMessagePolicy",
  "ContainerPort.protocol": "v1.Protocol",
  "CronJobSpec.concurrencyPolicy": "v1.ConcurrencyPolicy",
  "DaemonSetUpdateStrategy.type": "v1.DaemonSetUpdateStrategyType",
  "DeploymentStrategy.type": "v1.DeploymentStrategyType",
  "EmptyDirVolumeSource.medium": "v1.StorageMedium",
  "EphemeralContainerCommon.imagePullPolicy": "v1.PullPolicy",
  "HTTPGetAction.scheme": "v1.URIScheme",
  "HTTPIngressPath.pathType": "v1.PathType",
  "HostPathVolumeSource.type": "v1.HostPathType",
  "JobSpec.completionMode": "v1.CompletionMode",
  "LabelSelectorRequirement.operator": "v1.LabelSelectorOperator",
  "ManagedFieldsEntry.operation": "v1.ManagedFieldsOperationType",
  "NamespaceSpec.finalizers": "v1.FinalizerName",
  "NetworkPolicyPort.protocol": "v1.Protocol",
  "NetworkPolicySpec.policyTypes": "v1.PolicyType",
  "NodeSelectorRequirement.operator": "v1.NodeSelectorOperator",
  "ObjectMeta.uid": "types.UID",
  "OwnerReference.uid": "types.UID",
  "PersistentVolumeClaimSpec.accessModes": "v1.PersistentVolumeAccessMode",
  "PersistentVolumeClaimSpec.volumeMode": "v1.PersistentVolumeMode",
  "PersistentVolumeSpec.accessModes": "v1.PersistentVolumeAccessMode",
  "PersistentVolumeSpec.persistentVolumeReclaimPolicy": "v1.PersistentVolumeReclaimPolicy",
  "PersistentVolumeSpec.volumeMode": "v1.PersistentVolumeMode",
  "PodOS.name": "v1.OSName",
  "PodSpec.dnsPolicy": "v1.DNSPolicy",
  "PodSpec.preemptionPolicy": "v1.PreemptionPolicy",
  "PodSpec.restartPolicy": "v1.RestartPolicy",
  "ResourceQuotaSpec.scopes": "v1.ResourceQuotaScope",
  "Secret.type": "v1.SecretType",
  "ServicePort.protocol": "v1.Protocol",
  "ServiceSpec.externalTrafficPolicy": "v1.ServiceExternalTrafficPolicy",
  "ServiceSpec.internalTrafficPolicy": "v1.ServiceInternalTrafficPolicy",
  "ServiceSpec.ipFamilies": "v1.IPFamily",
  "ServiceSpec.ipFamilyPolicy": "v1.IPFamilyPolicy",
  "ServiceSpec.sessionAffinity": "v1.ServiceAffinity",
  "ServiceSpec.type": "v1.ServiceType",
  "StatefulSetSpec.podManagementPolicy": "v1.PodManagementPolicyType",
  "StatefulSetUpdateStrategy.type": "v1.StatefulSetUpdateStrategyType",
  "Taint.effect": "v1.TaintEffect",
  "Toleration.effect": "v1.TaintEffect",
  "Toleration.operator": "v1.TolerationOperator",
  "TopologySpreadConstraint.whenUnsatisfiable": "v1.UnsatisfiableConstraintAction",
};

/** The struct that is embedded in another, and the fields of the other that are not in it. */
const EMBEDDED: Readonly<Record<string, { readonly name: string; readonly own: ReadonlySet<string> }>> = {
  Volume: { name: "VolumeSource", own: new Set(["name"]) },
  Probe: {
    name: "ProbeHandler",
    own: new Set([
      "initialDelaySeconds",
      "timeoutSeconds",
      "periodSeconds",
      "successThreshold",
      "failureThreshold",
      "terminationGracePeriodSeconds",
    ]),
  },
  IngressRule: { name: "IngressRuleValue", own: new Set(["host"]) },
  EphemeralContainer: { name: "EphemeralContainerCommon", own: new Set(["targetContainerName"]) },
};

/** The type of a text field; `path` ends with its name. */
export function nameOfText(struct: string, path: string): string {
  const field = path.slice(path.lastIndexOf(".") + 1);
  return TEXTS[`${struct}.${field}`] ?? "string";
}

/** The embedded struct that a field of another is in. */
export function embeddedIn(struct: string, field: string): string | undefined {
  const embedded = Object.hasOwn(EMBEDDED, struct) ? EMBEDDED[struct] : undefined;
  return embedded === undefined || embedded.own.has(field) ? undefined : embedded.name;
}
