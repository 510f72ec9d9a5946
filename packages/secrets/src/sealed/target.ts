/** The Secret a SealedSecret makes: what is written over one that is there (facts/secrets.md 1A). */
import type { KubeObject } from "@fairlead/apimachinery";
import { jsonEqual, type Json } from "@fairlead/base";
import { ANNOTATIONS } from "../seal/scope.ts";
import { SEALED_SECRET, type Secret } from "../seal/types.ts";

export type Decision =
  | { readonly kind: "create" | "update"; readonly object: KubeObject }
  | { readonly kind: "same" }
  | { readonly kind: "refuse"; readonly why: string };

/** @param uid of the SealedSecret */
export function decideTarget(wanted: Secret, existing: KubeObject | undefined, uid: string): Decision {
  const made = asObject(wanted);
  if (existing === undefined) return { kind: "create", object: made };
  const annotations = existing.metadata.annotations ?? {};
  const isOurs =
    existing.metadata.ownerReferences?.some((owner) => owner["controller"] === true && owner.uid === uid) ?? false;
  // A Secret that was asked to have no owner is known by the annotation that asked, which nothing but the template put there.
  const isUnowned = [annotations, made.metadata.annotations].every(
    (each) => each?.[ANNOTATIONS.skipSetOwnerReferences] === "true",
  );
  const isManaged = annotations[ANNOTATIONS.managed] === "true";
  const isPatched = annotations[ANNOTATIONS.patch] === "true";
  const named = `Resource ${JSON.stringify(wanted.metadata.name)}`;
  if (!isOurs && !isUnowned && !isManaged && !isPatched)
    return { kind: "refuse", why: `${named} already exists and is not managed by SealedSecret` };
  const other = existing.metadata.ownerReferences?.find((owner) => owner["controller"] === true && owner.uid !== uid);
  // Of a SealedSecret of this name that was deleted and made anew, the annotation may hand the Secret on; of others it may not.
  const isPredecessor = other?.kind === SEALED_SECRET.kind && other.name === wanted.metadata.name;
  if (other !== undefined && isManaged && !isPredecessor) {
    const owner = `${other.kind} ${JSON.stringify(other.name)}`;
    return {
      kind: "refuse",
      why: `${named} is controlled by ${owner} already: two controllers would overwrite each other`,
    };
  }
  const object = isPatched ? patched(existing, made, isManaged) : replaced(existing, made);
  return jsonEqual(parts(object), parts(existing)) ? { kind: "same" } : { kind: "update", object };
}

function asObject(secret: Secret): KubeObject {
  return JSON.parse(JSON.stringify(secret)) as KubeObject;
}

/** What else stands in the object, `immutable` too, is left as it is. */
function replaced(existing: KubeObject, made: KubeObject): KubeObject {
  const { labels, annotations, ownerReferences } = made.metadata;
  const { labels: _l, annotations: _a, ownerReferences: _o, ...metadata } = existing.metadata;
  return {
    ...existing,
    type: typeOf(made, existing),
    data: made["data"] ?? {},
    metadata: {
      ...metadata,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(ownerReferences && { ownerReferences }),
    },
  };
}

function patched(existing: KubeObject, made: KubeObject, isManaged: boolean): KubeObject {
  const { labels, annotations, ownerReferences } = made.metadata;
  return {
    ...existing,
    type: typeOf(made, existing),
    data: { ...(existing["data"] as object | undefined), ...(made["data"] as object | undefined) } as Json,
    metadata: {
      ...existing.metadata,
      labels: { ...existing.metadata.labels, ...labels },
      annotations: { ...existing.metadata.annotations, ...annotations },
      ...(isManaged && ownerReferences && { ownerReferences }),
    },
  };
}

function typeOf(made: KubeObject, existing: KubeObject): Json {
  return made["type"] ?? existing["type"] ?? "Opaque";
}

function parts(object: KubeObject): Json {
  const { labels = {}, annotations = {}, ownerReferences = [] } = object.metadata;
  return { type: object["type"] ?? null, data: object["data"] ?? {}, labels, annotations, ownerReferences } as Json;
}
