import { isJsonObject } from "@fairlead/base";
import { parseApiVersion } from "../object/identity.ts";
import type { KubeObject, OwnerReference } from "../object/types.ts";

/**
 * Who owns whom among objects of one cluster. Owners are those of metadata.ownerReferences, by uid, and the ones the API leaves
 * unsaid: a Service owns its Endpoints, a StatefulSet the claims of its templates, a service account its token Secrets.
 */
export interface OwnerTree {
  /** Objects none of whose owners is here, in the order they were given. */
  readonly roots: readonly KubeObject[];
  /** What an object owns directly, in the order given. */
  childrenOf(object: KubeObject): readonly KubeObject[];
  /** What an object is owned by, its controller first. */
  ownersOf(object: KubeObject): readonly KubeObject[];
  /** Everything below an object, each once, parents before children. A cycle of owners ends where it began. */
  descendantsOf(object: KubeObject): readonly KubeObject[];
}

export function ownerTree(objects: readonly KubeObject[]): OwnerTree {
  const index = indexObjects(objects);
  const owners = new Map<KubeObject, KubeObject[]>();
  const children = new Map<KubeObject, KubeObject[]>();
  for (const object of objects) {
    const found = ownersIn(index, object);
    owners.set(object, found);
    for (const owner of found) {
      const known = children.get(owner);
      if (known) known.push(object);
      else children.set(owner, [object]);
    }
  }
  const childrenOf = (object: KubeObject): readonly KubeObject[] => children.get(object) ?? [];
  return {
    roots: objects.filter((object) => owners.get(object)?.length === 0),
    childrenOf,
    ownersOf: (object) => owners.get(object) ?? [],
    descendantsOf: (object) => descendants(object, childrenOf),
  };
}

/** The reference of an object's controller: the one owner that manages it. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** The reference that makes `owner` the controller of what carries it. `owner` must have been stored: it needs a uid. */
export function controllerReference(owner: KubeObject): OwnerReference {
  const { name = "", uid = "" } = owner.metadata;
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true };
}

interface ObjectIndex {
  readonly byUid: ReadonlyMap<string, KubeObject>;
  /** `Kind/namespace/name` of core and apps kinds. */
  readonly byName: ReadonlyMap<string, KubeObject>;
}

function indexObjects(objects: readonly KubeObject[]): ObjectIndex {
  const byUid = new Map<string, KubeObject>();
  const byName = new Map<string, KubeObject>();
  for (const object of objects) {
    const { uid, namespace = "", name = "" } = object.metadata;
    if (uid) byUid.set(uid, object);
    const { group } = parseApiVersion(object.apiVersion);
    if (group === "" || group === "apps") byName.set(`${object.kind}/${namespace}/${name}`, object);
  }
  return { byUid, byName };
}

function ownersIn(index: ObjectIndex, object: KubeObject): KubeObject[] {
  const references = object.metadata.ownerReferences ?? [];
  const found = [...references]
    .sort((a, b) => Number(b.controller === true) - Number(a.controller === true))
    .map((reference) => index.byUid.get(reference.uid))
    .filter((owner) => owner !== undefined && owner !== object && mayOwn(owner, object));
  const owners = [...new Set(found)] as KubeObject[];
  if (references.length > 0) return owners;
  const implied = impliedOwner(index, object);
  return implied ? [implied] : owners;
}

/** An owner in another namespace counts as absent, as the garbage collector has it; a cluster-scoped one may own anything. */
function mayOwn(owner: KubeObject, object: KubeObject): boolean {
  return !owner.metadata.namespace || owner.metadata.namespace === object.metadata.namespace;
}

function impliedOwner(index: ObjectIndex, object: KubeObject): KubeObject | undefined {
  if (object.apiVersion !== "v1") return undefined;
  const { namespace = "", name = "", annotations } = object.metadata;
  switch (object.kind) {
    case "Endpoints":
      return index.byName.get(`Service/${namespace}/${name}`);
    case "PersistentVolumeClaim":
      return claimOwner(index, namespace, name);
    case "Secret": {
      const account = annotations?.["kubernetes.io/service-account.name"];
      const isToken = object["type"] === "kubernetes.io/service-account-token";
      return isToken && account ? index.byName.get(`ServiceAccount/${namespace}/${account}`) : undefined;
    }
    default:
      return undefined;
  }
}

/** `<template>-<set>-<ordinal>`, for every place where the name may be cut between template and set. */
function claimOwner(index: ObjectIndex, namespace: string, claim: string): KubeObject | undefined {
  const withoutOrdinal = /^(.+)-[0-9]+$/.exec(claim)?.[1];
  if (withoutOrdinal === undefined) return undefined;
  for (let cut = withoutOrdinal.indexOf("-"); cut >= 0; cut = withoutOrdinal.indexOf("-", cut + 1)) {
    const set = index.byName.get(`StatefulSet/${namespace}/${withoutOrdinal.slice(cut + 1)}`);
    if (set && claimTemplates(set).includes(withoutOrdinal.slice(0, cut))) return set;
  }
  return undefined;
}

function claimTemplates(set: KubeObject): string[] {
  const spec = isJsonObject(set["spec"]) ? set["spec"] : {};
  const templates: unknown[] = Array.isArray(spec["volumeClaimTemplates"]) ? spec["volumeClaimTemplates"] : [];
  return templates.flatMap((template) => {
    const metadata = isJsonObject(template) ? template["metadata"] : undefined;
    const name = isJsonObject(metadata) ? metadata["name"] : undefined;
    return typeof name === "string" ? [name] : [];
  });
}

function descendants(start: KubeObject, childrenOf: (object: KubeObject) => readonly KubeObject[]): KubeObject[] {
  const seen = new Set<KubeObject>([start]);
  const queue = [start];
  for (const object of queue) {
    for (const child of childrenOf(object)) {
      if (seen.has(child)) continue;
      seen.add(child);
      queue.push(child);
    }
  }
  return queue.slice(1);
}
