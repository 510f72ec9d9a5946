import type { KubeObject } from "@fairlead/apimachinery";
import type { Clock, Logger } from "@fairlead/base";
import { createInformer, type KindRef, type KubeClient } from "@fairlead/kube";
import type { Settings } from "../options.ts";
import { ObjectStore } from "./store.ts";
import { Teller } from "./teller.ts";

/** What every controller works with: the cluster as last known, and ways to change it. */
export class World {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: Settings;
  readonly teller: Teller;
  /** When the scheduler chose a node, by the pod's uid, until a kubelet takes the pod over: its start does not wait for the writing down. */
  readonly placedAtMs = new Map<string, number>();
  readonly #stores = new Map<string, ObjectStore<KubeObject>>();

  constructor(deps: { client: KubeClient; clock: Clock; logger: Logger; settings: Settings }) {
    this.client = deps.client;
    this.clock = deps.clock;
    this.logger = deps.logger;
    this.settings = deps.settings;
    this.teller = new Teller(deps, deps.settings.eventsPerSecond);
  }

  /** The store of a kind; the same one for all who ask. Kinds must be asked for before the world starts. */
  store<T extends KubeObject>(kind: KindRef): ObjectStore<T> {
    const known = this.#stores.get(kind.kind);
    if (known) return known as unknown as ObjectStore<T>;
    const { clock, logger } = this;
    const store = new ObjectStore<T>(createInformer(this.client, { kind, clock, logger }));
    this.#stores.set(kind.kind, store as unknown as ObjectStore<KubeObject>);
    return store;
  }

  storeOf(kind: string): ObjectStore<KubeObject> | undefined {
    return this.#stores.get(kind);
  }

  /** Watches every kind asked for; resolves once all of them are known. */
  async start(signal: AbortSignal): Promise<void> {
    const stores = [...this.#stores.values()];
    for (const { informer } of stores) informer.start(signal);
    await Promise.all(stores.map(({ informer }) => informer.synced));
  }
}
