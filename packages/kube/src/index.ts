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

// Apply, prune, wait
export { changeSet, type ChangeAction, type ChangeEntry, type ChangeSet, type FieldConflict } from "./apply/types.ts";

// Events
export type { EventInput, EventRecorder } from "./event/types.ts";
