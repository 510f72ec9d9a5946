import type { Admitter } from "./types.ts";

export const CLAIM_FINALIZER = "kubernetes.io/pvc-protection";
export const VOLUME_FINALIZER = "kubernetes.io/pv-protection";

/** Claims that pods use, and volumes that claims are bound to, are not deleted under them. */
export const volumeProtection: Admitter = ({ resource, operation, subresource, object }) => {
  if (operation !== "CREATE" || subresource !== "" || resource.group !== "" || object === undefined) return;
  const finalizer =
    resource.kind === "PersistentVolumeClaim"
      ? CLAIM_FINALIZER
      : resource.kind === "PersistentVolume"
        ? VOLUME_FINALIZER
        : undefined;
  if (finalizer === undefined) return;
  const finalizers = object.metadata.finalizers ?? [];
  if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
};
