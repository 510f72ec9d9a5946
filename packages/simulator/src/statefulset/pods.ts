import { controllerReference } from "@fairlead/apimachinery";
import type { ControllerRevision, Claim, Pod, PodTemplate, StatefulSet } from "../api/types.ts";
import type { Action } from "../engine/action.ts";
import { templateOf } from "../revision/revisions.ts";

const REVISION_LABEL = "controller-revision-hash";
const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

/** The ordinal in a pod's name; undefined when the name is not of this set's form. */
export function ordinalOf(set: StatefulSet, name: string): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^(0|[1-9][0-9]{0,8})$/.test(rest) ? Number(rest) : undefined;
}

function podName(set: StatefulSet, ordinal: number): string {
  return `${set.metadata.name}-${ordinal}`;
}

export function claimName(set: StatefulSet, template: Claim, ordinal: number): string {
  return `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
}

export function revisionNameOf(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? "";
}

/** The claims a pod needs that are not there yet. */
export function claimActions(set: StatefulSet, ordinal: number, hasClaim: (name: string) => boolean): Action[] {
  return (set.spec.volumeClaimTemplates ?? [])
    .filter((template) => !hasClaim(claimName(set, template, ordinal)))
    .map((template) => {
      const name = claimName(set, template, ordinal);
      const { namespace } = set.metadata;
      const object: Claim = {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          labels: { ...template.metadata.labels, ...matchLabels(set) },
          ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
          ...claimOwner(set),
        },
        ...(template.spec ? { spec: template.spec } : {}),
      };
      const about = `Claim ${name} Pod ${podName(set, ordinal)} in StatefulSet ${set.metadata.name}`;
      return {
        do: "create",
        object,
        created: { about: set, type: "Normal", reason: "SuccessfulCreate", message: `Create ${about} success` },
        failed: {
          about: set,
          type: "Warning",
          reason: "FailedCreate",
          message: `Create ${about.replace(" Pod ", " for Pod ")} failed error: {error}`,
        },
      };
    });
}

/** A claim that is to go with the set is owned by it. */
function claimOwner(set: StatefulSet): Pick<Claim["metadata"], "ownerReferences"> {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted !== "Delete") return {};
  const { controller: _, blockOwnerDeletion: __, ...owner } = controllerReference(set);
  return { ownerReferences: [owner] };
}

export function podAction(set: StatefulSet, ordinal: number, revision: ControllerRevision): Action {
  const template: PodTemplate = templateOf(revision) ?? set.spec.template;
  const name = podName(set, ordinal);
  const { namespace } = set.metadata;
  const claims = (set.spec.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata.name ?? "",
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) },
  }));
  const isClaim = new Set(claims.map((claim) => claim.name));
  const volumes = [...claims, ...(template.spec.volumes ?? []).filter((volume) => !isClaim.has(volume.name))];
  const object: Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: `${set.metadata.name}-`,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: {
        ...template.metadata?.labels,
        [REVISION_LABEL]: revision.metadata.name ?? "",
        [POD_NAME_LABEL]: name,
        [POD_INDEX_LABEL]: String(ordinal),
      },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...template.spec,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
  const about = `Pod ${name} in StatefulSet ${set.metadata.name}`;
  return {
    do: "create",
    object,
    created: { about: set, type: "Normal", reason: "SuccessfulCreate", message: `Create ${about} successful` },
    failed: { about: set, type: "Warning", reason: "FailedCreate", message: `Create ${about} failed error: {error}` },
  };
}

export function deleteAction(set: StatefulSet, pod: Pod): Action {
  const message = `Delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  return { do: "delete", object: pod, deleted: { about: set, type: "Normal", reason: "SuccessfulDelete", message } };
}

function matchLabels(set: StatefulSet): Record<string, string> {
  return (set.spec.selector?.["matchLabels"] as Record<string, string> | undefined) ?? {};
}
