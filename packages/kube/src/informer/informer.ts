import type { KubeObject } from "@fairlead/apimachinery";
import { problemError, silentLogger, systemClock } from "@fairlead/base";
import type { KubeClient } from "../client/types.ts";
import { ObjectCache, withoutManagedFields } from "./cache.ts";
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
    this.#running?.abort();
    this.#onStop();
  }

  #emit(change: Change): void {
    for (const handler of this.handlers) {
      try {
        handler(change);
      } catch (error) {
        // One handler's bug must neither stop the watch nor hide the change from the others.
        const message = error instanceof Error ? error.message : String(error);
        this.#options.logger?.error("informer handler threw", { kind: this.#options.kind.kind, error: message });
      }
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
  const share = shareOf(client, options);
  const indexes = new Map(Object.entries(options.indexes ?? {}));
  for (const index of indexes.values()) share.cache.store.addIndex(index);
  const subscriptions = new Set<() => void>();
  const synced = Promise.withResolvers<void>();
  // Whoever does not wait must not be told of a rejection.
  synced.promise.catch(() => undefined);
  let isStarted = false;

  return {
    synced: synced.promise,
    get hasSynced() {
      return isStarted && share.hasSynced;
    },
    get lastError() {
      return share.lastError;
    },
    get size() {
      return share.cache.store.objects.size;
    },
    start(signal) {
      if (isStarted) throw new Error(`the informer of ${options.kind.kind} was started twice`);
      isStarted = true;
      const stop = (): void => {
        for (const unsubscribe of subscriptions) unsubscribe();
        synced.reject(
          problemError("Cancelled", `the informer of ${options.kind.kind} was stopped before it had synced`),
        );
        share.leave();
      };
      share.enter();
      void share.synced.promise.then(synced.resolve);
      if (signal.aborted) return stop();
      signal.addEventListener("abort", stop, { once: true });
    },
    get: (key) => share.cache.store.objects.get(key),
    list: () => [...share.cache.store.objects.values()],
    byIndex(name, value) {
      const index = indexes.get(name);
      if (index === undefined) throw new Error(`the informer of ${options.kind.kind} has no index ${name}`);
      return share.cache.store.byIndex(index, value);
    },
    subscribe(handler) {
      // A function of its own, so that the same handler can be subscribed twice and each undone once.
      const own: Handler = (change) => handler(change);
      for (const object of share.cache.store.objects.values()) own({ type: "added", object });
      share.handlers.add(own);
      const unsubscribe = (): void => {
        share.handlers.delete(own);
        subscriptions.delete(unsubscribe);
      };
      subscriptions.add(unsubscribe);
      return unsubscribe;
    },
  };
}
