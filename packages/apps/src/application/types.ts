import type { JsonObject } from "@fairlead/base";
import type { ObjectMeta } from "@fairlead/apimachinery";

/** Application as it is in the cluster (argoproj.io/v1alpha1). Sources of the rules: facts/argocd.md §1.1 and §1.2. */
export interface Application {
  readonly metadata: ObjectMeta & { readonly name: string; readonly namespace: string };
  readonly spec: ApplicationSpec;
  readonly operation?: Operation | undefined;
  readonly status: ApplicationStatus;
}

export interface ApplicationSpec {
  /** `default` when the manifest says nothing. */
  readonly project: string;
  /** One entry for `source`, all of `sources` when that is set (it wins). Never empty in a valid application. */
  readonly sources: readonly ApplicationSource[];
  /** Whether `sources` was used: decides between the singular and plural fields of status. */
  readonly isMultiSource: boolean;
  readonly destination: Destination;
  readonly automated?: Automated | undefined;
  readonly syncOptions: readonly string[];
  readonly retry?: Retry | undefined;
  readonly managedNamespaceMetadata?: NamespaceMetadata | undefined;
  readonly ignoreDifferences: readonly IgnoreDifferences[];
  readonly info: readonly Info[];
  readonly revisionHistoryLimit: number;
}

/** One source, as written. The tool options are handed to the renderer as they are, after their shape was checked. */
export interface ApplicationSource extends JsonObject {
  repoURL: string;
  path?: string;
  targetRevision?: string;
  chart?: string;
  ref?: string;
  name?: string;
  tagPrefix?: string;
  helm?: JsonObject;
  kustomize?: JsonObject;
  directory?: JsonObject;
  plugin?: JsonObject;
}

export interface Destination {
  /** At most one of server and name; neither means the cluster we run in. */
  readonly server?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

export interface Automated {
  readonly prune: boolean;
  readonly selfHeal: boolean;
  readonly allowEmpty: boolean;
}

export interface Retry {
  /** -1: without end. */
  readonly limit: number;
  readonly baseMs: number;
  readonly factor: number;
  readonly maxMs: number;
}

interface NamespaceMetadata {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface IgnoreDifferences {
  /** Globs. `group` empty matches the core group only; `*` all. */
  readonly group: string;
  readonly kind: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly jsonPointers: readonly string[];
  readonly jqPathExpressions: readonly string[];
  readonly managedFieldsManagers: readonly string[];
}

interface Info {
  readonly name: string;
  readonly value: string;
}

export interface Operation extends JsonObject {
  sync?: SyncOperation;
  initiatedBy?: { username?: string; automated?: boolean };
  info?: { name: string; value: string }[];
  retry?: JsonObject;
}

export interface SyncOperation extends JsonObject {
  revision?: string;
  revisions?: string[];
  prune?: boolean;
  dryRun?: boolean;
  syncStrategy?: JsonObject;
  resources?: SyncOperationResource[];
  source?: ApplicationSource;
  sources?: ApplicationSource[];
  manifests?: string[];
  syncOptions?: string[];
  autoHealAttemptsCount?: number;
}

export interface SyncOperationResource extends JsonObject {
  group?: string;
  kind: string;
  name: string;
  namespace?: string;
  exclude?: boolean;
}

export type SyncStatusCode = "Synced" | "OutOfSync" | "Unknown";
export type HealthCode = "Healthy" | "Progressing" | "Degraded" | "Suspended" | "Missing" | "Unknown";
export type OperationPhase = "Running" | "Terminating" | "Failed" | "Error" | "Succeeded";
export type SyncPhase = "PreSync" | "Sync" | "PostSync" | "SyncFail" | "PreDelete" | "PostDelete";
type ResultCode = "Synced" | "SyncFailed" | "Pruned" | "PruneSkipped";

/** status as Argo CD writes it: kubectl, dashboards and scripts read these fields. */
export interface ApplicationStatus extends JsonObject {
  resources?: ResourceStatus[];
  sync?: SyncStatus;
  health?: HealthStatus;
  history?: RevisionHistory[];
  conditions?: Condition[];
  operationState?: OperationState;
  reconciledAt?: string;
  sourceType?: string;
  sourceTypes?: string[];
  summary?: { images?: string[]; externalURLs?: string[]; isAppOfApps?: boolean };
  resourceHealthSource?: string;
  controllerNamespace?: string;
}

export interface ResourceStatus extends JsonObject {
  group?: string;
  version: string;
  kind: string;
  namespace?: string;
  name: string;
  status?: SyncStatusCode;
  health?: HealthStatus;
  hook?: boolean;
  requiresPruning?: boolean;
  requiresDeletionConfirmation?: boolean;
  syncWave?: number;
}

export interface SyncStatus extends JsonObject {
  status: SyncStatusCode;
  revision?: string;
  revisions?: string[];
  comparedTo?: JsonObject;
}

export interface HealthStatus extends JsonObject {
  status: HealthCode;
  message?: string;
  lastTransitionTime?: string;
}

export interface RevisionHistory extends JsonObject {
  id: number;
  revision?: string;
  revisions?: string[];
  deployedAt: string;
  deployStartedAt?: string;
  source?: ApplicationSource;
  sources?: ApplicationSource[];
  initiatedBy?: { username?: string; automated?: boolean };
}

export interface Condition extends JsonObject {
  type: ConditionType;
  message: string;
  lastTransitionTime?: string;
}

/** A condition before it is known since when it holds. */
export interface ConditionFact {
  readonly type: ConditionType;
  readonly message: string;
}

/** Argo CD's condition types, and ours at the end: drift that is reported and not corrected, syncs that wait, rules that could not be applied. */
type ConditionType =
  | "InvalidSpecError"
  | "ComparisonError"
  | "SyncError"
  | "DeletionError"
  | "UnknownError"
  | "SharedResourceWarning"
  | "RepeatedResourceWarning"
  | "ExcludedResourceWarning"
  | "OrphanedResourceWarning"
  | "RevisionHeld"
  | "SyncPending"
  | "DriftDetected"
  | "IgnoreDifferencesWarning"
  | "SourceWarning";

export interface OperationState extends JsonObject {
  operation: Operation;
  phase: OperationPhase;
  message?: string;
  startedAt: string;
  finishedAt?: string;
  retryCount?: number;
  syncResult?: SyncResult;
}

export interface SyncResult extends JsonObject {
  revision: string;
  revisions?: string[];
  source?: ApplicationSource;
  sources?: ApplicationSource[];
  resources?: ResourceResult[];
  managedNamespaceMetadata?: JsonObject;
}

export interface ResourceResult extends JsonObject {
  group: string;
  version: string;
  kind: string;
  namespace: string;
  name: string;
  status?: ResultCode;
  message?: string;
  hookType?: SyncPhase;
  hookPhase?: OperationPhase;
  syncPhase?: SyncPhase;
  images?: string[];
}
