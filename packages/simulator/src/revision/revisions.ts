import { controllerReference, type KubeObject } from "@fairlead/apimachinery";
import { type JsonObject, jsonEqual } from "@fairlead/base";
import { hashName } from "../api/hash.ts";
import type { ControllerRevision, PodTemplate } from "../api/types.ts";
import type { Action } from "../engine/action.ts";

/** ControllerRevisions: how StatefulSets and DaemonSets remember their templates. */

export interface RevisionPlan {
  /** The revision of the template as it is now; made up here when it is new. */
  readonly update: ControllerRevision;
  readonly actions: readonly Action[];
}

/** The template as a revision keeps it: a patch that puts it back whole. */
function revisionData(template: PodTemplate): JsonObject {
  return { spec: { template: { ...template, $patch: "replace" } } };
}

export function templateOf(revision: ControllerRevision): PodTemplate | undefined {
  const spec = revision.data?.["spec"] as JsonObject | undefined;
  if (!spec) return undefined;
  const { $patch: _, ...template } = spec["template"] as PodTemplate & { $patch?: string };
  return template as PodTemplate;
}

function byNumber(revisions: readonly ControllerRevision[]): ControllerRevision[] {
  return [...revisions].sort(
    (a, b) => a.revision - b.revision || ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1),
  );
}

/** The label by which a StatefulSet's revision is told apart. */
export const REVISION_HASH_LABEL = "controller.kubernetes.io/hash";

/** The newest revision if its template still is the owner's; an older one with that template is given the newest number. */
export function planRevision(
  owner: KubeObject,
  template: PodTemplate,
  known: readonly ControllerRevision[],
  hashLabel: string,
): RevisionPlan {
  const sorted = byNumber(known);
  const data = revisionData(template);
  const number = (sorted.at(-1)?.revision ?? 0) + 1;
  const same = sorted.findLast((revision) => jsonEqual(revision.data, data));
  if (same && same === sorted.at(-1)) return { update: same, actions: [] };
  if (same) {
    return {
      update: { ...same, revision: number },
      actions: [{ do: "patch", object: same, patch: { revision: number } }],
    };
  }
  const collisions = (owner["status"] as { collisionCount?: number } | undefined)?.collisionCount ?? 0;
  const hash = hashName(template, collisions);
  const { name = "", namespace } = owner.metadata;
  const update: ControllerRevision = {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${name.slice(0, 223)}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      ...(owner.metadata.annotations === undefined ? {} : { annotations: owner.metadata.annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision: number,
  };
  return { update, actions: [{ do: "create", object: update }] };
}

/** Revisions beyond the history that is to be kept, oldest first; those in use stay. */
export function truncation(
  revisions: readonly ControllerRevision[],
  inUse: ReadonlySet<string>,
  limit: number,
): Action[] {
  const idle = byNumber(revisions).filter(({ metadata }) => !inUse.has(metadata.name ?? ""));
  return idle.slice(0, Math.max(0, idle.length - limit)).map((object) => ({ do: "delete", object }));
}
