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

// The client
export type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KindRef,
  KubeClient,
  ListOptions,
  NamedRef,
  ObjectList,
  Patch,
  RawRequest,
  RawResponse,
  SelectOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./client/types.ts";
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
export { keyOf, splitKey, type Change, type Informer, type InformerOptions } from "./informer/types.ts";

// Queue and controllers
export type { AddOptions, WorkQueue, WorkQueueOptions } from "./queue/types.ts";
export { again, done, failed, stalled, type Outcome } from "./controller/outcome.ts";
export type { Controller, ControllerCounts, ControllerOptions, ReconcileContext } from "./controller/types.ts";

// Apply, prune, wait
export { changeSet, type ChangeAction, type ChangeEntry, type ChangeSet, type FieldConflict } from "./apply/types.ts";

// Events
export type { EventInput, EventRecorder } from "./event/types.ts";
