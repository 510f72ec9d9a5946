/** Commands that ask a cluster: which one, as whom, and where the controller of SealedSecrets is. Flags are kubectl's and kubeseal's. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { parseGoDuration, problemError, ProblemError, silentLogger } from "@fairlead/base";
import {
  contextConfig,
  createClient,
  inClusterConfig,
  isInCluster,
  kubeconfigPaths,
  loadKubeconfig,
  type ClusterConfig,
  type KubeClient,
} from "@fairlead/kube";
import type { CommandIo } from "./io.ts";

export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly server?: string;
  readonly token?: string;
  readonly certificateAuthority?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroup?: string[];
  readonly disableCompression?: boolean;
  readonly cluster?: string;
  readonly user?: string;
  readonly requestTimeout?: string;
  readonly namespace?: string;
  readonly controllerNamespace: string;
  readonly controllerName: string;
}

const CONTROLLER_NAMESPACE = "kube-system";
const CONTROLLER_NAME = "sealed-secrets-controller";
/** A person waits for the answer. */
const TIMEOUT_MS = 30_000;

export function withCluster(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("--controller-namespace <name>", "namespace of the controller and its keys", CONTROLLER_NAMESPACE)
    .option("--controller-name <name>", "Service of the controller", CONTROLLER_NAME);
}

/** The rest of kubeseal's flags about the cluster. */
export function withConnection(command: Command): Command {
  return withCluster(command)
    .option("--cluster <name>", "cluster of the kubeconfig")
    .option("--user <name>", "user of the kubeconfig")
    .option("--server <url>", "address of the API server")
    .option("--token <token>", "bearer token")
    .option("--certificate-authority <file>", "certificates the server's has to be signed by")
    .option("--client-certificate <file>", "certificate to sign in with")
    .option("--client-key <file>", "its key")
    .option("--insecure-skip-tls-verify", "do not check the server's certificate")
    .option("--tls-server-name <name>", "name the server's certificate has to carry")
    .option("--proxy-url <url>", "proxy to the API server")
    .option("--username <name>", "user name for basic authentication")
    .option("--password <password>", "password for basic authentication")
    .option("--as <user>", "user to impersonate")
    .option("--as-uid <uid>", "uid to impersonate")
    .option("--as-group <group>", "group to impersonate, once for each", together)
    .option("--disable-compression", "ask for answers without compression")
    .option("--request-timeout <duration>", "how long one request may take; 0 for no limit", "0");
}

function together(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** @throws ProblemError when there is no such cluster, or a file of it cannot be read */
function clusterConfig(flags: ClusterFlags, io: CommandIo): ClusterConfig {
  const file = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return readFileSync(resolve(io.cwd, path), "utf8");
    } catch {
      throw problemError("UnreadableFile", `open ${path}: it cannot be read`);
    }
  };
  const given: Partial<ClusterConfig> = {
    bearerToken: flags.token,
    caData: file(flags.certificateAuthority),
    certData: file(flags.clientCertificate),
    keyData: file(flags.clientKey),
    insecure: flags.insecureSkipTlsVerify,
    serverName: flags.tlsServerName,
    proxyUrl: flags.proxyUrl,
    username: flags.username,
    password: flags.password,
    disableCompression: flags.disableCompression,
    impersonate: flags.as === undefined ? undefined : { user: flags.as, uid: flags.asUid, groups: flags.asGroup },
  };
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...baseConfig(flags, io), ...Object.fromEntries(named) };
}

function baseConfig(flags: ClusterFlags, io: CommandIo): ClusterConfig {
  const { server } = flags;
  const isPod = isInCluster({ env: io.env }) && flags.kubeconfig === undefined && io.env["KUBECONFIG"] === undefined;
  if (isPod) return inClusterConfig({ env: io.env });
  if (server !== undefined && flags.kubeconfig === undefined && flags.context === undefined) return { server };
  const kubeconfig = loadKubeconfig(flags.kubeconfig ?? kubeconfigPaths(io.env));
  const name = flags.context ?? kubeconfig.currentContext;
  const chosen = name === undefined ? undefined : kubeconfig.contexts.get(name);
  const { cluster = chosen?.cluster, user = chosen?.user } = flags;
  if (cluster === undefined || (flags.cluster === undefined && flags.user === undefined)) {
    const config = contextConfig(kubeconfig, flags.context, { env: io.env });
    return server === undefined ? config : { ...config, server };
  }
  const asked = { cluster, user: user ?? "", namespace: chosen?.namespace };
  const config = contextConfig({ ...kubeconfig, contexts: new Map([["asked", asked]]) }, "asked", { env: io.env });
  return server === undefined ? config : { ...config, server };
}

/** Where objects go that name no namespace, as kubectl has it; undefined without a kubeconfig, where nothing says. */
export function namespaceOf(
  flags: Pick<ClusterFlags, "namespace" | "kubeconfig" | "context">,
  io: CommandIo,
): string | undefined {
  if (flags.namespace) return flags.namespace;
  try {
    const kubeconfig = loadKubeconfig(flags.kubeconfig ?? kubeconfigPaths(io.env));
    const name = flags.context ?? kubeconfig.currentContext;
    return (name === undefined ? undefined : kubeconfig.contexts.get(name)?.namespace) || "default";
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** Runs with a client that is closed afterwards. @throws ProblemError, ApiError */
export async function onCluster<T>(
  flags: ClusterFlags,
  io: CommandIo,
  run: (client: KubeClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const client = createClient(clusterConfig(flags, io), { logger: silentLogger, userAgent: "fairlead" });
  const limit = parseGoDuration(flags.requestTimeout ?? "0") || TIMEOUT_MS;
  try {
    return await run(client, AbortSignal.any([io.signal, AbortSignal.timeout(limit)]));
  } finally {
    client.close();
  }
}
