// The server
export { startApiServer } from "./server/start.ts";
export type { ApiServer, ApiServerAccess, ApiServerOptions, ClientIdentity } from "./server/types.ts";
export type { LocalConnection } from "./server/local.ts";

// What can be handed in
export type { AuditEvent, AuditSink } from "./audit/types.ts";
export { ServiceProxies, type ProxyHandler, type ProxyRequest, type ProxyResponse } from "./registry/service-proxy.ts";

export { PodLogs, type PodLogOptions, type PodLogSource } from "./registry/pod-logs.ts";

export { APISERVER_CODES } from "./codes.ts";
export { LIMITS as APISERVER_LIMITS } from "./limits.ts";

// `fairlead apiserver`
export { kubeconfigOf } from "./command/serve.ts";
export { runApiServer, type CommandIo, type Simulate } from "./command/run.ts";
