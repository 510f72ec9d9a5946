import type { Clock, Logger } from "@fairlead/base";
import type { AuditPolicy } from "../audit/policy.ts";
import type { AuditSink } from "../audit/types.ts";
import type { PodRoute } from "../http/proxy-forward.ts";
import type { PodLogs } from "../registry/pod-logs.ts";
import type { ServiceProxies } from "../registry/service-proxy.ts";
import type { ClientAccess, LocalConnection } from "./local.ts";

/** In place of a directory: nothing is kept. */
export const IN_MEMORY = "memory";

export interface ApiServerOptions {
  /** A directory that holds database and keys; `memory` keeps everything in memory. */
  readonly data: string;
  /** 0 or absent: a free port. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 when absent. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly logger: Logger;
  /** Names and addresses the serving certificate is good for, besides localhost, the host and the service `kubernetes`. */
  readonly certificateNames?: readonly string[];
  /** false: none of kube-controller-manager's work is done here (namespaces, garbage, accounts, roles); another does it. */
  readonly controllers?: boolean;
  /** Admission steps left out, by the names kube-apiserver has for them. */
  readonly disabledAdmission?: readonly string[];
  /** Largest database file in bytes. */
  readonly databaseBytesMax?: number;
  /** How the proxies of services and pods reach a pod's address; nobody answers there when absent, as this server runs no pods. */
  readonly podRoute?: PodRoute;
  /** Where one line per request goes; none when absent. */
  readonly audit?: AuditSink;
  /** How much it says of which request: everything but bodies when absent. See auditPolicyOf. */
  readonly auditPolicy?: AuditPolicy;
}

/** What a client needs to reach the server; the shape of @fairlead/kube's ClusterConfig. PEM fields are base64, as in a kubeconfig. */
export interface ApiServerAccess {
  readonly server: string;
  readonly caData: string;
  readonly certData?: string;
  readonly keyData?: string;
  readonly bearerToken?: string;
}

export interface ClientIdentity {
  readonly user: string;
  readonly groups?: readonly string[];
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  /** The certificate authority's PEM, base64 as in a kubeconfig. */
  readonly caData: string;
  /** Access as system:masters. */
  adminConfig(): ApiServerAccess;
  /** A client certificate for this user. */
  issueClient(identity: ClientIdentity): ApiServerAccess;
  /**
   * The way to this server for a client in this process: authentication, authorisation, admission and audit as over the network,
   * without it. Undefined where the access is not one to this server, or where TLS would not come about with it.
   */
  connect(access: ClientAccess): LocalConnection | undefined;
  /** In-process handlers behind `services/NAME:PORT/proxy`. */
  readonly serviceProxies: ServiceProxies;
  /** Where `pods/NAME/log` comes from; none until somebody who runs pods says so. */
  readonly podLogs: PodLogs;
  /** Writes a consistent copy of the database to a file while serving. */
  backup(path: string): Promise<void>;
  /** Ends watches, finishes writes under way, closes the database. */
  close(): Promise<void>;
}
