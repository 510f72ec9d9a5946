// A cluster and an identity
export type {
  ClusterConfig,
  ExecConfig,
  Impersonation,
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigUser,
  OidcConfig,
} from "./config/types.ts";
export { contextConfig, type ContextOptions } from "./config/context.ts";
export { inClusterConfig, isInCluster, type InClusterOptions } from "./config/in-cluster.ts";
export { kubeconfigPaths, loadKubeconfig, mergeKubeconfigs } from "./config/load.ts";
export { parseKubeconfig, type ParseKubeconfigOptions } from "./config/parse.ts";
export { kubeconfigFor, writeKubeconfig } from "./config/write.ts";
export { proxyFor } from "./config/proxy.ts";
export type { AuthDeps, FetchJson, ProgramResult, RunProgram } from "./auth/types.ts";

// The client
export { createClient, kindOf, type ClientDeps } from "./client/client.ts";
export type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectList,
  Patch,
  RawRequest,
  RawResponse,
  SelectOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./client/types.ts";
export type { KindRef, NamedRef } from "./client/refs.ts";
export type { LocalConnection } from "./http/local-transport.ts";
export { followDefinitions } from "./discovery/follow.ts";
export type { ApiResource, Discovery } from "./discovery/types.ts";
export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isExpired,
  isNotFound,
  isTransient,
  type Status,
  type StatusCause,
} from "./http/status.ts";

// Informers
export { createInformer } from "./informer/informer.ts";
export { keyOf, splitKey, type Change, type Informer, type InformerOptions } from "./informer/types.ts";

// Queue and controllers
export { createWorkQueue } from "./queue/work-queue.ts";
export { createController } from "./controller/controller.ts";
export type { AddOptions, WorkQueue, WorkQueueOptions } from "./queue/types.ts";
export { again, done, failed, stalled, type Outcome } from "./controller/outcome.ts";
export type { Controller, ControllerCounts, ControllerOptions, ReconcileContext } from "./controller/types.ts";

// Leases: one leader, or members that share work
export { type ElectionOptions, runElection } from "./lease/election.ts";
export { joinMembership, type Membership, type MembershipOptions } from "./lease/membership.ts";
export { rendezvousOwner } from "./lease/rendezvous.ts";
export type { LeasePlace, LeaseTimes } from "./lease/lease.ts";

// Apply, prune, wait
export { applyObjects, type ApplyRunOptions, describeEntry } from "./apply/apply.ts";
export { conflictsOf, isImmutableRefusal } from "./apply/conflicts.ts";
export { findObjects, type FindOptions } from "./apply/find.ts";
export { takeOverFields } from "./apply/migrate.ts";
export { predictApply, type Prediction } from "./apply/predict.ts";
export { pruneObjects, type PruneOptions, type PruneTarget } from "./apply/prune.ts";
export type { RunOptions } from "./apply/run.ts";
export { changeSet, type ChangeAction, type ChangeEntry, type ChangeSet, type FieldConflict } from "./apply/types.ts";
export {
  untilCondition,
  untilCurrent,
  untilDeleted,
  untilHealthy,
  waitFor,
  type WaitOptions,
  type WaitTarget,
  type WaitUntil,
  type WaitVerdict,
} from "./apply/wait.ts";

// Events
export { eventRecorder, type EventRecorderOptions } from "./event/recorder.ts";
export type { EventInput, EventRecorder } from "./event/types.ts";

export { KUBE_CODES } from "./codes.ts";
export { KUBE_LIMITS } from "./limits.ts";
