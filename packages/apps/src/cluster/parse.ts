import { isJsonObject, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, type KubeObject } from "@fairlead/apimachinery";
import type { ClusterConfig } from "@fairlead/kube";
import { Reader } from "../reader.ts";
import type { Cluster } from "./types.ts";

export interface ParsedCluster {
  /** Undefined when the Secret cannot be used at all. */
  readonly cluster: Cluster | undefined;
  readonly problems: readonly Problem[];
}

/** A cluster Secret; every fault at once, and never a secret value in a message. */
export function parseClusterSecret(secret: KubeObject): ParsedCluster {
  const { name = "", namespace = "", resourceVersion = "" } = secret.metadata;
  const reader = new Reader("InvalidClusterSecret", describeRef({ kind: "Secret", namespace, name }));
  const data = decodeData(secret, reader);
  const server = normalizeServer(data.get("server") ?? "");
  if (server === "") reader.fault("data.server", "is missing", "the cluster's API address, https://…");
  else if (!/^https?:\/\//.test(server)) reader.fault("data.server", "is not an http or https address");
  const config = server === "" ? undefined : parseConfig(server, data.get("config") ?? "{}", reader);
  if (!config) return { cluster: undefined, problems: reader.problems };
  return {
    cluster: {
      server,
      name: data.get("name") || server,
      namespaces: (data.get("namespaces") ?? "").split(",").flatMap((part) => part.trim() || []),
      clusterResources: data.get("clusterResources") === "true",
      project: data.get("project") || undefined,
      labels: secret.metadata.labels ?? {},
      annotations: secret.metadata.annotations ?? {},
      config,
      secret: `${namespace}/${name}`,
      version: resourceVersion,
    },
    problems: reader.problems,
  };
}

export function normalizeServer(server: string): string {
  return server.trim().replace(/\/+$/, "");
}

function decodeData(secret: KubeObject, reader: Reader): Map<string, string> {
  const data = new Map<string, string>();
  const encoded = isJsonObject(secret["data"]) ? (secret["data"] as JsonObject) : {};
  for (const [key, value] of Object.entries(encoded)) {
    if (typeof value === "string") data.set(key, Buffer.from(value, "base64").toString("utf8"));
    else reader.fault(`data.${key}`, "must be base64 text");
  }
  const plain = isJsonObject(secret["stringData"]) ? (secret["stringData"] as JsonObject) : {};
  for (const [key, value] of Object.entries(plain)) if (typeof value === "string") data.set(key, value);
  return data;
}

function parseConfig(server: string, text: string, reader: Reader): ClusterConfig | undefined {
  const raw = parseJson(text, reader);
  if (!raw) return undefined;
  const path = "data.config";
  const tls = reader.object(raw, "tlsClientConfig", path) ?? {};
  const at = `${path}.tlsClientConfig`;
  const username = reader.text(raw, "username", path);
  const fields: Record<string, unknown> = {
    server,
    caData: reader.text(tls, "caData", at),
    certData: reader.text(tls, "certData", at),
    keyData: reader.text(tls, "keyData", at),
    insecure: reader.boolean(tls, "insecure", at) || undefined,
    serverName: reader.text(tls, "serverName", at),
    bearerToken: reader.text(raw, "bearerToken", path),
    username,
    password: username === undefined ? undefined : reader.string(raw, "password", path),
    proxyUrl: reader.text(raw, "proxyUrl", path),
    disableCompression: reader.boolean(raw, "disableCompression", path) || undefined,
    exec: parseExec(raw, path, reader) ?? awsExec(raw, path, reader),
  };
  const config = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return config as unknown as ClusterConfig;
}

function parseExec(raw: JsonObject, path: string, reader: Reader): unknown {
  const exec = reader.object(raw, "execProviderConfig", path);
  if (!exec) return undefined;
  const at = `${path}.execProviderConfig`;
  const command = reader.text(exec, "command", at);
  if (command === undefined) {
    reader.fault(`${at}.command`, "is missing");
    return undefined;
  }
  return {
    apiVersion: reader.text(exec, "apiVersion", at) ?? "client.authentication.k8s.io/v1beta1",
    command,
    args: reader.strings(exec, "args", at),
    env: Object.entries(reader.stringMap(exec, "env", at)).map(([name, value]) => ({ name, value })),
  };
}

/** Argo CD brings a helper of its own for EKS; the aws command does the same. */
function awsExec(raw: JsonObject, path: string, reader: Reader): unknown {
  const aws = reader.object(raw, "awsAuthConfig", path);
  if (!aws) return undefined;
  const at = `${path}.awsAuthConfig`;
  const cluster = reader.text(aws, "clusterName", at);
  if (cluster === undefined) {
    reader.fault(`${at}.clusterName`, "is missing");
    return undefined;
  }
  const role = reader.text(aws, "roleARN", at);
  const profile = reader.text(aws, "profile", at);
  return {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    args: ["eks", "get-token", "--cluster-name", cluster, ...(role ? ["--role-arn", role] : [])],
    env: profile ? [{ name: "AWS_PROFILE", value: profile }] : [],
    installHint: "install the aws command to reach EKS clusters",
  };
}

function parseJson(text: string, reader: Reader): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value as JsonObject;
  } catch {
    // Reported below; the parser's own message would quote what it stumbled over, which may be a token.
  }
  reader.fault("data.config", "is not a JSON object", "see Argo CD's declarative setup, Clusters");
  return undefined;
}
