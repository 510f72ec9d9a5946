import type { JsonObject } from "@fairlead/base";
import { encodeYaml } from "@fairlead/yaml";
import type {
  ClusterConfig,
  ExecConfig,
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigUser,
} from "./types.ts";

/** A kubeconfig as YAML, as kubectl writes it: parseKubeconfig gives back the same. */
export function writeKubeconfig(kubeconfig: Kubeconfig): string {
  return encodeYaml({
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    "current-context": kubeconfig.currentContext ?? "",
    clusters: entries(kubeconfig.clusters, "cluster", clusterJson),
    users: entries(kubeconfig.users, "user", userJson),
    contexts: entries(kubeconfig.contexts, "context", contextJson),
  });
}

/** A kubeconfig with one context, so that kubectl and others reach the cluster as this process does. */
export function kubeconfigFor(name: string, config: ClusterConfig): Kubeconfig {
  const cluster: KubeconfigCluster = {
    server: config.server,
    certificateAuthorityData: base64(config.caData),
    insecureSkipTlsVerify: config.insecure,
    tlsServerName: config.serverName,
    proxyUrl: config.proxyUrl,
    disableCompression: config.disableCompression,
  };
  const user: KubeconfigUser = {
    clientCertificateData: base64(config.certData),
    clientKeyData: base64(config.keyData),
    token: config.bearerToken,
    tokenFile: config.tokenFile,
    username: config.username,
    password: config.password,
    impersonate: config.impersonate,
    exec: config.exec,
  };
  return {
    currentContext: name,
    clusters: new Map([[name, cluster]]),
    users: new Map([[name, user]]),
    contexts: new Map([[name, { cluster: name, user: name, namespace: config.namespace }]]),
  };
}

function base64(pem: string | undefined): string | undefined {
  return pem?.includes("-----BEGIN") ? Buffer.from(pem).toString("base64") : pem;
}

function entries<T>(map: ReadonlyMap<string, T>, key: string, json: (value: T) => JsonObject): JsonObject[] {
  return [...map].map(([name, value]) => ({ name, [key]: withoutAbsent(json(value)) }));
}

function withoutAbsent(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0)),
  );
}

function clusterJson(cluster: KubeconfigCluster): JsonObject {
  return {
    ...cluster.unknown,
    server: cluster.server,
    "certificate-authority": cluster.certificateAuthority,
    "certificate-authority-data": cluster.certificateAuthorityData,
    "insecure-skip-tls-verify": cluster.insecureSkipTlsVerify,
    "tls-server-name": cluster.tlsServerName,
    "proxy-url": cluster.proxyUrl,
    "disable-compression": cluster.disableCompression,
    extensions: cluster.extensions?.map((each) => ({ ...each })) as JsonObject[] | undefined,
  };
}

function userJson(user: KubeconfigUser): JsonObject {
  const { impersonate, authProvider } = user;
  const extra = impersonate?.extra ?? {};
  return {
    ...user.unknown,
    "client-certificate": user.clientCertificate,
    "client-certificate-data": user.clientCertificateData,
    "client-key": user.clientKey,
    "client-key-data": user.clientKeyData,
    token: user.token,
    tokenFile: user.tokenFile,
    username: user.username,
    password: user.password,
    as: impersonate?.user,
    "as-uid": impersonate?.uid,
    "as-groups": impersonate?.groups && [...impersonate.groups],
    "as-user-extra": Object.keys(extra).length === 0 ? undefined : (structuredClone(extra) as JsonObject),
    exec: user.exec && execJson(user.exec),
    "auth-provider": authProvider && { name: authProvider.name, config: { ...authProvider.config } },
  };
}

function execJson(exec: ExecConfig): JsonObject {
  return withoutAbsent({
    apiVersion: exec.apiVersion,
    command: exec.command,
    args: [...exec.args],
    env: exec.env.map((each) => ({ ...each })),
    installHint: exec.installHint,
    provideClusterInfo: exec.provideClusterInfo,
    interactiveMode: exec.interactiveMode,
  });
}

function contextJson(context: KubeconfigContext): JsonObject {
  return { ...context.unknown, cluster: context.cluster, user: context.user, namespace: context.namespace };
}
