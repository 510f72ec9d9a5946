import type { KubeObject } from "@fairlead/apimachinery";
import { keyOf, type Informer } from "@fairlead/kube";
import { compareVersions } from "../live/intake.ts";
import { versionOf } from "../live/store.ts";

/** Applications as last seen or last written, whichever is newer: a reconcile never sees the past of its own writes. */
export class AppCache {
  readonly #informer: Informer;
  readonly #written = new Map<string, KubeObject>();

  constructor(informer: Informer) {
    this.#informer = informer;
  }

  get(key: string): KubeObject | undefined {
    const seen = this.#informer.get(key);
    return seen && this.latest(seen);
  }

  latest(seen: KubeObject): KubeObject {
    const key = keyOf(seen);
    const written = this.#written.get(key);
    if (!written) return seen;
    if (compareVersions(versionOf(written), versionOf(seen)) > 0) return written;
    this.#written.delete(key);
    return seen;
  }

  wrote(object: KubeObject): void {
    const { managedFields: _dropped, ...metadata } = object.metadata;
    this.#written.set(keyOf(object), { ...object, metadata });
  }

  forget(key: string): void {
    this.#written.delete(key);
  }
}
