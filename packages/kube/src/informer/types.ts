import type { KubeObject } from "@fairlead/apimachinery";
import type { Clock, Logger } from "@fairlead/base";
import type { KindRef } from "../client/refs.ts";

export interface InformerOptions {
  readonly kind: KindRef;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Runs once on every object before it is kept; may change it in place or return another. Must keep metadata's identity. */
  readonly transform?: ((object: KubeObject) => KubeObject) | undefined;
  /**
   * managedFields are dropped at intake unless this is set: they are a quarter to a half of an object. Those that are kept share their
   * `fieldsV1`, which are frozen.
   */
  readonly keepManagedFields?: boolean | undefined;
  /** Told about handlers that throw and about connections that fail again and again. Default: silent. */
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** 0 ≤ x < 1, spreads reconnections. Default Math.random. */
  readonly random?: (() => number) | undefined;
  /** Index name → the values an object is found under. Must depend on the object alone. */
  readonly indexes?: Readonly<Record<string, (object: KubeObject) => readonly string[]>> | undefined;
}

/** `old` is there for updated and deleted. For deleted, `object` is the last state known. */
export interface Change {
  readonly type: "added" | "updated" | "deleted";
  readonly object: KubeObject;
  readonly old?: KubeObject | undefined;
}

/**
 * The objects of one kind, kept equal to the server's. Handlers are called once per change, in order, in the same turn in which
 * the cache changes; they must be quick (add a key to a queue) and must not change objects, which are shared.
 */
export interface Informer {
  /** Begins to list and watch, until the signal aborts. A second start is an error of the caller. */
  start(signal: AbortSignal): void;
  /** Resolves once every object that existed is in the cache and was handed to the handlers. Rejects if stopped before. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): KubeObject | undefined;
  list(): KubeObject[];
  /** @throws Error for an index that was not declared. */
  byIndex(index: string, value: string): KubeObject[];
  /**
   * Objects already in the cache are handed over as `added` at once (before the start: with the start). Returns the undo. Handlers
   * of an informer that was stopped are no longer called.
   */
  subscribe(handler: (change: Change) => void): () => void;
  /** What last went wrong with the connection; undefined while all is well. The cache stays readable. */
  readonly lastError?: Error | undefined;
  readonly size: number;
}

/** `namespace/name`, or `name` without a namespace: the key of informers and queues. */
export function keyOf(object: { readonly metadata: { namespace?: string; name?: string } }): string {
  const { namespace, name = "" } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

/** Reads back keyOf. */
export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
