// The engine
export { startApps } from "./apps/start.ts";
export type { AppOverview, Apps, AppsOptions, Shares } from "./apps/types.ts";
export { AppEvents, type AppEvent } from "./apps/events.ts";

// jq within limits, for others that ignore differences by its expressions
export { JqWorker } from "./compare/jq.ts";

export { readSettings, type Settings } from "./settings/parse.ts";

// Where sources and rendering come in
export type { RenderAnswer, RenderRequest, ResolvedSource, SourceAccess } from "./source/types.ts";

// Webhooks of Git hosts, and the listener for them and for metrics
export { serveHttp, type Served, type ServeOptions } from "./webhook/serve.ts";
export type { WebhookAnswer, WebhookEvent, WebhookProvider, WebhookRequest } from "./webhook/types.ts";

// Clusters
export { SecretClusterRegistry, type ClusterRegistryOptions } from "./cluster/registry.ts";
export { parseClusterSecret, type ParsedCluster } from "./cluster/parse.ts";
export type { Cluster, ClusterChange, ClusterRegistry, Connect } from "./cluster/types.ts";

// Rendering with no cluster
export { renderAlone, type AloneAnswer, type AloneRequest } from "./application/render-alone.ts";

// Kinds
export { applicationCrds } from "./crd/crds.ts";
export { parseApplication, type ParsedApplication } from "./application/parse.ts";
export type { Application, ApplicationSource, ApplicationSpec, ApplicationStatus } from "./application/types.ts";
export { parseProject, type ParsedProject } from "./project/parse.ts";
export type { Project, ProjectSpec, SyncWindow } from "./project/types.ts";

export { APPS_CODES } from "./codes.ts";
