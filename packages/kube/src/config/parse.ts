import { dirname, isAbsolute, join } from "node:path";
import { isJsonObject, type Json, type JsonObject, type Problem, ProblemError } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { KUBE_LIMITS } from "../limits.ts";
import type {
  ExecConfig,
  Impersonation,
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigUser,
} from "./types.ts";

export interface ParseKubeconfigOptions {
  /** For messages, and the folder that relative paths are relative to. */
  readonly file?: string | undefined;
}

/**
 * A kubeconfig from its text, YAML or JSON, as kubectl reads it: a name twice in one list is an error, unknown fields are not.
 * What is of the right form and means nothing is a fault only once its context is used.
 * @throws ProblemError KubeconfigInvalid with every fault; messages never hold values, which may be secrets.
 */
export function parseKubeconfig(text: string, options: ParseKubeconfigOptions = {}): Kubeconfig {
  const reader = new Reader(options.file);
  if (text.length > KUBE_LIMITS.kubeconfigBytesMax) {
    reader.fault("", `is longer than ${KUBE_LIMITS.kubeconfigBytesMax} characters`);
  }
  const root = reader.problems.length > 0 ? {} : reader.object(decode(text, options.file), "the document");
  const kubeconfig: Kubeconfig = {
    currentContext: reader.text(root, "current-context", "") || undefined,
    clusters: reader.named(root, "clusters", "cluster", readCluster),
    users: reader.named(root, "users", "user", readUser),
    contexts: reader.named(root, "contexts", "context", readContext),
  };
  if (reader.problems.length > 0) throw new ProblemError(reader.problems);
  return kubeconfig;
}

function decode(text: string, file: string | undefined): Json {
  if (text.trim() === "") return {};
  if (text.trimStart().startsWith("{")) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      // A YAML flow mapping begins the same way.
    }
  }
  return decodeYaml(text, { ...(file !== undefined && { file }) });
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #file: string | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  fault(where: string, message: string): void {
    const text = where === "" ? `the kubeconfig ${message}` : `${where} ${message}`;
    this.problems.push({ code: "KubeconfigInvalid", message: text, file: this.#file });
  }

  object(value: unknown, where: string): JsonObject {
    if (value === undefined || value === null) return {};
    if (isJsonObject(value)) return value;
    this.fault(where, "is not a mapping");
    return {};
  }

  list(parent: JsonObject, key: string, where: string): readonly Json[] {
    const value = parent[key];
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    this.fault(`${where}${key}`, "is not a list");
    return [];
  }

  text(parent: JsonObject, key: string, where: string): string | undefined {
    const value = parent[key];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string") return value;
    this.fault(`${where}${key}`, "is not a string");
    return undefined;
  }

  flag(parent: JsonObject, key: string, where: string): boolean | undefined {
    const value = parent[key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === "boolean") return value;
    this.fault(`${where}${key}`, "is not true or false");
    return undefined;
  }

  texts(parent: JsonObject, key: string, where: string): readonly string[] {
    return this.list(parent, key, where).flatMap((item, index) => {
      if (typeof item === "string") return [item];
      this.fault(`${where}${key}[${index}]`, "is not a string");
      return [];
    });
  }

  /** Relative paths are relative to the file they stand in. */
  path(parent: JsonObject, key: string, where: string): string | undefined {
    const path = this.text(parent, key, where);
    return path === undefined ? undefined : this.absolute(path);
  }

  absolute(path: string): string {
    return isAbsolute(path) || this.#file === undefined ? path : join(dirname(this.#file), path);
  }

  named<T>(
    root: JsonObject,
    list: string,
    entry: string,
    read: (reader: Reader, value: JsonObject, where: string) => T,
  ): Map<string, T> {
    const found = new Map<string, T>();
    this.list(root, list, "").forEach((item, index) => {
      const where = `${list}[${index}]`;
      const object = this.object(item, where);
      const name = this.text(object, "name", `${where}.`);
      if (name === undefined) return this.fault(where, "has no name");
      if (found.has(name)) return this.fault(where, `repeats the name ${JSON.stringify(name)}`);
      found.set(name, read(this, this.object(object[entry], `${where}.${entry}`), `${where}.${entry}.`));
    });
    return found;
  }
}

function unknownOf(value: JsonObject, known: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !known.includes(key)));
}

const CLUSTER_KEYS = [
  "server",
  "certificate-authority",
  "certificate-authority-data",
  "insecure-skip-tls-verify",
  "tls-server-name",
  "proxy-url",
  "disable-compression",
  "extensions",
];

function readCluster(reader: Reader, value: JsonObject, where: string): KubeconfigCluster {
  const extensions = reader.list(value, "extensions", where).flatMap((item) => {
    const entry = reader.object(item, `${where}extensions`);
    return typeof entry["name"] === "string" ? [{ name: entry["name"], extension: entry["extension"] }] : [];
  });
  return {
    server: reader.text(value, "server", where) ?? "",
    certificateAuthority: reader.path(value, "certificate-authority", where),
    certificateAuthorityData: reader.text(value, "certificate-authority-data", where),
    insecureSkipTlsVerify: reader.flag(value, "insecure-skip-tls-verify", where),
    tlsServerName: reader.text(value, "tls-server-name", where),
    proxyUrl: reader.text(value, "proxy-url", where),
    disableCompression: reader.flag(value, "disable-compression", where),
    extensions,
    unknown: unknownOf(value, CLUSTER_KEYS),
  };
}

const USER_KEYS = [
  "client-certificate",
  "client-certificate-data",
  "client-key",
  "client-key-data",
  "token",
  "tokenFile",
  "username",
  "password",
  "as",
  "as-uid",
  "as-groups",
  "as-user-extra",
  "exec",
  "auth-provider",
];

function readUser(reader: Reader, value: JsonObject, where: string): KubeconfigUser {
  return {
    clientCertificate: reader.path(value, "client-certificate", where),
    clientCertificateData: reader.text(value, "client-certificate-data", where),
    clientKey: reader.path(value, "client-key", where),
    clientKeyData: reader.text(value, "client-key-data", where),
    token: reader.text(value, "token", where),
    tokenFile: reader.path(value, "tokenFile", where),
    username: reader.text(value, "username", where),
    password: reader.text(value, "password", where),
    impersonate: readImpersonation(reader, value, where),
    exec: readExec(reader, value["exec"], `${where}exec.`),
    authProvider: readAuthProvider(reader, value["auth-provider"], `${where}auth-provider.`),
    unknown: unknownOf(value, USER_KEYS),
  };
}

function readImpersonation(reader: Reader, value: JsonObject, where: string): Impersonation | undefined {
  const user = reader.text(value, "as", where);
  const groups = reader.texts(value, "as-groups", where);
  const uid = reader.text(value, "as-uid", where);
  const given = reader.object(value["as-user-extra"], `${where}as-user-extra`);
  const extra = Object.fromEntries(
    Object.keys(given).map((key) => [key, reader.texts(given, key, `${where}as-user-extra.`)]),
  );
  if (user === undefined && uid === undefined && groups.length === 0 && Object.keys(extra).length === 0)
    return undefined;
  return { user: user ?? "", uid, groups, extra };
}

function readExec(reader: Reader, value: unknown, where: string): ExecConfig | undefined {
  if (value === undefined || value === null) return undefined;
  const exec = reader.object(value, where.slice(0, -1));
  const command = reader.text(exec, "command", where);
  const apiVersion = reader.text(exec, "apiVersion", where);
  const mode = reader.text(exec, "interactiveMode", where);
  const env = reader.list(exec, "env", where).map((item, index) => {
    const entry = reader.object(item, `${where}env[${index}]`);
    return {
      name: reader.text(entry, "name", `${where}env[${index}].`) ?? "",
      value: reader.text(entry, "value", `${where}env[${index}].`) ?? "",
    };
  });
  return {
    apiVersion: apiVersion ?? "",
    // A bare name is looked for in PATH; a relative path is one from the kubeconfig's folder.
    command: command?.includes("/") ? reader.absolute(command) : (command ?? ""),
    args: reader.texts(exec, "args", where),
    env,
    installHint: reader.text(exec, "installHint", where),
    provideClusterInfo: reader.flag(exec, "provideClusterInfo", where),
    interactiveMode: mode,
  };
}

function readAuthProvider(reader: Reader, value: unknown, where: string): KubeconfigUser["authProvider"] {
  if (value === undefined || value === null) return undefined;
  const provider = reader.object(value, where.slice(0, -1));
  const given = reader.object(provider["config"], `${where}config`);
  const config = Object.fromEntries(
    Object.keys(given).map((key) => [key, reader.text(given, key, `${where}config.`) ?? ""]),
  );
  return { name: reader.text(provider, "name", where) ?? "", config };
}

function readContext(reader: Reader, value: JsonObject, where: string): KubeconfigContext {
  return {
    cluster: reader.text(value, "cluster", where) ?? "",
    user: reader.text(value, "user", where) ?? "",
    namespace: reader.text(value, "namespace", where),
    unknown: unknownOf(value, ["cluster", "user", "namespace"]),
  };
}
