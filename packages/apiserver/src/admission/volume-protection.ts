import type { Admitter } from "./types.ts";

export const CLAIM_FINALIZER = "kubernetes.io/pvc-protection";
export const VOLUME_FINALIZER = "kubernetes.io/pv-protection";
export const CLASS_FINALIZER = "kubernetes.io/vac-protection";
const FINALIZERS: Readonly<Record<string, string>> = {
  "/PersistentVolumeClaim": CLAIM_FINALIZER,
  "/PersistentVolume": VOLUME_FINALIZER,
  "storage.k8s.io/VolumeAttributesClass": CLASS_FINALIZER,
};

/** Claims that pods use, and volumes that claims are bound to, are not deleted under them. */
export const volumeProtection: Admitter = ({ resource, operation, subresource, object }) => {
  if (operation !== "CREATE" || subresource !== "" || object === undefined) return;
  const finalizer = FINALIZERS[`${resource.group}/${resource.kind}`];
  if (finalizer === undefined) return;
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
};
