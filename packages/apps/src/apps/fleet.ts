import type { Clock, Logger } from "@fairlead/base";
import type { AppState } from "../application/state.ts";
import type { Cluster, ClusterRegistry } from "../cluster/types.ts";
import { LiveCluster } from "../live/cluster.ts";
import type { LiveChange } from "../live/store.ts";
import { instanceKey, type Tracking } from "../sync/tracking.ts";
import type { Engine } from "./engine.ts";
import type { ClusterGauge } from "./metrics.ts";
import type { UpdateFilter } from "./updates.ts";

export interface FleetOptions {
  readonly clusters: ClusterRegistry;
  /** As the settings have it now. */
  readonly tracking: () => Tracking;
  readonly updates: UpdateFilter;
  readonly logger: Logger;
  readonly namespace: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly wake: Engine["wake"];
  readonly states: ReadonlyMap<string, AppState>;
  readonly driftPriority: number;
}

/** How often it is looked whether a cluster went away or came back; a look costs no call. */
const TROUBLE_EVERY_MS = 2_000;

/** The live side: one LiveCluster for each cluster that applications use, and who is woken when something changes there. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #live = new Map<string, LiveCluster>();
  readonly #trouble = new Map<string, string | undefined>();
  #stopLooking: () => void;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#stopLooking = options.clock.after(TROUBLE_EVERY_MS, () => this.#lookForTrouble());
  }

  live(cluster: Cluster): LiveCluster {
    const known = this.#live.get(cluster.server);
    if (known) return known;
    const { clusters, tracking, logger, clock } = this.#options;
    const client = clusters.client(cluster.server);
    if (!client) throw new Error(`cluster ${cluster.name} has no client`);
    const live = new LiveCluster({
      cluster,
      client,
      tracking: tracking(),
      clock,
      logger,
      onState: (why) => this.#wakeAll(cluster.server, why, true),
    });
    live.store.subscribe((change) => this.#onChange(change, cluster.server));
    this.#live.set(cluster.server, live);
    return live;
  }

  /** Clusters in use, as metrics show them. */
  gauges(): ClusterGauge[] {
    const now = this.#options.clock.now();
    return [...this.#live.values()].map(({ cluster, store, trouble, kinds, since, events, version }) => ({
      server: cluster.server,
      name: cluster.name,
      objects: store.size,
      kinds,
      ageMs: now - since,
      events,
      version,
      isConnected: trouble === undefined,
    }));
  }

  /** Its Secret changed or went: what was known through the old client does not count any more. */
  forget(server: string): void {
    this.#live.get(server)?.close();
    this.#live.delete(server);
    this.#trouble.delete(server);
  }

  /** What marks an object as an application's is another thing now: everything is read anew. */
  forgetAll(): void {
    for (const server of this.#live.keys()) this.forget(server);
  }

  close(): void {
    this.#stopLooking();
    for (const live of this.#live.values()) live.close();
    this.#live.clear();
  }

  #onChange(change: LiveChange, server: string): void {
    if (change.after?.object.kind === "Namespace") this.#wakeKeepers(change.after.key, server);
    const isNews = this.#options.updates.isNews(change.before, change.after);
    if (isNews === true) return this.#wakeOwners(change);
    if (isNews === false) return;
    isNews.then(
      (answer) => (answer ? this.#wakeOwners(change) : undefined),
      () => this.#wakeOwners(change),
    );
  }

  /** Applications that keep labels and annotations on a namespace, which itself is nobody's. */
  #wakeKeepers(namespace: string, server: string): void {
    for (const [key, state] of this.#options.states) {
      if (state.keepsNamespace === namespace && state.server === server) this.#options.wake(key, "namespace changed");
    }
  }

  #wakeOwners({ before, after }: LiveChange): void {
    const { wake, namespace, driftPriority } = this.#options;
    const instances = new Set([before?.instance, after?.instance]);
    for (const instance of instances) {
      if (instance !== undefined) wake(instanceKey(instance, namespace), "object changed", { priority: driftPriority });
    }
  }

  /** @param isForWaiting only those that wait for what this is about: a kind that is known now is no news to the others */
  #wakeAll(server: string, why: string, isForWaiting = false): void {
    for (const [key, state] of this.#options.states) {
      const isConcerned =
        state.movedFrom.includes(server) || (state.server === server && (!isForWaiting || state.waitsForCluster));
      if (!isConcerned) continue;
      this.#options.wake(key, why);
    }
  }

  /** Tells a cluster's applications once when it goes away and once when it is back. */
  #lookForTrouble(): void {
    if (this.#options.signal.aborted) return;
    for (const [server, live] of this.#live) {
      const { trouble } = live;
      if ((trouble === undefined) !== (this.#trouble.get(server) === undefined)) {
        this.#options.logger.warn(trouble === undefined ? "cluster is back" : "cluster is away", { server, trouble });
        this.#wakeAll(server, "cluster went away or came back");
      }
      this.#trouble.set(server, trouble);
    }
    this.#stopLooking = this.#options.clock.after(TROUBLE_EVERY_MS, () => this.#lookForTrouble());
  }
}
