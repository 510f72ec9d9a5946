import type { Clock, Logger } from "@fairlead/base";
import {
  formatApiVersion,
  gvkOf,
  isClusterScopedBuiltin,
  refKey,
  refOf,
  type KubeObject,
} from "@fairlead/apimachinery";
import { createInformer, isNotFound, type Change, type Informer, type KindRef, type KubeClient } from "@fairlead/kube";
import type { Cluster } from "../cluster/types.ts";
import { LIMITS } from "../limits.ts";
import type { Tracking } from "../sync/tracking.ts";
import { readCapabilities, type Capabilities } from "./capabilities.ts";
import { takeIn } from "./intake.ts";
import { LiveStore, versionOf } from "./store.ts";
import type { LiveObject } from "./types.ts";

export interface LiveClusterOptions {
  readonly cluster: Cluster;
  readonly client: KubeClient;
  readonly tracking: Tracking;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called when a kind's objects are all known, a kind appeared or vanished, or the cluster went away or came back. */
  readonly onState: (why: string) => void;
}

/** What the cluster says about one kind. */
export type KindState = "unknown" | "loading" | "ready" | "notServed";

interface KindWatch {
  readonly ref: KindRef;
  isNamespaced: boolean;
  state: KindState;
  informers: readonly Informer[];
  stop: AbortController | undefined;
}

/**
 * One destination cluster: the kinds that applications use there, each watched once, reduced at intake. Nothing else is asked of
 * the cluster in steady state.
 */
export class LiveCluster {
  readonly store = new LiveStore();
  readonly client: KubeClient;
  readonly cluster: Cluster;
  /** Watch events so far, by group and kind. */
  readonly events = new Map<string, number>();
  /** When it began to be watched, in ms. */
  readonly since: number;
  /** As the server last said; empty when nobody asked it. */
  version = "";
  readonly #options: LiveClusterOptions;
  readonly #kinds = new Map<string, KindWatch>();
  readonly #looking = new Map<string, Promise<void>>();
  #undoDiscovery: (() => void) | undefined;
  #closed = false;
  #lastError: string | undefined;
  #failures = 0;
  /** Set while a cluster that did not answer is not asked again: it must not be hammered by everyone who waits for it. */
  #stopWaiting: (() => void) | undefined;
  #scopesVersion = 0;
  #capabilities: Promise<Capabilities | undefined> | undefined;

  constructor(options: LiveClusterOptions) {
    this.#options = options;
    this.client = options.client;
    this.since = options.clock.now();
    this.cluster = options.cluster;
    this.#undoDiscovery = options.client.discovery.onChange(() => {
      this.#capabilities = undefined;
      void this.lookAgain();
    });
  }

  /** Whether the kind lives in namespaces here; undefined while the cluster does not serve it or has not answered. */
  isNamespaced(ref: KindRef): boolean | undefined {
    const watch = this.#kinds.get(kindKey(ref));
    if (watch && (watch.state === "ready" || watch.state === "loading")) return watch.isNamespaced;
    return undefined;
  }

  /** Grows whenever something is learnt about kinds: answers of isNamespaced may differ from then on. */
  get scopesVersion(): number {
    return this.#scopesVersion;
  }

  stateOf(ref: KindRef): KindState {
    return this.#kinds.get(kindKey(ref))?.state ?? "unknown";
  }

  /** Why the cluster cannot be read at present; undefined while it can. */
  get trouble(): string | undefined {
    for (const { informers } of this.#kinds.values()) {
      for (const informer of informers) if (informer.lastError) return informer.lastError.message;
    }
    return this.#lastError;
  }

  /**
   * Makes sure these kinds are watched. Returns true when all that the cluster serves are in the cache; else the work has begun and
   * onState is called later. Never waits for a slow cluster.
   */
  ensure(refs: Iterable<KindRef>): boolean {
    let isReady = true;
    for (const ref of refs) {
      const watch = this.#watchOf(ref);
      if (watch.state === "unknown" || watch.state === "notServed") {
        if (!this.#looking.has(kindKey(ref)) && this.#stopWaiting === undefined) this.#look(watch);
      }
      if (watch.state === "unknown" || watch.state === "loading") isReady = false;
    }
    return isReady;
  }

  /**
   * What charts may ask of the cluster (`.Capabilities`): asked for once, and again after kinds came or went. Undefined while the
   * cluster does not answer: a chart is rendered with the renderer's own defaults then, rather than not at all.
   */
  capabilities(): Promise<Capabilities | undefined> {
    this.#capabilities ??= this.#askCapabilities().catch((error: unknown) => {
      this.#capabilities = undefined;
      this.#options.logger.debug("capabilities unknown", { cluster: this.cluster.name, error: String(error) });
      return undefined;
    });
    return this.#capabilities;
  }

  async #askCapabilities(): Promise<Capabilities> {
    const found = await readCapabilities(this.client);
    this.version = found.kubeVersion;
    return found;
  }

  /** How many kinds are watched. */
  get kinds(): number {
    return this.#kinds.size;
  }

  /** False while any kind that was asked for is still being read. */
  get isSettled(): boolean {
    for (const { state } of this.#kinds.values()) if (state === "unknown" || state === "loading") return false;
    return true;
  }

  /** A CRD came or went: kinds that were not served may be now. Resolves once that is known. */
  async lookAgain(): Promise<void> {
    for (const watch of this.#kinds.values()) {
      if (watch.state === "notServed" && !this.#looking.has(kindKey(watch.ref))) this.#look(watch);
    }
    await Promise.all(this.#looking.values());
  }

  /** Takes in the answer to a write of ours. Returns it as it is known from now on. */
  absorb(object: KubeObject): LiveObject {
    const live = this.#takeIn(object);
    this.store.put(live, true);
    return this.store.get(live.key) ?? live;
  }

  absorbDeleted(key: string): void {
    this.store.remove(key, "", true);
  }

  close(): void {
    this.#closed = true;
    this.#undoDiscovery?.();
    this.#stopWaiting?.();
    for (const watch of this.#kinds.values()) watch.stop?.abort();
    this.#kinds.clear();
  }

  #watchOf(ref: KindRef): KindWatch {
    const key = kindKey(ref);
    let watch = this.#kinds.get(key);
    if (!watch) {
      watch = {
        ref: { apiVersion: ref.apiVersion, kind: ref.kind },
        isNamespaced: !isClusterScopedBuiltin(gvkOf({ apiVersion: ref.apiVersion, kind: ref.kind })),
        state: "unknown",
        informers: [],
        stop: undefined,
      };
      this.#kinds.set(key, watch);
    }
    return watch;
  }

  #look(watch: KindWatch): void {
    const key = kindKey(watch.ref);
    const looking = this.#lookNow(watch)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#looking.delete(key));
    this.#looking.set(key, looking);
  }

  /** Tells its applications once, and once more when it is time to try again. */
  #failed(error: unknown): void {
    if (this.#closed) return;
    const { clock, onState } = this.#options;
    const isNews = this.#lastError === undefined;
    this.#lastError = error instanceof Error ? error.message : String(error);
    if (this.#stopWaiting !== undefined) return;
    const delay = Math.min(LIMITS.againMaxMs, LIMITS.againBaseMs * 2 ** this.#failures++);
    this.#stopWaiting = clock.after(delay, () => {
      this.#stopWaiting = undefined;
      onState(`cluster ${this.cluster.name} is tried again`);
    });
    if (isNews) onState(`cluster ${this.cluster.name} does not answer`);
  }

  async #lookNow(watch: KindWatch): Promise<void> {
    const resource = await this.client.discovery.findResource(watch.ref);
    this.#lastError = undefined;
    this.#failures = 0;
    if (this.#closed) return;
    if (!resource || !resource.verbs.includes("watch")) {
      if (watch.state === "notServed") return;
      watch.state = "notServed";
      this.#scopesVersion++;
      return this.#options.onState(`${watch.ref.kind} is not served`);
    }
    watch.isNamespaced = resource.namespaced;
    this.#scopesVersion++;
    if (watch.state === "ready" || watch.state === "loading") return;
    watch.state = "loading";
    this.#start(watch);
    // Others wait for onState; only settle() waits here.
    await Promise.all(watch.informers.map((informer) => informer.synced.catch(() => undefined)));
    if (this.#closed || !watch.informers.every((informer) => informer.hasSynced)) return;
    watch.state = "ready";
    this.#options.onState(`${watch.ref.kind} is known`);
  }

  #start(watch: KindWatch): void {
    const stop = new AbortController();
    const { namespaces, clusterResources } = this.cluster;
    // A cluster Secret that lists namespaces restricts us to them: one watch for each.
    const scopes = namespaces.length > 0 && watch.isNamespaced ? namespaces : [undefined];
    const isAllowed = watch.isNamespaced || namespaces.length === 0 || clusterResources;
    watch.stop = stop;
    watch.informers = isAllowed ? scopes.map((namespace) => this.#inform(watch, namespace, stop.signal)) : [];
  }

  #inform(watch: KindWatch, namespace: string | undefined, signal: AbortSignal): Informer {
    const taken = new WeakMap<KubeObject, LiveObject>();
    const informer = createInformer(this.client, {
      kind: watch.ref,
      namespace,
      keepManagedFields: true,
      clock: this.#options.clock,
      logger: this.#options.logger,
      transform: (object) => {
        const live = this.#takeIn(object);
        taken.set(live.object, live);
        return live.object;
      },
    });
    informer.subscribe((change) => this.#follow(change, taken.get(change.object)));
    informer.start(signal);
    return informer;
  }

  #follow(change: Change, live: LiveObject | undefined): void {
    const kind = kindKey(change.object);
    this.events.set(kind, (this.events.get(kind) ?? 0) + 1);
    const key = refKey(refOf(change.object));
    if (change.type !== "deleted") return void this.store.put(live ?? this.#takeIn(change.object));
    if (!this.store.remove(key, versionOf(change.object))) this.#confirmDeletion(change.object);
  }

  /** A write of ours is newer than the deletion we hear of: only the server knows which came last. */
  #confirmDeletion(object: KubeObject): void {
    const { name = "", namespace } = object.metadata;
    this.client.find(object, name, namespace).then(
      (found) => (found ? void this.absorb(found) : void this.store.remove(refKey(refOf(object)), "")),
      (error: unknown) => {
        if (!isNotFound(error)) this.#options.logger.debug("could not confirm a deletion", { error: String(error) });
      },
    );
  }

  #takeIn(object: KubeObject): LiveObject {
    const isWhole = object.kind === "Namespace" || object.kind === "CustomResourceDefinition";
    return takeIn(object, this.#options.tracking, isWhole);
  }
}

/** One watch for a kind whatever version it is written in. */
function kindKey(ref: KindRef): string {
  const { group, kind } = gvkOf({ apiVersion: ref.apiVersion, kind: ref.kind });
  return formatApiVersion(group, kind);
}
