import type { KubeObject } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";
import type { Claim, Pod } from "../api/types.ts";
import { type Action, type Decision, statusAction } from "../engine/action.ts";

export interface StorageClass extends KubeObject {
  provisioner?: string;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
}

export interface Volume extends KubeObject {
  spec?: JsonObject & {
    claimRef?: { apiVersion?: string; kind?: string; namespace?: string; name?: string; uid?: string };
    capacity?: Record<string, string>;
    accessModes?: string[];
    storageClassName?: string;
    persistentVolumeReclaimPolicy?: string;
  };
  status?: JsonObject & { phase?: string };
}

export interface ClaimFacts {
  readonly claim: Claim;
  readonly classes: readonly StorageClass[];
  readonly volumes: readonly Volume[];
  /** Pods that use it and have not ended. */
  readonly users: readonly Pod[];
}

const CLAIM_PROTECTION = "kubernetes.io/pvc-protection";
const VOLUME_PROTECTION = "kubernetes.io/pv-protection";
const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const PROVISIONER = "simulator.fairlead.dev/volumes";

/** The class that is there for whoever names none. */
export function defaultClass(): StorageClass {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "standard", annotations: { [DEFAULT_CLASS]: "true" } },
    provisioner: PROVISIONER,
    reclaimPolicy: "Delete",
    volumeBindingMode: "Immediate",
  };
}

export function isDefaultClass({ metadata }: StorageClass): boolean {
  return metadata.annotations?.[DEFAULT_CLASS] === "true";
}

/** Gives a claim a volume: one that is there, else one made for it; every class that exists can make them. */
export function decideClaim(facts: ClaimFacts): Decision {
  const { claim, volumes, users } = facts;
  if (claim.metadata.deletionTimestamp !== undefined)
    return { actions: users.length > 0 ? [] : unprotect(claim, CLAIM_PROTECTION) };
  const own = volumes.find(({ spec }) => spec?.claimRef?.uid !== undefined && spec.claimRef.uid === claim.metadata.uid);
  const named = volumes.find(({ metadata }) => metadata.name === claim.spec?.volumeName);
  const volume = own ?? named ?? available(facts);
  return { actions: volume ? bind(claim, volume) : provision(facts) };
}

/** A volume whose claim is gone: deleted or kept, by its policy. */
export function decideVolume(volume: Volume, claim: Claim | undefined): Decision {
  if (volume.metadata.deletionTimestamp !== undefined) return { actions: unprotect(volume, VOLUME_PROTECTION) };
  const reference = volume.spec?.claimRef;
  if (!reference)
    return { actions: volume.status?.phase === "Available" ? [] : statusAction(volume, { phase: "Available" }) };
  if (reference.uid === undefined || claim?.metadata.uid === reference.uid) return { actions: [] };
  if (volume.spec?.persistentVolumeReclaimPolicy === "Delete") return { actions: [{ do: "delete", object: volume }] };
  return { actions: volume.status?.phase === "Released" ? [] : statusAction(volume, { phase: "Released" }) };
}

function bind(claim: Claim, volume: Volume): Action[] {
  const { namespace, name, uid } = claim.metadata;
  const reference = volume.spec?.claimRef;
  if (reference?.uid !== undefined && reference.uid !== uid) return [];
  const actions: Action[] = [];
  if (reference?.uid === undefined) {
    const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid };
    actions.push({ do: "patch", object: volume, patch: { spec: { claimRef } } });
  }
  if (volume.status?.phase !== "Bound") actions.push(...statusAction(volume, { phase: "Bound" }));
  if (claim.spec?.volumeName !== volume.metadata.name) {
    const annotations = { "pv.kubernetes.io/bind-completed": "yes", "pv.kubernetes.io/bound-by-controller": "yes" };
    const patch = { metadata: { annotations }, spec: { volumeName: volume.metadata.name ?? "" } };
    actions.push({ do: "patch", object: claim, patch });
  }
  const status = {
    ...claim.status,
    phase: "Bound",
    accessModes: volume.spec?.accessModes ?? [],
    capacity: volume.spec?.capacity ?? {},
  };
  return [...actions, ...statusAction(claim, status)];
}

/** The smallest free volume of the class that is large enough is not searched for: any that fits by class and mode is taken. */
function available({ claim, volumes }: ClaimFacts): Volume | undefined {
  const { storageClassName = "", accessModes = [] } = claim.spec ?? {};
  return volumes.find(
    ({ spec, status, metadata }) =>
      status?.phase === "Available" &&
      metadata.deletionTimestamp === undefined &&
      (spec?.storageClassName ?? "") === storageClassName &&
      accessModes.every((mode) => spec?.accessModes?.includes(mode)) &&
      (spec?.claimRef === undefined ||
        (spec.claimRef.namespace === claim.metadata.namespace && spec.claimRef.name === claim.metadata.name)),
  );
}

function provision({ claim, classes, users }: ClaimFacts): Action[] {
  const pending = claim.status?.phase === "Pending" ? [] : statusAction(claim, { ...claim.status, phase: "Pending" });
  const wanted = claim.spec?.storageClassName;
  const chosen =
    wanted === undefined ? classes.find(isDefaultClass) : classes.find(({ metadata }) => metadata.name === wanted);
  if (!chosen) {
    const [reason, message] =
      wanted === undefined || wanted === ""
        ? ["FailedBinding", "no persistent volumes available for this claim and no storage class is set"]
        : ["ProvisioningFailed", `storageclass.storage.k8s.io "${wanted}" not found`];
    const type = wanted ? "Warning" : "Normal";
    return [
      ...pending,
      ...(pending.length > 0 ? [{ do: "event" as const, about: claim, type, reason, message } as Action] : []),
    ];
  }
  if (chosen.volumeBindingMode === "WaitForFirstConsumer" && users.length === 0) {
    const message = "waiting for first consumer to be created before binding";
    if (pending.length === 0) return [];
    return [...pending, { do: "event", about: claim, type: "Normal", reason: "WaitForFirstConsumer", message }];
  }
  const object = provisionedVolume(claim, chosen);
  const message = `Successfully provisioned volume ${object.metadata.name}`;
  return [
    ...pending,
    {
      do: "create",
      object,
      created: { about: claim, type: "Normal", reason: "ProvisioningSucceeded", message },
      failed: { about: claim, type: "Warning", reason: "ProvisioningFailed", message: "failed to provision: {error}" },
    },
  ];
}

function provisionedVolume(
  claim: Claim,
  { metadata, reclaimPolicy = "Delete", provisioner = PROVISIONER }: StorageClass,
): Volume {
  const { namespace = "", name = "", uid = "" } = claim.metadata;
  const storage = claim.spec?.resources?.requests?.["storage"] ?? "1Gi";
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pvc-${uid}`, annotations: { "pv.kubernetes.io/provisioned-by": provisioner } },
    spec: {
      accessModes: claim.spec?.accessModes ?? ["ReadWriteOnce"],
      capacity: { storage },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
      hostPath: { path: `/var/lib/simulator/volumes/pvc-${uid}`, type: "DirectoryOrCreate" },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: metadata.name ?? "",
      volumeMode: claim.spec?.volumeMode ?? "Filesystem",
    },
  };
}

function unprotect(object: KubeObject, finalizer: string): Action[] {
  const { finalizers = [] } = object.metadata;
  if (!finalizers.includes(finalizer)) return [];
  const left = finalizers.filter((item) => item !== finalizer);
  return [{ do: "patch", object, patch: { metadata: { finalizers: left } } }];
}
