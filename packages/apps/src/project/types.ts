/** AppProject as it is in the cluster (facts/argocd.md §1.7). */
export interface Project {
  readonly name: string;
  readonly namespace: string;
  readonly spec: ProjectSpec;
}

export interface ProjectSpec {
  readonly description?: string | undefined;
  /** Globs with `/` as separator; `!glob` denies. */
  readonly sourceRepos: readonly string[];
  /** Namespaces Applications of this project may live in, beside the control plane's own. Globs, or `/regex/`. */
  readonly sourceNamespaces: readonly string[];
  readonly destinations: readonly ProjectDestination[];
  /** Empty: no cluster-scoped kind is permitted. */
  readonly clusterResourceWhitelist: readonly KindRule[];
  readonly clusterResourceBlacklist: readonly KindRule[];
  /** undefined: every namespaced kind; empty: none. */
  readonly namespaceResourceWhitelist: readonly KindRule[] | undefined;
  readonly namespaceResourceBlacklist: readonly KindRule[];
  readonly syncWindows: readonly SyncWindow[];
  readonly orphanedResources?: { readonly warn: boolean; readonly ignore: readonly OrphanRule[] } | undefined;
  readonly permitOnlyProjectScopedClusters: boolean;
  readonly destinationServiceAccounts: readonly DestinationServiceAccount[];
  /** GnuPG key ids, 16 upper-case hex digits; with any, every revision must be signed by one of them. */
  readonly signatureKeys: readonly string[];
  readonly roles: readonly ProjectRole[];
}

export interface ProjectRole {
  readonly name: string;
  readonly description?: string | undefined;
  /** `p, proj:<project>:<role>, <resource>, <action>, <project>/<object>, allow|deny` */
  readonly policies: readonly string[];
  readonly groups: readonly string[];
}

export interface ProjectDestination {
  readonly server?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

export interface KindRule {
  readonly group: string;
  readonly kind: string;
  /** Cluster-scoped kinds only: a glob of the object's name. */
  readonly name?: string | undefined;
}

interface OrphanRule {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
}

export interface DestinationServiceAccount {
  readonly server: string;
  readonly namespace?: string | undefined;
  /** `name`, or `namespace:name`. */
  readonly defaultServiceAccount: string;
}

export interface SyncWindow {
  readonly kind: "allow" | "deny";
  /** Five-field cron. */
  readonly schedule: string;
  readonly durationMs: number;
  readonly applications: readonly string[];
  readonly namespaces: readonly string[];
  readonly clusters: readonly string[];
  /** All of the lists that are set must match, instead of any. */
  readonly andOperator: boolean;
  readonly manualSync: boolean;
  readonly syncOverrun: boolean;
  /** IANA name; UTC when the manifest says nothing. */
  readonly timeZone: string;
  readonly description?: string | undefined;
}
