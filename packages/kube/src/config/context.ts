import { readFileSync } from "node:fs";
import { type Problem, problemError, ProblemError } from "@fairlead/base";
import { clusterProblems, userProblems } from "./check.ts";
import { proxyFor } from "./proxy.ts";
import type { ClusterConfig, ExecConfig, Kubeconfig, KubeconfigCluster, KubeconfigUser, OidcConfig } from "./types.ts";

export interface ContextOptions {
  /** Default: the kubeconfig's current context. */
  readonly context?: string | undefined;
  /** HTTPS_PROXY, HTTP_PROXY, NO_PROXY are read from it where the kubeconfig names no proxy. Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly readFile?: ((path: string) => string) | undefined;
}

const EXEC_EXTENSION = "client.authentication.k8s.io/exec";

/**
 * One context of a kubeconfig as a ClusterConfig; certificate files are read, programs are not yet run.
 * @throws ProblemError ContextNotFound; KubeconfigInvalid and FileNotFound with every fault of the context's cluster and user
 */
export function contextConfig(
  kubeconfig: Kubeconfig,
  context?: string,
  options: Omit<ContextOptions, "context"> = {},
): ClusterConfig {
  const name = context ?? kubeconfig.currentContext;
  if (name === undefined) {
    throw problemError("ContextNotFound", "no context is named and the kubeconfig has no current one", {
      hint: hintOf([...kubeconfig.contexts.keys()]),
    });
  }
  const chosen = entry(kubeconfig.contexts, "context", name);
  const cluster = entry(kubeconfig.clusters, "cluster", chosen.cluster);
  const user = chosen.user === "" ? {} : entry(kubeconfig.users, "user", chosen.user);
  const problems = [...clusterProblems(chosen.cluster, cluster), ...userProblems(chosen.user, user)];
  const read = fileReader(options.readFile ?? ((file) => readFileSync(file, "utf8")), problems);
  const config = {
    server: cluster.server.replace(/\/+$/, ""),
    namespace: chosen.namespace,
    ...clusterPart(cluster, read, options),
    ...userPart(user, cluster, read),
  };
  if (problems.length > 0) throw new ProblemError(problems);
  return config;
}

type Read = (path: string | undefined) => string | undefined;

/** Notes the files that cannot be read. */
function fileReader(readFile: (path: string) => string, problems: Problem[]): Read {
  return (path) => {
    if (path === undefined) return undefined;
    try {
      return readFile(path);
    } catch {
      problems.push({ code: "FileNotFound", message: "a file that the kubeconfig names cannot be read", file: path });
      return undefined;
    }
  };
}

function entry<T>(map: ReadonlyMap<string, T>, what: string, name: string): T {
  const found = map.get(name);
  if (found !== undefined) return found;
  throw problemError("ContextNotFound", `the kubeconfig holds no ${what} ${JSON.stringify(name)}`, {
    hint: hintOf([...map.keys()]),
  });
}

function hintOf(names: readonly string[]): string {
  return names.length === 0 ? "there are none" : `there are: ${names.slice(0, 20).join(", ")}`;
}

function clusterPart(cluster: KubeconfigCluster, read: Read, options: ContextOptions): Omit<ClusterConfig, "server"> {
  return {
    caData: cluster.certificateAuthorityData ?? read(cluster.certificateAuthority),
    insecure: cluster.insecureSkipTlsVerify,
    serverName: cluster.tlsServerName,
    proxyUrl: cluster.proxyUrl ?? proxyFor(cluster.server, options.env ?? process.env),
    disableCompression: cluster.disableCompression,
  };
}

function userPart(user: KubeconfigUser, cluster: KubeconfigCluster, read: Read): Omit<ClusterConfig, "server"> {
  return {
    certData: user.clientCertificateData ?? read(user.clientCertificate),
    keyData: user.clientKeyData ?? read(user.clientKey),
    bearerToken: user.token,
    tokenFile: user.tokenFile,
    username: user.username,
    password: user.password,
    impersonate: user.impersonate,
    exec: execPart(user.exec, cluster),
    oidc: oidcPart(user.authProvider, read),
  };
}

function execPart(exec: ExecConfig | undefined, cluster: KubeconfigCluster): ExecConfig | undefined {
  const extension = cluster.extensions?.find((each) => each.name === EXEC_EXTENSION);
  return exec === undefined || extension === undefined ? exec : { ...exec, clusterConfig: extension.extension };
}

function oidcPart(provider: KubeconfigUser["authProvider"], read: Read): OidcConfig | undefined {
  if (provider?.name !== "oidc") return undefined;
  const { config } = provider;
  return {
    issuerUrl: config["idp-issuer-url"] ?? "",
    clientId: config["client-id"] ?? "",
    clientSecret: config["client-secret"] || undefined,
    idToken: config["id-token"] || undefined,
    refreshToken: config["refresh-token"] || undefined,
    caData: config["idp-certificate-authority-data"] || read(config["idp-certificate-authority"] || undefined),
    extraScopes: config["extra-scopes"]?.split(",").filter((scope) => scope !== ""),
  };
}
