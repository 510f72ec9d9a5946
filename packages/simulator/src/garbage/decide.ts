import type { KubeObject, OwnerReference } from "@fairlead/apimachinery";
import type { Action } from "../engine/action.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";

export interface GarbageFacts {
  readonly object: KubeObject;
  /** What names it as an owner, among the kinds that are watched. */
  readonly dependents: readonly KubeObject[];
  /** Whether an owner is still there: undefined when its kind is not watched, so that nobody can tell. */
  readonly hasOwner: (reference: OwnerReference) => boolean | undefined;
}

/**
 * What becomes of an object by its owners and its own deletion, after the garbage collector of kube-controller-manager: without
 * any owner left it goes; deleted in the foreground it waits for what it owns and is blocked by; orphaning, it lets them go.
 */
export function decideGarbage({ object, dependents, hasOwner }: GarbageFacts): Action[] {
  const { deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata;
  if (deletionTimestamp !== undefined) {
    if (finalizers.includes(ORPHAN)) return orphan(object, dependents);
    if (finalizers.includes(FOREGROUND)) return foreground(object, dependents);
    return [];
  }
  if (ownerReferences.length === 0) return [];
  const isLost = ownerReferences.every((reference) => hasOwner(reference) === false);
  return isLost ? [{ do: "delete", object }] : [];
}

function orphan(object: KubeObject, dependents: readonly KubeObject[]): Action[] {
  const released = dependents.map((dependent): Action => {
    const left = (dependent.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== object.metadata.uid);
    return { do: "patch", object: dependent, patch: { metadata: { ownerReferences: left.length > 0 ? left : null } } };
  });
  return [...released, withoutFinalizer(object, ORPHAN)];
}

function foreground(object: KubeObject, dependents: readonly KubeObject[]): Action[] {
  const blocking = dependents.filter(({ metadata }) =>
    metadata.ownerReferences?.some(
      ({ uid, blockOwnerDeletion }) => uid === object.metadata.uid && blockOwnerDeletion === true,
    ),
  );
  if (blocking.length === 0) return [withoutFinalizer(object, FOREGROUND)];
  return dependents
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((dependent): Action => ({ do: "delete", object: dependent, propagation: "Foreground" }));
}

function withoutFinalizer(object: KubeObject, finalizer: string): Action {
  const finalizers = (object.metadata.finalizers ?? []).filter((item) => item !== finalizer);
  return { do: "patch", object, patch: { metadata: { finalizers } } };
}
