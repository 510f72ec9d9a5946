import type { KubeObject } from "@fairlead/apimachinery";
import { keyOf, type Change, type Informer } from "@fairlead/kube";
import { SIMULATOR_LIMITS } from "../limits.ts";

export type Listener<T extends KubeObject> = (object: T, old: T | undefined, isGone: boolean) => void;

/**
 * The objects of one kind as last known: what the informer saw, and what our own writes answered, whichever is newer. So a
 * controller sees its own writes at once and never creates a thing twice because the watch is a moment behind.
 */
export class ObjectStore<T extends KubeObject> {
  readonly informer: Informer;
  readonly #objects = new Map<string, T>();
  readonly #byOwner = new Map<string, Map<string, T>>();
  readonly #byNamespace = new Map<string, Map<string, T>>();
  /** Uids of what is gone, the latest ones: an answer or a watch event that comes late must not bring it back. */
  readonly #gone = new Set<string>();
  readonly #listeners: Listener<T>[] = [];

  constructor(informer: Informer) {
    this.informer = informer;
    informer.subscribe((change) => this.#observe(change));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  all(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** What an object controls, by its uid. */
  ownedBy(uid: string | undefined): T[] {
    const found = uid === undefined ? undefined : this.#byOwner.get(uid);
    return found ? [...found.values()] : [];
  }

  /** What nothing controls, in a namespace. */
  unowned(namespace: string | undefined): T[] {
    return this.ownedBy(unownedKey(namespace));
  }

  inNamespace(namespace: string | undefined): T[] {
    const found = this.#byNamespace.get(namespace ?? "");
    return found ? [...found.values()] : [];
  }

  /** Told of every change, once, in order; objects already here are told at once. */
  subscribe(listener: Listener<T>): void {
    this.#listeners.push(listener);
    for (const object of this.#objects.values()) listener(object, undefined, false);
  }

  /** The answer to a write of ours. */
  learn(object: T): void {
    this.#put(object);
  }

  /** An object that we know to be gone. */
  forget(object: KubeObject): void {
    const { uid } = object.metadata;
    const known = this.#objects.get(keyOf(object));
    if (!known || known.metadata.uid !== uid) return;
    this.#remove(known);
  }

  #observe({ type, object }: Change): void {
    if (type !== "deleted") {
      this.#put(object as T);
      return;
    }
    const known = this.#objects.get(keyOf(object));
    if (known && known.metadata.uid === object.metadata.uid) this.#remove(known);
    else this.#bury(object.metadata.uid);
  }

  #put(object: T): void {
    const { uid } = object.metadata;
    if (uid !== undefined && this.#gone.has(uid)) return;
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old && old.metadata.uid === uid && versionOf(object) <= versionOf(old)) return;
    if (old && old.metadata.uid !== uid) this.#remove(old);
    const before = old?.metadata.uid === uid ? old : undefined;
    if (before) this.#unindex(key, before);
    this.#objects.set(key, object);
    this.#index(key, object);
    for (const listener of this.#listeners) listener(object, before, false);
  }

  #remove(object: T): void {
    const key = keyOf(object);
    this.#bury(object.metadata.uid);
    this.#objects.delete(key);
    this.#unindex(key, object);
    for (const listener of this.#listeners) listener(object, object, true);
  }

  #bury(uid: string | undefined): void {
    if (uid === undefined) return;
    this.#gone.add(uid);
    if (this.#gone.size <= SIMULATOR_LIMITS.goneRememberedMax) return;
    const oldest = this.#gone.values().next().value;
    if (oldest !== undefined) this.#gone.delete(oldest);
  }

  #index(key: string, object: T): void {
    addTo(this.#byNamespace, object.metadata.namespace ?? "", key, object);
    addTo(this.#byOwner, ownerKey(object), key, object);
  }

  #unindex(key: string, object: T): void {
    removeFrom(this.#byNamespace, object.metadata.namespace ?? "", key);
    removeFrom(this.#byOwner, ownerKey(object), key);
  }
}

function ownerKey(object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
  return owner?.uid ?? unownedKey(object.metadata.namespace);
}

/** No uid looks like this. */
function unownedKey(namespace: string | undefined): string {
  return `/${namespace ?? ""}`;
}

/** Versions are opaque by contract and decimal in fact; client-go compares them as numbers too. */
function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion ?? 0);
}

function addTo<T>(index: Map<string, Map<string, T>>, value: string, key: string, object: T): void {
  const found = index.get(value);
  if (found) found.set(key, object);
  else index.set(value, new Map([[key, object]]));
}

function removeFrom<T>(index: Map<string, Map<string, T>>, value: string, key: string): void {
  const found = index.get(value);
  found?.delete(key);
  if (found?.size === 0) index.delete(value);
}
