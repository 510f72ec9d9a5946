import type { KubeObject } from "@fairlead/apimachinery";
import { conflict, deletedStatus, notFound, OBJECT_MODIFIED, type Status } from "../http/status.ts";
import { LIMITS } from "../limits.ts";
import type { Entry } from "../storage/entry.ts";
import { decodeEntry } from "./codec.ts";
import { timestamp } from "./metadata.ts";
import { keyOf, type Registry, type Target } from "./registry.ts";
import type { DeleteOptions, RequestContext, Resource } from "./types.ts";

export const ORPHAN_FINALIZER = "orphan";
export const FOREGROUND_FINALIZER = "foregroundDeletion";

/** A deletion's answer: the object that is still there (or was, for a dry run), or Status{Success}. */
export interface DeleteResult {
  readonly entry?: Entry | undefined;
  readonly object?: KubeObject | undefined;
  readonly status?: Status | undefined;
}

/** Deletes at once, or marks the object where finalizers or a grace period hold it. @throws StatusError 404, 409 */
export async function deleteObject(
  registry: Registry,
  target: Omit<Target, "subresource">,
  options: DeleteOptions,
  context: RequestContext,
): Promise<DeleteResult> {
  const { resource, namespace, name } = target;
  const key = keyOf(resource, namespace, name);
  for (let attempt = 1; ; attempt++) {
    const entry = registry.store.getForWrite(key);
    if (entry === undefined) throw notFound(resource, name);
    const { converter } = resource.custom ?? {};
    if (converter !== undefined) await converter.prepare(resource, [entry]);
    const before = decodeEntry(resource, entry);
    checkPreconditions(resource, before, options);
    const request = {
      operation: "DELETE" as const,
      resource,
      subresource: "",
      namespace: resource.plural === "namespaces" && resource.group === "" ? name : namespace,
      name,
      object: undefined,
      oldObject: before,
      options: optionsObject(options),
      dryRun: options.dryRun,
      context,
    };
    // Nothing of a deletion can be changed; whoever tries is told so.
    const mutating = registry.admission.mutate(request);
    if (mutating !== undefined) await mutating;
    const validating = registry.admission.validate(request);
    if (validating !== undefined) await validating;
    if (registry.store.getForWrite(key) === entry) return carryOut(registry, target, entry, before, options);
    if (attempt >= LIMITS.conflictRetriesMax) throw conflict(resource, name, OBJECT_MODIFIED);
  }
}

async function carryOut(
  registry: Registry,
  target: Omit<Target, "subresource">,
  entry: Entry,
  before: KubeObject,
  options: DeleteOptions,
): Promise<DeleteResult> {
  const { resource, namespace, name } = target;
  const marked = markDeleted(resource, decodeEntry(resource, entry), options, registry.clock.now());
  if (marked === "gone") {
    const status = deletedStatus(resource, name, before.metadata.uid);
    if (options.dryRun) return { status };
    const key = keyOf(resource, namespace, name);
    const remove = (expected: Entry): Promise<Entry> => registry.remove(key, resource, before, expected);
    if (resource.strategy.gracePeriodSeconds === undefined) {
      await remove(entry);
      return { status };
    }
    if (!markEnded(before, registry.clock.now())) return { entry: await remove(entry) };
    // Watchers see that the farewell is over before they see the end, and the answer is the object.
    const told = registry.put(resource, namespace, name, before, entry);
    const [, last] = await Promise.all([told, remove(registry.store.getForWrite(key) ?? entry)]);
    return { entry: last };
  }
  if (marked === "unchanged") return { entry };
  if (options.dryRun) return { object: marked };
  return { entry: await registry.put(resource, namespace, name, marked, entry) };
}

/** Kinds that may have a farewell show that theirs was over at once. False when they already did. */
function markEnded({ metadata }: KubeObject, nowMs: number): boolean {
  if (metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0) return false;
  if (metadata.deletionTimestamp === undefined) {
    metadata.deletionTimestamp = timestamp(nowMs);
    if (metadata.generation !== undefined) metadata.generation++;
  }
  metadata.deletionGracePeriodSeconds = 0;
  return true;
}

/** What is left of the object (k8s.io/apiserver store.go: deletionFinalizersForGarbageCollection, BeforeDelete). */
function markDeleted(
  resource: Resource,
  object: KubeObject,
  options: DeleteOptions,
  nowMs: number,
): KubeObject | "gone" | "unchanged" {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined) resource.strategy.prepareForDelete?.(object, nowMs);
  const finalizers = finalizersAfter(resource, object, options);
  const wasMarked = metadata.deletionTimestamp !== undefined;
  const grace = resource.strategy.gracePeriodSeconds?.(object, options.gracePeriodSeconds) ?? 0;
  const isChanged = !sameList(finalizers, metadata.finalizers ?? []);
  if (finalizers.length === 0) delete metadata.finalizers;
  else metadata.finalizers = finalizers;
  const isHeld = finalizers.length > 0 || hasNamespaceFinalizers(resource, object);
  if (grace === 0 && !isHeld) return "gone";
  if (wasMarked) {
    const left = metadata.deletionGracePeriodSeconds ?? 0;
    // A grace period can only be shortened.
    if (grace < left) {
      metadata.deletionGracePeriodSeconds = grace;
      metadata.deletionTimestamp = timestamp(Date.parse(metadata.deletionTimestamp ?? "") - (left - grace) * 1000);
      return object;
    }
    return isChanged ? object : "unchanged";
  }
  metadata.deletionTimestamp = timestamp(nowMs + grace * 1000);
  metadata.deletionGracePeriodSeconds = grace;
  if ((metadata.generation ?? 0) > 0) metadata.generation = (metadata.generation ?? 0) + 1;
  if (resource.group === "" && resource.kind === "Namespace") {
    object["status"] = { ...(object["status"] as object), phase: "Terminating" };
  }
  return object;
}

/** Options before what is there already before the kind's default. */
function finalizersAfter(resource: Resource, object: KubeObject, options: DeleteOptions): string[] {
  const kept = (object.metadata.finalizers ?? []).filter(
    (name) => name !== ORPHAN_FINALIZER && name !== FOREGROUND_FINALIZER,
  );
  const wanted = propagationOf(resource, object, options);
  if (wanted === "Orphan") kept.push(ORPHAN_FINALIZER);
  if (wanted === "Foreground") kept.push(FOREGROUND_FINALIZER);
  return kept;
}

function propagationOf(resource: Resource, object: KubeObject, options: DeleteOptions): string {
  if (options.propagationPolicy !== undefined) return options.propagationPolicy;
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN_FINALIZER)) return "Orphan";
  if (finalizers.includes(FOREGROUND_FINALIZER)) return "Foreground";
  return resource.strategy.defaultPropagation ?? "Background";
}

function hasNamespaceFinalizers(resource: Resource, object: KubeObject): boolean {
  if (resource.group !== "" || resource.kind !== "Namespace") return false;
  const spec = object["spec"] as { finalizers?: unknown[] } | undefined;
  return (spec?.finalizers ?? []).length > 0;
}

function checkPreconditions(resource: Resource, object: KubeObject, options: DeleteOptions): void {
  const name = object.metadata.name ?? "";
  const { uid, resourceVersion } = options.preconditions ?? {};
  // Deletions name the kind where other conflicts name the resource.
  const kind = { group: resource.group, plural: resource.kind };
  if (uid !== undefined && uid !== object.metadata.uid) {
    throw conflict(
      kind,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${object.metadata.uid ?? ""}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
    throw conflict(
      kind,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${object.metadata.resourceVersion ?? ""}). The object might have been modified`,
    );
  }
}

function optionsObject(options: DeleteOptions): Record<string, unknown> {
  return {
    kind: "DeleteOptions",
    apiVersion: "meta.k8s.io/v1",
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options.propagationPolicy === undefined ? {} : { propagationPolicy: options.propagationPolicy }),
    ...(options.dryRun ? { dryRun: ["All"] } : {}),
  };
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
