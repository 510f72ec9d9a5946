import { controllerReference, type KubeObject, labelSelectorFromObject, matchesLabels } from "@fairlead/apimachinery";
import type { Action } from "./action.ts";

/**
 * Who belongs to whom by labels, after the controller reference managers of kube-controller-manager: what matches and has no
 * controller is adopted, so that a workload deleted with its pods left behind finds them again; what no longer matches is let go,
 * which is how people take a sick pod aside to look at it. Empty when nothing has to change.
 */
export function claimActions(
  owner: KubeObject,
  selector: unknown,
  owned: readonly KubeObject[],
  unowned: readonly KubeObject[],
): Action[] {
  if (owner.metadata.deletionTimestamp !== undefined) return [];
  const matches = matcher(selector);
  if (!matches) return [];
  const released = owned.filter((object) => !matches(object) && isStaying(object));
  const adopted = unowned.filter((object) => matches(object) && isStaying(object));
  return [
    ...released.map((object) => {
      const left = (object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
      return patchOwners(object, left);
    }),
    ...adopted.map((object) =>
      patchOwners(object, [...(object.metadata.ownerReferences ?? []), controllerReference(owner)]),
    ),
  ];
}

function matcher(selector: unknown): ((object: KubeObject) => boolean) | undefined {
  try {
    const parsed = labelSelectorFromObject(selector);
    // An empty selector would take everything in the namespace; no server accepts one here.
    return parsed.requirements.length === 0 ? undefined : ({ metadata }) => matchesLabels(parsed, metadata.labels);
  } catch {
    return undefined;
  }
}

function isStaying({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp === undefined;
}

/** With the uid, so that a new object of the same name is not meant. */
function patchOwners(object: KubeObject, owners: NonNullable<KubeObject["metadata"]["ownerReferences"]>): Action {
  const { uid } = object.metadata;
  const ownerReferences = owners.length > 0 ? owners : null;
  return { do: "patch", object, patch: { metadata: { ...(uid === undefined ? {} : { uid }), ownerReferences } } };
}
