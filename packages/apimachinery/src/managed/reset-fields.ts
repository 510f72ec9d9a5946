import type { GroupVersionKind } from "../object/types.ts";
import { FieldSet } from "../smd/field-set.ts";

type Paths = readonly string[];

/**
 * Fields an endpoint of a built-in kind ignores, so that whoever sends them doesn't come to own them: the `GetResetFields` of
 * the registry strategies of Kubernetes 1.35. Key: `group/Kind`; [main endpoint, status endpoint, others by name].
 */
const BUILTIN: Record<string, { main: Paths; status: Paths; [subresource: string]: Paths }> = {
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": { main: ["status"], status: ["spec", "metadata"] },
  "apps/DaemonSet": { main: ["status"], status: ["spec"] },
  "apps/Deployment": { main: ["status"], status: ["spec", "metadata.labels"] },
  "apps/ReplicaSet": { main: ["status"], status: ["spec"] },
  "apps/StatefulSet": { main: ["status"], status: ["spec"] },
  "autoscaling/HorizontalPodAutoscaler": { main: ["status"], status: ["spec"] },
  "batch/CronJob": { main: ["status"], status: ["spec"] },
  "batch/Job": { main: ["status"], status: ["spec"] },
  "certificates.k8s.io/CertificateSigningRequest": {
    main: ["spec", "status"],
    status: ["spec", "status.conditions"],
    approval: ["spec", "status.certificate"],
  },
  "/Namespace": { main: ["status"], status: ["spec"], finalize: ["status"] },
  "/Node": { main: ["status"], status: ["spec"] },
  "/PersistentVolume": { main: ["status"], status: ["spec"] },
  "/PersistentVolumeClaim": { main: ["status"], status: ["spec"] },
  "/Pod": { main: ["status"], status: ["spec", "metadata.deletionTimestamp", "metadata.ownerReferences"] },
  "/ReplicationController": { main: ["status"], status: ["spec"] },
  "/ResourceQuota": { main: ["status"], status: ["spec"] },
  "/Service": { main: ["status"], status: ["spec"] },
  "flowcontrol.apiserver.k8s.io/FlowSchema": { main: ["status"], status: ["metadata", "spec"] },
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": { main: ["status"], status: ["metadata", "spec"] },
  "networking.k8s.io/Ingress": { main: ["status"], status: ["spec"] },
  "policy/PodDisruptionBudget": { main: ["status"], status: ["spec"] },
  "resource.k8s.io/ResourceClaim": { main: ["status"], status: ["metadata", "spec"] },
  "storage.k8s.io/VolumeAttachment": { main: ["status"], status: ["metadata", "spec"] },
  "apiextensions.k8s.io/CustomResourceDefinition": { main: ["status"], status: ["metadata", "spec"] },
  "apiregistration.k8s.io/APIService": { main: ["status"], status: ["spec"] },
};

const sets = new Map<string, FieldSet>();

/** One set for the same paths, which are few. */
function setOfPaths(paths: Paths): FieldSet {
  const text = paths.join();
  let set = sets.get(text);
  if (set === undefined) {
    set = FieldSet.fromPaths(paths.map((path) => path.split(".").map((name) => `f:${name}`)));
    sets.set(text, set);
  }
  return set;
}

/** What the endpoint of a built-in kind ignores; undefined when it takes everything. Scale is not a matter of reset fields. */
export function resetFields(kind: Pick<GroupVersionKind, "group" | "kind">, subresource = ""): FieldSet | undefined {
  const paths = BUILTIN[`${kind.group}/${kind.kind}`]?.[subresource === "" ? "main" : subresource];
  return paths && setOfPaths(paths);
}

/** The same for a custom resource: with a status subresource the main endpoint ignores status, and status ignores spec. */
export function customResetFields(hasStatus: boolean, subresource = ""): FieldSet | undefined {
  if (subresource === "status") return setOfPaths(["spec"]);
  return hasStatus ? setOfPaths(["status"]) : undefined;
}
