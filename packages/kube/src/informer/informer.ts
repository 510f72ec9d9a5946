import type { KubeObject } from "@fairlead/apimachinery";
import { problemError, silentLogger, systemClock } from "@fairlead/base";
import type { KubeClient } from "../client/types.ts";
import { withoutManagedFields } from "../http/managed-fields.ts";
import { ObjectCache } from "./cache.ts";
import { Reflector } from "./reflector.ts";
import type { Change, Informer, InformerOptions } from "./types.ts";

type Handler = (change: Change) => void;

/** One watch and one cache, shared by every informer that asks for the same. */
class SharedInformer {
  readonly cache: ObjectCache;
  readonly handlers = new Set<Handler>();
  readonly synced = Promise.withResolvers<void>();
  readonly #client: KubeClient;
  readonly #options: InformerOptions;
  readonly #onStop: () => void;
  #users = 0;
  #running: AbortController | undefined;
  hasSynced = false;
  isStopped = false;
  lastError: Error | undefined;

  constructor(client: KubeClient, options: InformerOptions, onStop: () => void) {
    this.#client = client;
    this.#options = options;
    this.#onStop = onStop;
    this.cache = new ObjectCache(intakeOf(options), (change) => this.#emit(change));
  }

  enter(): void {
    this.#users++;
    if (this.#running !== undefined) return;
    this.#running = new AbortController();
    const { clock = systemClock, random = Math.random, logger = silentLogger } = this.#options;
    const hooks = {
      onSynced: () => {
        this.hasSynced = true;
        this.synced.resolve();
      },
      onError: (error: Error | undefined) => {
        if (error !== undefined && this.lastError?.message !== error.message) {
          logger.warn("watch failed", { kind: this.#options.kind.kind, error: error.message });
        }
        this.lastError = error;
      },
    };
    const settings = { client: this.#client, options: this.#options, cache: this.cache, clock, random, logger, hooks };
    void new Reflector(settings).run(this.#running.signal);
  }

  leave(): void {
    if (--this.#users > 0) return;
    this.isStopped = true;
    this.#running?.abort();
    this.#onStop();
  }

  /** What is there is handed over at once. */
  attach(handler: Handler): void {
    for (const object of this.cache.store.objects.values()) this.#call(handler, { type: "added", object });
    this.handlers.add(handler);
  }

  #emit(change: Change): void {
    for (const handler of this.handlers) this.#call(handler, change);
  }

  #call(handler: Handler, change: Change): void {
    try {
      handler(change);
    } catch (error) {
      // One handler's bug must neither stop the watch nor hide the change from the others.
      const message = error instanceof Error ? error.message : String(error);
      this.#options.logger?.error("informer handler threw", { kind: this.#options.kind.kind, error: message });
    }
  }
}

function intakeOf(options: InformerOptions): (object: KubeObject) => KubeObject {
  const { transform, keepManagedFields } = options;
  if (keepManagedFields) return transform ?? ((object) => object);
  return transform === undefined ? withoutManagedFields : (object) => transform(withoutManagedFields(object));
}

const shared = new WeakMap<KubeClient, Map<string, SharedInformer>>();
const transformIds = new WeakMap<object, number>();
let lastTransformId = 0;

function shareOf(client: KubeClient, options: InformerOptions): SharedInformer {
  const ofClient = shared.get(client) ?? new Map<string, SharedInformer>();
  shared.set(client, ofClient);
  const key = shareKey(options);
  let found = ofClient.get(key);
  if (found === undefined) {
    found = new SharedInformer(client, options, () => void ofClient.delete(key));
    ofClient.set(key, found);
  }
  return found;
}

function shareKey(options: InformerOptions): string {
  const { kind, namespace, labelSelector, fieldSelector, transform, keepManagedFields } = options;
  let transformId = 0;
  if (transform !== undefined) {
    transformId = transformIds.get(transform) ?? ++lastTransformId;
    transformIds.set(transform, transformId);
  }
  const parts = [kind.apiVersion, kind.kind, namespace, labelSelector, fieldSelector, transformId, keepManagedFields];
  return JSON.stringify(parts.map((part) => part ?? null));
}

/**
 * An informer for one kind. Informers of one client that ask for the same (kind, namespace, selectors, the very same transform
 * function) share one watch and one cache; the first one's clock and logger are used.
 */
export function createInformer(client: KubeClient, options: InformerOptions): Informer {
  return new InformerHandle(client, options);
}

/** One user's view of a shared informer: its own handlers, indexes and life. */
class InformerHandle implements Informer {
  readonly #client: KubeClient;
  readonly #options: InformerOptions;
  readonly #handlers = new Set<Handler>();
  readonly #synced = Promise.withResolvers<void>();
  #share: SharedInformer;
  #state: "new" | "started" | "stopped" = "new";

  constructor(client: KubeClient, options: InformerOptions) {
    this.#client = client;
    this.#options = options;
    this.#share = this.#join();
    // Whoever does not wait must not be told of a rejection.
    this.#synced.promise.catch(() => undefined);
  }

  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get hasSynced(): boolean {
    return this.#state !== "new" && this.#share.hasSynced;
  }

  get lastError(): Error | undefined {
    return this.#share.lastError;
  }

  get size(): number {
    return this.#share.cache.store.objects.size;
  }

  start(signal: AbortSignal): void {
    const { kind } = this.#options.kind;
    if (this.#state !== "new") throw new Error(`the informer of ${kind} was started twice`);
    // The others may have come and gone since this one was made.
    if (this.#share.isStopped) this.#share = this.#join();
    this.#state = "started";
    for (const handler of this.#handlers) this.#share.attach(handler);
    this.#share.enter();
    void this.#share.synced.promise.then(this.#synced.resolve);
    const stop = (): void => {
      this.#state = "stopped";
      for (const handler of this.#handlers) this.#share.handlers.delete(handler);
      this.#synced.reject(problemError("Cancelled", `the informer of ${kind} was stopped before it had synced`));
      this.#share.leave();
    };
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
  }

  get(key: string): KubeObject | undefined {
    return this.#share.cache.store.objects.get(key);
  }

  list(): KubeObject[] {
    return [...this.#share.cache.store.objects.values()];
  }

  byIndex(name: string, value: string): KubeObject[] {
    const { indexes, kind } = this.#options;
    const index = indexes !== undefined && Object.hasOwn(indexes, name) ? indexes[name] : undefined;
    if (index === undefined) throw new Error(`the informer of ${kind.kind} has no index ${name}`);
    return this.#share.cache.store.byIndex(index, value);
  }

  subscribe(handler: Handler): () => void {
    // A function of its own, so that the same handler can be subscribed twice and each undone once.
    const own: Handler = (change) => handler(change);
    this.#handlers.add(own);
    if (this.#state === "started") this.#share.attach(own);
    return () => {
      this.#handlers.delete(own);
      this.#share.handlers.delete(own);
    };
  }

  #join(): SharedInformer {
    const share = shareOf(this.#client, this.#options);
    for (const index of Object.values(this.#options.indexes ?? {})) share.cache.store.addIndex(index);
    return share;
  }
}
