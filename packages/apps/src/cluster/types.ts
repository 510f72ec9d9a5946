import type { ClusterConfig, KubeClient } from "@fairlead/kube";

/** A destination cluster as registered by a Secret in Argo CD's format (facts/argocd.md §1.9), or the one we run in. */
export interface Cluster {
  /** Canonical: without a trailing slash. */
  readonly server: string;
  readonly name: string;
  /** Restricts us to these namespaces; empty: the whole cluster. */
  readonly namespaces: readonly string[];
  /** With `namespaces`: whether cluster-scoped objects are ours too. */
  readonly clusterResources: boolean;
  /** Only applications of this project may use it. */
  readonly project?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Absent for the cluster we run in. */
  readonly config?: ClusterConfig | undefined;
  /** `namespace/name` of its Secret. */
  readonly secret?: string | undefined;
  /** Changes when the Secret does: a new client is made then. */
  readonly version: string;
}

/** Makes a client for a cluster; a parameter so that tests and the embedded control plane can hand in their own. */
export type Connect = (config: ClusterConfig, cluster: Cluster) => KubeClient;

export interface ClusterChange {
  readonly server: string;
  readonly kind: "added" | "changed" | "removed";
}

/** Every cluster that applications may be sent to. */
export interface ClusterRegistry {
  byServer(server: string): Cluster | undefined;
  /** More than one when a name is used twice, which is an error for whoever uses the name. */
  byName(name: string): readonly Cluster[];
  list(): readonly Cluster[];
  client(server: string): KubeClient | undefined;
  /** A client of the same cluster that acts as somebody else; undefined where that cannot be had. */
  impersonate?(server: string, user: string): KubeClient | undefined;
  subscribe(listener: (change: ClusterChange) => void): () => void;
}
