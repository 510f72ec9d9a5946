import { sleep, type Clock, type Logger, type Problem } from "@fairlead/base";
import { createInformer, type Informer, type KubeClient } from "@fairlead/kube";
import { IN_CLUSTER, LABELS, SECRET_KIND } from "../names.ts";
import { normalizeServer, parseClusterSecret } from "./parse.ts";
import type { Cluster, ClusterChange, ClusterRegistry, Connect } from "./types.ts";

export interface ClusterRegistryOptions {
  readonly hub: KubeClient;
  /** Where cluster Secrets live. */
  readonly namespace: string;
  readonly connect: Connect;
  /** A client of the hub that acts as the user; without it nothing on in-cluster can be done as somebody else. */
  readonly connectHubAs?: ((user: string) => KubeClient) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Clusters from Secrets labelled `argocd.argoproj.io/secret-type: cluster`, followed as they change, and the cluster we run in,
 * which needs none. A broken Secret is logged and left out; the others are not affected.
 */
export class SecretClusterRegistry implements ClusterRegistry {
  readonly #options: ClusterRegistryOptions;
  readonly #informer: Informer;
  readonly #bySecret = new Map<string, Cluster>();
  readonly #clients = new Map<string, { readonly client: KubeClient; readonly version: string }>();
  readonly #listeners = new Set<(change: ClusterChange) => void>();
  readonly #closing = new AbortController();

  constructor(options: ClusterRegistryOptions) {
    this.#options = options;
    this.#informer = createInformer(options.hub, {
      kind: SECRET_KIND,
      namespace: options.namespace,
      labelSelector: `${LABELS.secretType}=cluster`,
      clock: options.clock,
      logger: options.logger,
    });
    this.#informer.subscribe((change) => {
      const key = change.object.metadata.name ?? "";
      if (change.type === "deleted") this.#forget(key);
      else this.#learn(key, parseClusterSecret(change.object));
    });
  }

  /** Resolves once every Secret that exists is known. */
  async start(signal: AbortSignal): Promise<void> {
    this.#informer.start(signal);
    await this.#informer.synced;
  }

  list(): readonly Cluster[] {
    const own = [...this.#bySecret.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    return own.some((cluster) => cluster.server === IN_CLUSTER.server) ? own : [inCluster(), ...own];
  }

  byServer(server: string): Cluster | undefined {
    const wanted = normalizeServer(server);
    for (const cluster of this.#bySecret.values()) if (cluster.server === wanted) return cluster;
    return wanted === IN_CLUSTER.server ? inCluster() : undefined;
  }

  byName(name: string): readonly Cluster[] {
    return this.list().filter((cluster) => cluster.name === name);
  }

  client(server: string): KubeClient | undefined {
    const cluster = this.byServer(server);
    if (!cluster) return undefined;
    // A Secret for in-cluster only restricts or names it; the way there stays ours.
    if (cluster.server === IN_CLUSTER.server || !cluster.config) return this.#options.hub;
    const known = this.#clients.get(cluster.server);
    if (known?.version === cluster.version) return known.client;
    if (known) this.#closeLater(known.client);
    const client = this.#options.connect(cluster.config, cluster);
    this.#clients.set(cluster.server, { client, version: cluster.version });
    return client;
  }

  impersonate(server: string, user: string): KubeClient | undefined {
    const cluster = this.byServer(server);
    if (!cluster) return undefined;
    const key = `${cluster.server} ${user}`;
    const known = this.#clients.get(key);
    if (known?.version === cluster.version) return known.client;
    if (known) this.#closeLater(known.client);
    const isHub = cluster.server === IN_CLUSTER.server || !cluster.config;
    const { connect, connectHubAs } = this.#options;
    const client =
      isHub || !cluster.config ? connectHubAs?.(user) : connect({ ...cluster.config, impersonate: { user } }, cluster);
    if (client) this.#clients.set(key, { client, version: cluster.version });
    return client;
  }

  subscribe(listener: (change: ClusterChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    this.#closing.abort();
    for (const { client } of this.#clients.values()) client.close();
    this.#clients.clear();
    this.#listeners.clear();
  }

  #learn(key: string, parsed: { cluster: Cluster | undefined; problems: readonly Problem[] }): void {
    for (const problem of parsed.problems) {
      this.#options.logger.warn("cluster Secret has a fault", { secret: key, message: problem.message });
    }
    const before = this.#bySecret.get(key);
    const { cluster } = parsed;
    if (!cluster) return this.#forget(key);
    if (before?.version === cluster.version) return;
    this.#bySecret.set(key, cluster);
    if (before && before.server !== cluster.server) this.#tell({ server: before.server, kind: "removed" });
    this.#tell({ server: cluster.server, kind: before?.server === cluster.server ? "changed" : "added" });
  }

  #forget(key: string): void {
    const before = this.#bySecret.get(key);
    if (!before) return;
    this.#bySecret.delete(key);
    this.#tell({ server: before.server, kind: "removed" });
    for (const [key, { client }] of this.#clients) {
      if (key !== before.server && !key.startsWith(`${before.server} `)) continue;
      this.#clients.delete(key);
      this.#closeLater(client);
    }
  }

  #tell(change: ClusterChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** Credentials rotate while calls are under way: those may end in peace. */
  #closeLater(client: KubeClient): void {
    void sleep(this.#options.clock, CLOSE_AFTER_MS, this.#closing.signal).then(() => client.close());
  }
}

const CLOSE_AFTER_MS = 30_000;

function inCluster(): Cluster {
  return {
    ...IN_CLUSTER,
    namespaces: [],
    clusterResources: true,
    labels: {},
    annotations: {},
    version: "",
  };
}
