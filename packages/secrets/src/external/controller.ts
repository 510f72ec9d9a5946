import { readFile } from "node:fs/promises";
import type { KubeObject } from "@fairlead/apimachinery";
import { problemError, type Clock, type Logger } from "@fairlead/base";
import { systemRandom, type RandomSource } from "@fairlead/gotemplate";
import {
  createController,
  createWorkQueue,
  done,
  keyOf,
  type Change,
  type ClusterConfig,
  type EventRecorder,
  type KubeClient,
  type WorkQueue,
} from "@fairlead/kube";
import { Metrics } from "./metrics.ts";
import type { StoreRef } from "./model/types.ts";
import { observe, type Observed } from "./observe.ts";
import { PROVIDERS } from "./providers/index.ts";
import { checkStore } from "./store/reconcile.ts";
import { keyOfStore, StoreRegistry, type ProviderWorld } from "./store/registry.ts";
import { SharedReads } from "./store/shared-reads.ts";
import { reconcileCluster } from "./sync/cluster.ts";
import { SecretSync } from "./sync/reconcile.ts";
import { restartUsers } from "./sync/restart.ts";

const WORKERS = 64;
const STORE_WORKERS = 8;
const BACKOFF = { backoffBaseMs: 1000, backoffMaxMs: 30_000 };
const OWN_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export interface ExternalSecretsOptions {
  readonly hub: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventRecorder;
  /** Reaches other clusters, for the kubernetes provider. */
  readonly connect: (config: ClusterConfig) => KubeClient;
  /** The hub as a store of the kubernetes provider means it that names no server. */
  readonly home: Pick<ClusterConfig, "server" | "caData">;
  readonly random?: RandomSource | undefined;
  /** Of the process; providers find redirected addresses and the pod's own cloud identity in it. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface ExternalSecrets {
  run(signal: AbortSignal): Promise<void>;
  /** Prometheus' text form. */
  metrics(): string;
}

/** The controller for ExternalSecret, ClusterExternalSecret, SecretStore and ClusterSecretStore. */
export function createExternalSecrets(options: ExternalSecretsOptions): ExternalSecrets {
  return new Controllers(options);
}

class Controllers implements ExternalSecrets {
  readonly #options: ExternalSecretsOptions;
  readonly #observed: Observed;
  readonly #metrics = new Metrics();
  readonly #secrets: WorkQueue;
  readonly #stores: WorkQueue;
  readonly #clusters: WorkQueue;
  readonly #stop = new AbortController();
  readonly #reads: SharedReads;
  readonly #registry: StoreRegistry;
  readonly #sync: SecretSync;

  constructor(options: ExternalSecretsOptions) {
    const { hub, clock, connect, home, logger, events, random = systemRandom } = options;
    this.#options = options;
    this.#observed = observe(hub);
    this.#secrets = createWorkQueue({ clock, shareOf: (key) => key.slice(0, key.indexOf("/")), ...BACKOFF });
    this.#stores = createWorkQueue({ clock, ...BACKOFF });
    this.#clusters = createWorkQueue({ clock, ...BACKOFF });
    this.#reads = new SharedReads(clock, (user) => {
      this.#sync.noteChanged(user);
      this.#secrets.add(user);
    });
    const { stores, clusterStores, namespaces } = this.#observed;
    const storeObject = (ref: StoreRef, namespace: string): KubeObject | undefined =>
      ref.kind === "SecretStore" ? stores.get(`${namespace}/${ref.name}`) : clusterStores.get(ref.name);
    const world: ProviderWorld = {
      hub,
      clock,
      random,
      connect,
      home,
      ownToken,
      environment: options.environment ?? {},
      observe: (provider, call, isOk) => this.#metrics.countCall(provider, call, isOk),
    };
    this.#registry = new StoreRegistry({
      ...world,
      providers: PROVIDERS,
      storeObject,
      namespaceLabels: (name) => namespaces.get(name)?.metadata.labels ?? {},
      onDropped: (key) => this.#reads.forget(key),
    });
    const onRotated = (secret: KubeObject): void =>
      void restartUsers(hub, secret, logger).catch((error: unknown) =>
        logger.warn("workloads not restarted", { secret: keyOf(secret), error: String(error) }),
      );
    this.#sync = new SecretSync({
      ...world,
      events,
      onRotated,
      registry: this.#registry,
      reads: this.#reads,
      observed: this.#observed,
      metrics: this.#metrics,
      signal: this.#stop.signal,
    });
    this.#subscribe();
  }

  metrics(): string {
    return this.#metrics.text();
  }

  async run(signal: AbortSignal): Promise<void> {
    const informers = Object.values(this.#observed);
    for (const informer of informers) informer.start(signal);
    // Before all are known, a store that is merely not seen yet would look as if it were missing.
    await Promise.all(informers.map((informer) => informer.synced));
    signal.addEventListener("abort", () => this.#stop.abort(), { once: true });
    if (signal.aborted) this.#stop.abort();
    const { clock, logger, hub, events } = this.#options;
    const observed = this.#observed;
    const check = { hub, clock, events, registry: this.#registry, metrics: this.#metrics, signal: this.#stop.signal };
    const onVerdict = (store: KubeObject): void => this.#wakeUsers(store);
    const shared = { clock, logger };
    await Promise.all([
      createController({
        ...shared,
        name: "externalsecret",
        queue: this.#secrets,
        workers: WORKERS,
        reconcile: (key) => this.#sync.reconcile(key),
      }).run(signal),
      createController({
        ...shared,
        name: "secretstore",
        queue: this.#stores,
        workers: STORE_WORKERS,
        reconcile: async (key) => {
          const store = key.includes("/") ? observed.stores.get(key) : observed.clusterStores.get(key);
          return store === undefined ? done() : checkStore(store, { ...check, onVerdict });
        },
      }).run(signal),
      createController({
        ...shared,
        name: "clusterexternalsecret",
        queue: this.#clusters,
        workers: 1,
        reconcile: async (key) => {
          const object = observed.clusterExternalSecrets.get(key);
          return object === undefined ? done() : reconcileCluster(object, { hub, clock, observed });
        },
      }).run(signal),
    ]);
    for (const queue of [this.#secrets, this.#stores, this.#clusters]) queue.shutDown();
    this.#registry.close();
  }

  #subscribe(): void {
    const { externalSecrets, clusterExternalSecrets, stores, clusterStores, namespaces, targets } = this.#observed;
    externalSecrets.subscribe((change) => {
      if (isAsked(change)) this.#secrets.add(keyOf(change.object));
      for (const { name, kind } of change.object.metadata.ownerReferences ?? [])
        if (kind === "ClusterExternalSecret" && change.type !== "added") this.#clusters.add(name);
    });
    targets.subscribe(({ object }) => {
      for (const owner of externalSecrets.byIndex("target", keyOf(object))) this.#secrets.add(keyOf(owner));
    });
    const onStore = (change: Change): void => {
      if (!isAsked(change)) return;
      if (change.type === "deleted") this.#registry.drop(change.object);
      this.#stores.add(keyOf(change.object));
      this.#wakeUsers(change.object);
    };
    stores.subscribe(onStore);
    clusterStores.subscribe(onStore);
    clusterExternalSecrets.subscribe((change) => {
      if (isAsked(change)) this.#clusters.add(keyOf(change.object));
    });
    namespaces.subscribe(() => {
      for (const object of clusterExternalSecrets.list()) this.#clusters.add(keyOf(object));
    });
  }

  /** Whoever failed because of the store is looked at at once; values are read again when they are due or the store's setting changed. */
  #wakeUsers(store: KubeObject): void {
    for (const user of this.#observed.externalSecrets.byIndex("store", keyOfStore(store))) {
      this.#sync.noteChanged(keyOf(user));
      this.#secrets.add(keyOf(user));
    }
  }
}

/** A change of what is asked for, not of a status that was written here. */
function isAsked({ type, object, old }: Change): boolean {
  if (type !== "updated" || old === undefined) return true;
  const [now, before] = [object.metadata, old.metadata];
  const textOf = (metadata: KubeObject["metadata"]): string =>
    JSON.stringify([
      metadata.uid,
      metadata.generation,
      metadata.labels,
      metadata.annotations,
      metadata.deletionTimestamp,
    ]);
  return textOf(now) !== textOf(before);
}

async function ownToken(): Promise<string> {
  try {
    return await readFile(OWN_TOKEN, "utf8");
  } catch {
    throw problemError("StoreNotReady", "this process has no ServiceAccount of its own: name a serviceAccountRef");
  }
}
