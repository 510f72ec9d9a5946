import { isJsonObject, problemError } from "@fairlead/base";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { ApiError, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { contextConfig, parseKubeconfig } from "@fairlead/kube";
import type { KubeObject } from "@fairlead/apimachinery";
import { SECRET } from "../model/names.ts";
import type { Fields } from "../model/fields.ts";
import type { Find, RemoteRef } from "../model/types.ts";
import { compareText, goJsonString } from "../values/json-text.ts";
import { compilePattern, type Entries } from "../values/keys.ts";
import { propertyOf } from "../values/property.ts";
import { dataOf } from "../values/secret-data.ts";
import { rawMap } from "./json-values.ts";
import { caOf, parseAccountRef, parseCa, parseKeyRef } from "./refs.ts";
import { KubernetesWrites } from "./kubernetes-push.ts";
import type { Credentials, Provider, ProviderClient, ProviderDeps, RemoteWrites } from "./types.ts";

type Authenticate = (credentials: Credentials) => Promise<Partial<ClusterConfig>>;

const ACCOUNT_TOKEN_SECONDS = 3600;

/** Secrets of a namespace of this or another cluster. */
export const kubernetesProvider: Provider = {
  name: "kubernetes",
  parse(fields) {
    const namespace = fields.text("remoteNamespace", "default");
    const server = fields.child("server");
    const url = server.text("url", "kubernetes.default");
    const ca = parseCa(server);
    const kubeconfig = fields.has("authRef") ? parseKeyRef(fields, "authRef") : undefined;
    const authenticate = kubeconfig === undefined ? parseAuth(fields) : undefined;
    const access = async (deps: ProviderDeps): Promise<ClusterConfig> => {
      if (kubeconfig !== undefined)
        return contextConfig(parseKubeconfig(await deps.credentials.secretText(kubeconfig)));
      const isHome = /^(https:\/\/)?kubernetes\.default(\.svc)?\/?$/.test(url);
      const caData = (await caOf(ca, deps.credentials)) ?? (isHome ? deps.home.caData : undefined);
      const place = { server: isHome ? deps.home.server : url, ...(caData !== undefined && { caData }) };
      return { ...place, ...(await authenticate?.(deps.credentials)) };
    };
    return (deps) =>
      new KubernetesClient(() => access(deps).then(deps.connect), namespace, {
        observe: (call, isOk) => deps.observe("Kubernetes", call, isOk),
        mayLeave: deps.store.kind === "ClusterSecretStore",
      });
  },
};

function parseAuth(fields: Fields): Authenticate | undefined {
  const auth = fields.child("auth");
  const given = ["cert", "token", "serviceAccount"].filter((name) => auth.has(name));
  if (given.length !== 1) {
    auth.fault(
      "",
      "must have exactly one of cert, token and serviceAccount, or spec.provider.kubernetes.authRef is to be given",
    );
    return undefined;
  }
  if (given[0] === "token") {
    const ref = parseKeyRef(auth.child("token"), "bearerToken", "token");
    return async (credentials) => ({ bearerToken: (await credentials.secretText(ref)).trim() });
  }
  if (given[0] === "cert") {
    const cert = parseKeyRef(auth.child("cert"), "clientCert", "tls.crt");
    const key = parseKeyRef(auth.child("cert"), "clientKey", "tls.key");
    return async (credentials) => ({
      certData: await credentials.secretText(cert),
      keyData: await credentials.secretText(key),
    });
  }
  const account = parseAccountRef(auth, "serviceAccount");
  return async (credentials) => ({
    bearerToken: await credentials.accountToken(account, [], ACCOUNT_TOKEN_SECONDS),
  });
}

class KubernetesClient implements ProviderClient {
  readonly capabilities = "ReadWrite";
  readonly writes: RemoteWrites;
  readonly #connect: () => Promise<KubeClient>;
  readonly #namespace: string;
  readonly #observe: (call: string, isOk: boolean) => void;
  #client: Promise<KubeClient> | undefined;

  constructor(
    connect: () => Promise<KubeClient>,
    namespace: string,
    { observe, mayLeave }: { observe: (call: string, isOk: boolean) => void; mayLeave: boolean },
  ) {
    this.#connect = connect;
    this.#namespace = namespace;
    this.#observe = observe;
    this.writes = new KubernetesWrites((call, act) => this.#with(call, act), namespace, mayLeave);
  }

  close(): void {
    void this.#client?.then((client) => client.close()).catch(() => undefined);
    this.#client = undefined;
  }

  identityOf(ref: RemoteRef): string {
    return ref.key;
  }

  async #with<T>(call: string, act: (client: KubeClient) => Promise<T>): Promise<T> {
    try {
      const answer = await this.#tried(act);
      this.#observe(call, true);
      return answer;
    } catch (error) {
      this.#observe(call, false);
      throw asProblem(error);
    }
  }

  /** Tokens end, so a call that is refused is made once more with new credentials. */
  async #tried<T>(act: (client: KubeClient) => Promise<T>): Promise<T> {
    try {
      return await act(await this.#connected());
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 401) throw error;
      this.close();
      return act(await this.#connected());
    }
  }

  #connected(): Promise<KubeClient> {
    this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async read(ref: RemoteRef, signal: AbortSignal): Promise<KubeObject | undefined> {
    return this.#with("GetSecret", (client) => client.find(SECRET, ref.key, this.#namespace, { signal }));
  }

  valueOf(payload: KubeObject, ref: RemoteRef): Uint8Array | undefined {
    if (ref.metadata) return metadataValue(payload, ref);
    const data = dataOf(payload);
    if (ref.property === "") return toBytes(wholeText(data));
    const exact = data.get(ref.property);
    if (exact !== undefined) return exact;
    const dot = ref.property.indexOf(".");
    const outer = dot < 0 ? undefined : data.get(ref.property.slice(0, dot));
    const found = outer && propertyOf(fromBytes(outer), ref.property.slice(dot + 1));
    if (found !== undefined) return toBytes(found);
    throw problemError("InvalidRemoteValue", `property ${ref.property} does not exist in data of secret ${ref.key}`);
  }

  mapOf(payload: KubeObject, ref: RemoteRef): Entries | undefined {
    if (ref.property === "") return ref.metadata ? metadataMap(payload) : dataOf(payload);
    const value = this.valueOf(payload, ref);
    return value && rawMap(value, ref.key);
  }

  async find(find: Find, signal: AbortSignal): Promise<Entries> {
    const labelSelector = Object.entries(find.tags ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    const matches = find.name === undefined ? undefined : compilePattern(find.name);
    const { items } = await this.#with("ListSecrets", (client) =>
      client.list(SECRET, { namespace: this.#namespace, ...(labelSelector !== "" && { labelSelector }), signal }),
    );
    const wanted = items.filter(({ metadata }) => matches?.(metadata.name ?? "") ?? true);
    return new Map(wanted.map((secret) => [secret.metadata.name ?? "", toBytes(wholeText(dataOf(secret)))]));
  }

  /** May it read here at all? Asked of the cluster itself, as External Secrets does. */
  async validate(signal: AbortSignal): Promise<void> {
    const review = await this.#with("CreateSelfSubjectRulesReview", (client) =>
      client.create(
        {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectRulesReview",
          metadata: {},
          spec: { namespace: this.#namespace },
        },
        { signal },
      ),
    );
    const status = isJsonObject(review["status"]) ? review["status"] : {};
    const rules = Array.isArray(status["resourceRules"]) ? status["resourceRules"] : [];
    const has = (rule: unknown, key: string, wanted: string): boolean => {
      const list = isJsonObject(rule) ? rule[key] : undefined;
      return Array.isArray(list) && (list.includes(wanted) || list.includes("*"));
    };
    if (status["incomplete"] === true) return;
    if (!rules.some((rule) => has(rule, "resources", "secrets") && has(rule, "verbs", "get")))
      throw problemError("ProviderRefused", `the client may not get secrets of namespace ${this.#namespace}`);
  }
}

/** A whole Secret as one JSON text. */
function wholeText(data: Entries): string {
  const members = [...data].sort(([a], [b]) => compareText(a, b));
  return `{${members.map(([key, value]) => `${goJsonString(key, false)}:${goJsonString(fromBytes(value), false)}`).join(",")}}`;
}

function metadataMap({ metadata }: KubeObject): Entries {
  return new Map([
    ["annotations", toBytes(textMap(metadata.annotations))],
    ["labels", toBytes(textMap(metadata.labels))],
  ]);
}

function textMap(map: Readonly<Record<string, string>> | undefined): string {
  if (map === undefined) return "null";
  const keys = Object.keys(map).sort(compareText);
  return `{${keys.map((key) => `${goJsonString(key, false)}:${goJsonString(map[key] ?? "", false)}`).join(",")}}`;
}

function metadataValue(payload: KubeObject, ref: RemoteRef): Uint8Array | undefined {
  const { labels, annotations } = payload.metadata;
  const text = `{"annotations":${textMap(annotations)},"labels":${textMap(labels)}}`;
  if (ref.property === "") return toBytes(text);
  const found = propertyOf(text, ref.property);
  if (found !== undefined) return toBytes(found);
  throw problemError("InvalidRemoteValue", `property ${ref.property} does not exist in metadata of secret ${ref.key}`);
}

function asProblem(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const code = error.code === 401 || error.code === 403 ? "ProviderRefused" : "ProviderFailed";
  return problemError(code, `the cluster answered ${error.code} ${error.reason}`, {}, error);
}
