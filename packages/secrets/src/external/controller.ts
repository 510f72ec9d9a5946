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
  type Informer,
  type KubeClient,
  type Outcome,
  type WorkQueue,
} from "@fairlead/kube";
import { reconcileState } from "./issued/reconcile.ts";
import { Metrics } from "./metrics.ts";
import type { StoreRef } from "./model/types.ts";
import { observe, type Observed } from "./observe.ts";
import { PROVIDERS } from "./providers/index.ts";
import { PushSync } from "./push/reconcile.ts";
import { PushSources } from "./push/sources.ts";
import { checkStore } from "./store/reconcile.ts";
import { keyOfStore, StoreRegistry, type ProviderWorld } from "./store/registry.ts";
import { SharedReads } from "./store/shared-reads.ts";
import { EXTERNAL_SECRETS, PUSH_SECRETS, reconcileCluster, type ClusterKind } from "./sync/cluster.ts";
import { SecretSync } from "./sync/reconcile.ts";
import { restartUsers } from "./sync/restart.ts";

const WORKERS = 64;
const STORE_WORKERS = 8;
const STATE_WORKERS = 8;
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
  /** Whether ExternalSecrets may have targets that are no Secrets (target.manifest). Not unless it is said. */
  readonly allowGenericTargets?: boolean | undefined;
  readonly random?: RandomSource | undefined;
  /** Of the process; providers find redirected addresses and the pod's own cloud identity in it. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface ExternalSecrets {
  run(signal: AbortSignal): Promise<void>;
  /** Prometheus' text form. */
  metrics(): string;
}

/** The controller for External Secrets' kinds: stores, ExternalSecrets, PushSecrets, and those that place them in namespaces. */
export function createExternalSecrets(options: ExternalSecretsOptions): ExternalSecrets {
  return new Controllers(options);
}

class Controllers implements ExternalSecrets {
  readonly #options: ExternalSecretsOptions;
  readonly #observed: Observed;
  readonly #metrics: Metrics;
  readonly #secrets: WorkQueue;
  readonly #pushes: WorkQueue;
  readonly #stores: WorkQueue;
  readonly #clusters: WorkQueue;
  readonly #clusterPushes: WorkQueue;
  readonly #states: WorkQueue;
  readonly #checkState: (state: KubeObject) => Promise<Outcome>;
  readonly #stop = new AbortController();
  readonly #reads: SharedReads;
  readonly #registry: StoreRegistry;
  readonly #sync: SecretSync;
  readonly #push: PushSync;
  readonly #sources: PushSources;

  constructor(options: ExternalSecretsOptions) {
    const { hub, clock, connect, home, logger, events, random = systemRandom } = options;
    this.#options = options;
    this.#observed = observe(hub);
    this.#metrics = new Metrics(clock);
    const queue = (): WorkQueue => createWorkQueue({ clock, ...BACKOFF });
    const fair = (): WorkQueue =>
      createWorkQueue({ clock, shareOf: (key) => key.slice(0, key.indexOf("/")), ...BACKOFF });
    [this.#secrets, this.#pushes] = [fair(), fair()];
    [this.#stores, this.#clusters, this.#clusterPushes, this.#states] = [queue(), queue(), queue(), queue()];
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
    const shared = {
      ...world,
      events,
      registry: this.#registry,
      reads: this.#reads,
      observed: this.#observed,
      metrics: this.#metrics,
      signal: this.#stop.signal,
      statesOf: (uid: string) => this.#observed.generatorStates.byIndex("owner", uid),
    };
    this.#checkState = (state) => reconcileState(state, shared);
    this.#sync = new SecretSync({
      ...shared,
      onRotated,
      allowsManifests: options.allowGenericTargets ?? false,
      onTarget: (key) => this.#wakeTargets(key),
    });
    this.#push = new PushSync(shared);
    this.#sources = new PushSources({
      hub,
      observed: this.#observed,
      onChanged: (push) => {
        this.#push.noteChanged(push);
        this.#pushes.add(push);
      },
    });
    this.#subscribe();
  }

  metrics(): string {
    return this.#metrics.text();
  }

  async run(signal: AbortSignal): Promise<void> {
    const informers = Object.values(this.#observed);
    for (const informer of informers) informer.start(signal);
    this.#sources.follow(signal);
    // Before all are known, a store that is merely not seen yet would look as if it were missing.
    await Promise.all(informers.map((informer) => informer.synced));
    signal.addEventListener("abort", () => this.#stop.abort(), { once: true });
    if (signal.aborted) this.#stop.abort();
    await Promise.all(this.#loops().map((loop) => loop.run(signal)));
    for (const { queue } of this.#loopParts()) queue.shutDown();
    this.#registry.close();
  }

  #loops(): { run(signal: AbortSignal): Promise<void> }[] {
    const { clock, logger } = this.#options;
    return this.#loopParts().map(({ name, queue, workers, reconcile }) =>
      createController({
        clock,
        logger,
        name,
        queue,
        workers,
        reconcile: (key) =>
          this.#metrics.timed(name === "secretstore" && !key.includes("/") ? "clustersecretstore" : name, key, () =>
            reconcile(key),
          ),
      }),
    );
  }

  #loopParts(): LoopPart[] {
    const { clock, hub, events } = this.#options;
    const { stores, clusterStores, clusterExternalSecrets, clusterPushSecrets } = this.#observed;
    const metrics = this.#metrics;
    const check = { hub, clock, events, registry: this.#registry, metrics, signal: this.#stop.signal };
    const onVerdict = (store: KubeObject): void => this.#wakeUsers(store);
    const placing = { hub, clock, events, metrics, observed: this.#observed };
    const place = (kind: ClusterKind, informer: Informer) => async (key: string) => {
      const object = informer.get(key);
      if (object === undefined) metrics.forget(kind.metric, key);
      return object === undefined ? done() : reconcileCluster(object, kind, placing);
    };
    const validate = async (key: string): Promise<Outcome> => {
      const isNamespaced = key.includes("/");
      const store = isNamespaced ? stores.get(key) : clusterStores.get(key);
      if (store === undefined) metrics.forget(isNamespaced ? "secretstore" : "clustersecretstore", key);
      return store === undefined ? done() : checkStore(store, { ...check, onVerdict });
    };
    const checkState = (key: string): Promise<Outcome> => {
      const state = this.#observed.generatorStates.get(key);
      return state === undefined ? Promise.resolve(done()) : this.#checkState(state);
    };
    return [
      { name: "generatorstate", queue: this.#states, workers: STATE_WORKERS, reconcile: checkState },
      { name: "externalsecret", queue: this.#secrets, workers: WORKERS, reconcile: (key) => this.#sync.reconcile(key) },
      { name: "pushsecret", queue: this.#pushes, workers: WORKERS, reconcile: (key) => this.#push.reconcile(key) },
      { name: "secretstore", queue: this.#stores, workers: STORE_WORKERS, reconcile: validate },
      {
        name: "clusterexternalsecret",
        queue: this.#clusters,
        workers: 1,
        reconcile: place(EXTERNAL_SECRETS, clusterExternalSecrets),
      },
      {
        name: "clusterpushsecret",
        queue: this.#clusterPushes,
        workers: 1,
        reconcile: place(PUSH_SECRETS, clusterPushSecrets),
      },
    ];
  }

  #subscribe(): void {
    const { externalSecrets, clusterExternalSecrets, pushSecrets, clusterPushSecrets } = this.#observed;
    const { stores, clusterStores, namespaces, targets } = this.#observed;
    const follow = (informer: Informer, queue: WorkQueue): void =>
      void informer.subscribe((change) => {
        if (isAsked(change)) queue.add(keyOf(change.object));
      });
    follow(externalSecrets, this.#secrets);
    follow(pushSecrets, this.#pushes);
    follow(clusterExternalSecrets, this.#clusters);
    follow(clusterPushSecrets, this.#clusterPushes);
    wakeOwners(externalSecrets, "ClusterExternalSecret", this.#clusters);
    wakeOwners(pushSecrets, "ClusterPushSecret", this.#clusterPushes);
    targets.subscribe(({ object }) => this.#wakeTargets(keyOf(object)));
    this.#observed.generatorStates.subscribe(({ object }) => this.#states.add(keyOf(object)));
    const onStore = (change: Change): void => {
      if (!isAsked(change)) return;
      if (change.type === "deleted") this.#registry.drop(change.object);
      this.#stores.add(keyOf(change.object));
      this.#wakeUsers(change.object);
    };
    stores.subscribe(onStore);
    clusterStores.subscribe(onStore);
    namespaces.subscribe(() => {
      for (const object of clusterExternalSecrets.list()) this.#clusters.add(keyOf(object));
      for (const object of clusterPushSecrets.list()) this.#clusterPushes.add(keyOf(object));
    });
  }

  #wakeTargets(target: string): void {
    for (const owner of this.#observed.externalSecrets.byIndex("target", target)) this.#secrets.add(keyOf(owner));
  }

  /** Whoever failed because of the store is looked at at once; values are read again when they are due or the store's setting changed. */
  #wakeUsers(store: KubeObject): void {
    for (const user of this.#observed.externalSecrets.byIndex("store", keyOfStore(store))) {
      this.#sync.noteChanged(keyOf(user));
      this.#secrets.add(keyOf(user));
    }
    // A PushSecret may select stores by label, so any of those in reach may be meant.
    const { namespace } = store.metadata;
    const { pushSecrets } = this.#observed;
    const pushes = namespace === undefined ? pushSecrets.list() : pushSecrets.byIndex("namespace", namespace);
    for (const push of pushes) this.#pushes.add(keyOf(push));
  }
}

interface LoopPart {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly workers: number;
  readonly reconcile: (key: string) => Promise<Outcome>;
}

/** A child that was changed or is gone is put back by whoever placed it. */
function wakeOwners(children: Informer, ownerKind: string, queue: WorkQueue): void {
  children.subscribe(({ type, object }) => {
    for (const { name, kind } of object.metadata.ownerReferences ?? [])
      if (kind === ownerKind && type !== "added") queue.add(name);
  });
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
