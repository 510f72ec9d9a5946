import type { KubeObject } from "@fairlead/apimachinery";
import { jsonEqual, type Clock, type Json } from "@fairlead/base";
import type { Admission } from "../admission/types.ts";
import {
  alreadyExists,
  conflict,
  generateNameConflict,
  notFound,
  OBJECT_MODIFIED,
  requestTooLarge,
  type FieldFault,
} from "../http/status.ts";
import { LIMITS } from "../limits.ts";
import type { Entry } from "../storage/entry.ts";
import { ObjectTooLarge, type ObjectKey, type Store } from "../storage/store.ts";
import { bodyOf, decodeEntry } from "./codec.ts";
import { keepTimes, tracked, validate, withDefaults } from "./machinery.ts";
import {
  systemFaults,
  ensureNamespace,
  finalizerFaults,
  generatedName,
  keepSystemFields,
  tidyMetadata,
  wipeSystemFields,
} from "./metadata.ts";
import { ephemeralFaults, narrowPodChange } from "./pod-changes.ts";
import { resizeFaults } from "./pod-resize.ts";
import { prepareCreation, prepareUpdate, refuse } from "./preparation.ts";
import type { ResourceTable } from "./resource-table.ts";
import {
  ConversionNeeded,
  type CustomConverter,
  type RequestContext,
  type Resource,
  type WriteOptions,
} from "./types.ts";
import { otherFaults, statusFaults } from "./status-faults.ts";
import { warningsFor } from "./warnings.ts";

/** What a write came to: stored, or (dry run, virtual kinds) only an object. */
export interface WriteResult {
  readonly entry?: Entry | undefined;
  readonly object?: KubeObject | undefined;
  readonly created: boolean;
  /** The object is gone by this update: its last finalizer was taken away. */
  readonly deleted?: boolean;
}

export interface Target {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** How an existing object is to be changed. */
export interface Change {
  /**
   * The object to be, from the one that is (the function's own copy). undefined is given when there is none and the change may
   * create. Field tracking is the change's own work, as it differs between update and apply.
   */
  next(before: KubeObject | undefined): KubeObject;
  /** `next` leaves what it is given as it is, and shares nothing of it with the result: it needs no copy of its own. */
  readonly readsOnly?: boolean;
  readonly mayCreate: boolean;
  /** The writer named the version it has seen: others' writes are a conflict, not a reason to try again. */
  readonly expectedRevision?: string | undefined;
  /** The uid in the object says which object is meant, as in a PUT. */
  readonly isUidPrecondition?: boolean;
}

/** Subresources that change one thing of a pod and no other. */
const NARROW = new Set(["ephemeralcontainers", "resize"]);

/** The one place that objects are written through, whoever asks: HTTP handlers and the server's own controllers. */
export class Registry {
  readonly store: Store;
  readonly resources: ResourceTable;
  readonly clock: Clock;
  readonly #admission: Admission;

  constructor(parts: { store: Store; resources: ResourceTable; clock: Clock; admission: Admission }) {
    this.store = parts.store;
    this.resources = parts.resources;
    this.clock = parts.clock;
    this.#admission = parts.admission;
  }

  get admission(): Admission {
    return this.#admission;
  }

  find(resource: Resource, namespace: string, name: string): KubeObject | undefined {
    const entry = this.store.get({ resource: resource.storage, namespace, name });
    return entry === undefined ? undefined : decodeEntry(resource, entry);
  }

  /** @throws StatusError 404 */
  entry(resource: Resource, namespace: string, name: string): Entry {
    const entry = this.store.get({ resource: resource.storage, namespace, name });
    if (entry === undefined) throw notFound(resource, name);
    return entry;
  }

  /** @throws StatusError for everything that can be wrong with it, all faults of the object in one. */
  async create(
    target: Omit<Target, "name">,
    given: KubeObject,
    options: WriteOptions,
    context: RequestContext,
  ): Promise<WriteResult> {
    const { resource, namespace } = target;
    wipeSystemFields(given);
    ensureNamespace(resource, namespace, given);
    const object = tracked(
      this.resources,
      resource,
      undefined,
      withDefaults(resource, given),
      options,
      target.subresource,
      this.clock.now(),
    );
    return this.createTracked(target, object, options, context);
  }

  /** The second half of a creation, from admission on. */
  async createTracked(
    target: Omit<Target, "name">,
    given: KubeObject,
    options: WriteOptions,
    context: RequestContext,
  ): Promise<WriteResult> {
    const { resource, namespace } = target;
    const request = {
      operation: "CREATE" as const,
      resource,
      subresource: target.subresource,
      namespace: resource.plural === "namespaces" && resource.group === "" ? (given.metadata.name ?? "") : namespace,
      name: given.metadata.name ?? "",
      object: given as KubeObject | undefined,
      oldObject: undefined,
      options: optionsObject("CreateOptions", options),
      dryRun: options.dryRun,
      context,
    };
    const mutating = this.#admission.mutate(request);
    if (mutating !== undefined) await mutating;
    const object = request.object as KubeObject;
    const isGenerated = prepareCreation(resource, object, context, this.clock.now());
    refuse(resource, object, validate(resource, object, undefined));
    for (let attempt = 1; ; attempt++) {
      const key = keyOf(resource, namespace, object.metadata.name ?? "");
      const known = this.store.getForWrite(key);
      if (known !== undefined) {
        if (!isGenerated) throw alreadyExists(resource, key.name, isDeleting(known));
        if (attempt >= LIMITS.generateNameAttemptsMax) throw generateNameConflict(resource, key.name);
        object.metadata.name = generatedName(object.metadata.generateName ?? "");
        continue;
      }
      const validating = this.#admission.validate({ ...request, object, name: key.name });
      if (validating !== undefined) await validating;
      if (this.store.getForWrite(key) !== undefined) continue;
      if (!resource.isCustom) context.warnings.push(...warningsFor(resource.group, object, undefined));
      if (options.dryRun) return { object, created: true };
      return { entry: await this.#put(key, resource, object, undefined), created: true };
    }
  }

  /** Update, patch, apply, status: read, change, admit, check, write; again when somebody else wrote in between. */
  async modify(target: Target, change: Change, options: WriteOptions, context: RequestContext): Promise<WriteResult> {
    const { resource, namespace, name } = target;
    const key = keyOf(resource, namespace, name);
    for (let attempt = 1; ; attempt++) {
      const entry = this.store.getForWrite(key);
      if (entry === undefined) {
        if (!change.mayCreate) throw notFound(resource, name);
        const made = change.next(undefined);
        return this.createTracked(target, made, options, context);
      }
      const before = decodeEntry(resource, entry);
      if (change.expectedRevision !== undefined && change.expectedRevision !== before.metadata.resourceVersion) {
        throw conflict(resource, name, OBJECT_MODIFIED);
      }
      const after = await this.#admitChange(
        target,
        before,
        resource.custom?.converter === undefined
          ? change.next(change.readsOnly === true ? before : decodeEntry(resource, entry))
          : await nextConverted(() => change.next(decodeEntry(resource, entry))),
        options,
        context,
        change.isUidPrecondition === true,
      );
      if (this.store.getForWrite(key) !== entry) {
        if (attempt >= LIMITS.conflictRetriesMax) throw conflict(resource, name, OBJECT_MODIFIED);
        continue;
      }
      if (!resource.isCustom && target.subresource === "")
        context.warnings.push(...warningsFor(resource.group, after, before));
      return this.#writeChange(key, target, entry, before, after, options);
    }
  }

  async #admitChange(
    target: Target,
    before: KubeObject,
    given: KubeObject,
    options: WriteOptions,
    context: RequestContext,
    isUidPrecondition: boolean,
  ): Promise<KubeObject> {
    const { resource, subresource } = target;
    const request = {
      operation: "UPDATE" as const,
      resource,
      subresource,
      namespace: target.namespace,
      name: target.name,
      object: given as KubeObject | undefined,
      oldObject: before,
      options: optionsObject("UpdateOptions", options),
      dryRun: options.dryRun,
      context,
    };
    const mutating = this.#admission.mutate(request);
    if (mutating !== undefined) await mutating;
    const after = request.object as KubeObject;
    if (NARROW.has(subresource)) narrowPodChange(subresource, after, before);
    keepSystemFields(resource, after, before, isUidPrecondition);
    prepareUpdate(target, after, before, context, this.clock.now());
    tidyMetadata(after);
    after.metadata.resourceVersion = before.metadata.resourceVersion ?? "";
    const faults = [
      ...finalizerFaults(after, before),
      ...systemFaults(after, before),
      ...this.#faultsOf(target, after, before),
    ];
    refuse(resource, after, faults);
    const validating = this.#admission.validate({ ...request, object: after });
    if (validating !== undefined) await validating;
    return keepTimes(before, after);
  }

  #faultsOf({ resource, subresource }: Target, after: KubeObject, before: KubeObject): FieldFault[] {
    if (subresource === "ephemeralcontainers") return ephemeralFaults(after, before);
    if (subresource === "resize") {
      // What may not be set on creation is there already.
      const { ephemeralContainers: _ephemeral, ...spec } = (after["spec"] ?? {}) as Record<string, Json>;
      return [...validate(resource, { ...after, spec }, undefined), ...resizeFaults(after, before)];
    }
    // A scheduler's choice of a node is no change of the spec by a user.
    if (subresource === "binding") return [];
    const endpoint = resource.strategy.endpoints?.[subresource];
    if (endpoint !== undefined) return [...validate(resource, after, before), ...endpoint.faults(after, before)];
    if (subresource !== "status") return validate(resource, after, before);
    return [...otherFaults(resource, after, before), ...statusFaults(resource, after, before)];
  }

  async #writeChange(
    key: ObjectKey,
    target: Target,
    entry: Entry,
    before: KubeObject,
    after: KubeObject,
    options: WriteOptions,
  ): Promise<WriteResult> {
    const { resource } = target;
    if (isGone(resource, after)) {
      if (options.dryRun) return { object: after, created: false, deleted: true };
      const last = await this.remove(key, resource, after, entry);
      return { entry: last, created: false, deleted: true };
    }
    if (jsonEqual(before, after)) return { entry, object: options.dryRun ? after : undefined, created: false };
    if (options.dryRun) return { object: after, created: false };
    return { entry: await this.#put(key, resource, after, entry), created: false };
  }

  /** Takes an object away; `last` is how it is told to have been. */
  remove(key: ObjectKey, resource: Resource, last: KubeObject, expected: Entry): Promise<Entry> {
    const converter = resource.custom?.converter;
    // What is told of it in other versions is known of the object as it is.
    if (converter === undefined) {
      return this.store.delete(key, resource.storageVersion, bodyOf(resource, last), expected);
    }
    converter.leave(expected);
    const { metadata, ...rest } = expected.parse();
    return this.store.delete(key, expected.version, { metadata: { ...metadata, ...last.metadata }, ...rest }, expected);
  }

  /** Stages an object as it is; for controllers of this server that have already done everything else. */
  put(
    resource: Resource,
    namespace: string,
    name: string,
    object: KubeObject,
    expected: Entry | undefined,
  ): Promise<Entry> {
    return this.#put(keyOf(resource, namespace, name), resource, object, expected);
  }

  #put(key: ObjectKey, resource: Resource, object: KubeObject, expected: Entry | undefined): Promise<Entry> {
    const converter = resource.custom?.converter;
    if (converter !== undefined) return this.#putConverted(converter, key, resource, object, expected);
    return this.#stage(key, resource, object, expected);
  }

  /** Conversion takes its time, in which others may write. @throws StatusError 409 when they did */
  async #putConverted(
    converter: CustomConverter,
    key: ObjectKey,
    resource: Resource,
    object: KubeObject,
    expected: Entry | undefined,
  ): Promise<Entry> {
    const forms = await converter.formsOf(object, resource.version);
    if (this.store.getForWrite(key) !== expected) throw conflict(resource, key.name, OBJECT_MODIFIED);
    const staged = this.#stage(key, resource, forms.get(resource.storageVersion) ?? object, expected);
    const entry = this.store.getForWrite(key);
    if (entry !== undefined) converter.attach(entry, forms);
    return staged;
  }

  #stage(key: ObjectKey, resource: Resource, object: KubeObject, expected: Entry | undefined): Promise<Entry> {
    const body = bodyOf(resource, object);
    try {
      return this.store.put(key, resource.storageVersion, body, expected);
    } catch (error) {
      if (error instanceof ObjectTooLarge) throw requestTooLarge(`limit is ${LIMITS.objectBytesMax}`);
      throw error;
    }
  }
}

/** Does work again each time that a conversion it needs has been made. */
async function nextConverted<T>(next: () => T): Promise<T> {
  for (let conversions = 0; ; conversions++) {
    try {
      return next();
    } catch (error) {
      if (!(error instanceof ConversionNeeded) || conversions >= LIMITS.conversionsMax) throw error;
      await error.convert();
    }
  }
}

function isDeleting(entry: Entry): boolean {
  return entry.includes('"deletionTimestamp"') && entry.parse().metadata.deletionTimestamp !== undefined;
}

export function keyOf(resource: Resource, namespace: string, name: string): ObjectKey {
  return { resource: resource.storage, namespace: resource.namespaced ? namespace : "", name };
}

function optionsObject(
  kind: "CreateOptions" | "UpdateOptions",
  { dryRun, given }: WriteOptions,
): Record<string, unknown> {
  return { kind, apiVersion: "meta.k8s.io/v1", ...(dryRun ? { dryRun: ["All"] } : {}), ...given };
}

/** Deletion was asked for and nothing holds it up any more. */
function isGone(resource: Resource, object: KubeObject): boolean {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false;
  if ((metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  if (resource.group !== "" || resource.kind !== "Namespace") return true;
  const spec = object["spec"] as { finalizers?: unknown[] } | undefined;
  return (spec?.finalizers ?? []).length === 0;
}
