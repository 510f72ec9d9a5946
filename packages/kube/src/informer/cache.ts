import type { KubeObject } from "@fairlead/apimachinery";
import { jsonEqual } from "@fairlead/base";
import { ObjectStore } from "./store.ts";
import { type Change, keyOf } from "./types.ts";
import { compareVersions } from "./version.ts";

/** Uids of objects that were deleted lately: an event about one of them is an old one that came again. */
const TOMBSTONES_MAX = 10_000;

/**
 * What is known of the objects, and the one place that decides whether something is a change. A list and a stream of events
 * may tell the same thing twice or tell old things again; handlers hear each change once.
 */
export class ObjectCache {
  readonly store = new ObjectStore();
  readonly #transform: (object: KubeObject) => KubeObject;
  readonly #emit: (change: Change) => void;
  readonly #tombstones = new Set<string>();

  constructor(transform: (object: KubeObject) => KubeObject, emit: (change: Change) => void) {
    this.#transform = transform;
    this.#emit = emit;
  }

  /** An object of a list: the truth, even if it is older than what is known. With `compareContent`, versions prove nothing. */
  fill(incoming: KubeObject, compareContent: boolean): string {
    const key = keyOf(incoming);
    const old = this.store.objects.get(key);
    if (old === undefined || !isSameObject(old, incoming)) this.#replace(key, old, this.#transform(incoming));
    else if (compareContent) this.#updateIfDifferent(key, old, this.#transform(incoming));
    else if (old.metadata.resourceVersion !== incoming.metadata.resourceVersion) {
      this.#update(key, old, this.#transform(incoming));
    }
    return key;
  }

  /** An ADDED or MODIFIED event. */
  upsert(incoming: KubeObject): void {
    const { uid } = incoming.metadata;
    if (uid !== undefined && this.#tombstones.has(uid)) return;
    const key = keyOf(incoming);
    const old = this.store.objects.get(key);
    if (old === undefined || !isSameObject(old, incoming)) return this.#replace(key, old, this.#transform(incoming));
    if (!isNotNewer(incoming, old)) this.#update(key, old, this.#transform(incoming));
  }

  /** A DELETED event, whose object is the last state there was. */
  remove(incoming: KubeObject): void {
    const key = keyOf(incoming);
    const old = this.store.objects.get(key);
    if (old === undefined || !isSameObject(old, incoming)) return;
    this.#delete(key, old, this.#transform(incoming));
  }

  /** Everything whose key is not among those seen has been deleted while nobody watched. */
  retainOnly(seen: ReadonlySet<string>): void {
    for (const [key, object] of this.store.objects) if (!seen.has(key)) this.#delete(key, object, object);
  }

  #replace(key: string, old: KubeObject | undefined, object: KubeObject): void {
    // The same name with another uid: deleted and made anew while nobody watched.
    if (old !== undefined) this.#delete(key, old, old);
    this.store.set(key, object);
    this.#emit({ type: "added", object });
  }

  #update(key: string, old: KubeObject, object: KubeObject): void {
    this.store.set(key, object);
    this.#emit({ type: "updated", object, old });
  }

  #updateIfDifferent(key: string, old: KubeObject, object: KubeObject): void {
    if (!jsonEqual(old, object)) this.#update(key, old, object);
  }

  #delete(key: string, old: KubeObject, object: KubeObject): void {
    this.store.delete(key);
    this.#bury(old.metadata.uid);
    this.#emit({ type: "deleted", object, old });
  }

  #bury(uid: string | undefined): void {
    if (uid === undefined) return;
    this.#tombstones.add(uid);
    if (this.#tombstones.size <= TOMBSTONES_MAX) return;
    for (const oldest of this.#tombstones) {
      this.#tombstones.delete(oldest);
      break;
    }
  }
}

function isSameObject(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid || a.metadata.uid === undefined || b.metadata.uid === undefined;
}

function isNotNewer(incoming: KubeObject, known: KubeObject): boolean {
  const { resourceVersion: a } = incoming.metadata;
  const { resourceVersion: b } = known.metadata;
  if (a === undefined || b === undefined) return false;
  const order = compareVersions(a, b);
  return order === undefined ? a === b : order <= 0;
}
