import type { KubeObject } from "@fairlead/apimachinery";
import { compareVersions } from "./intake.ts";
import type { LiveObject } from "./types.ts";

export interface LiveChange {
  readonly key: string;
  readonly before: LiveObject | undefined;
  readonly after: LiveObject | undefined;
}

/**
 * The objects of one cluster by key and by the application that tracks them. Watch events and the answers to our own writes both
 * go in; the newer one wins, so a sync goes on at once instead of waiting for its own echo.
 */
export class LiveStore {
  readonly #byKey = new Map<string, LiveObject>();
  readonly #byInstance = new Map<string, Set<string>>();
  readonly #listeners = new Set<(change: LiveChange) => void>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): LiveObject | undefined {
    return this.#byKey.get(key);
  }

  tracked(instance: string): LiveObject[] {
    const keys = this.#byInstance.get(instance);
    return keys ? [...keys].flatMap((key) => this.#byKey.get(key) ?? []) : [];
  }

  instances(): IterableIterator<string> {
    return this.#byInstance.keys();
  }

  values(): IterableIterator<LiveObject> {
    return this.#byKey.values();
  }

  /**
   * False when what is known is as new or newer. `quiet` for the answer to a write of ours: its application knows already, so
   * listeners hear of it only when the object changed hands.
   */
  put(after: LiveObject, quiet = false): boolean {
    const before = this.#byKey.get(after.key);
    if (
      before &&
      versionOf(before.object) !== "" &&
      compareVersions(versionOf(after.object), versionOf(before.object)) <= 0
    ) {
      return false;
    }
    this.#byKey.set(after.key, after);
    this.#index(before, after);
    const isOwn = before?.instance === undefined || before.instance === after.instance;
    if (!quiet || !isOwn) this.#tell({ key: after.key, before, after });
    return true;
  }

  /** False when a newer object has taken the deleted one's place. */
  remove(key: string, version: string, quiet = false): boolean {
    const before = this.#byKey.get(key);
    if (!before) return true;
    if (version !== "" && compareVersions(versionOf(before.object), version) > 0) return false;
    this.#byKey.delete(key);
    this.#index(before, undefined);
    if (!quiet) this.#tell({ key, before, after: undefined });
    return true;
  }

  subscribe(listener: (change: LiveChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #index(before: LiveObject | undefined, after: LiveObject | undefined): void {
    if (before?.instance === after?.instance) return;
    if (before?.instance !== undefined) {
      const keys = this.#byInstance.get(before.instance);
      keys?.delete(before.key);
      if (keys?.size === 0) this.#byInstance.delete(before.instance);
    }
    if (after?.instance !== undefined) {
      const keys = this.#byInstance.get(after.instance) ?? new Set();
      keys.add(after.key);
      this.#byInstance.set(after.instance, keys);
    }
  }

  #tell(change: LiveChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? "";
}
