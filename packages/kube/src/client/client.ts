import { formatApiVersion, type KubeObject } from "@fairlead/apimachinery";
import { type Clock, isJsonObject, type Logger, problemError, systemClock } from "@fairlead/base";
import type { AuthDeps } from "../auth/types.ts";
import type { ClusterConfig } from "../config/types.ts";
import { CachedDiscovery } from "../discovery/discovery.ts";
import type { ApiResource } from "../discovery/types.ts";
import { Caller } from "../http/caller.ts";
import { encodeJson, parseJson } from "../http/json.ts";
import type { LocalConnection } from "../http/local-transport.ts";
import { type ApiError, isExpired, isNotFound, type Status } from "../http/status.ts";
import type { ByteStream } from "../http/stream.ts";
import { KUBE_LIMITS } from "../limits.ts";
import { apiErrorOf } from "./answers.ts";
import { isAboutObject, PATCH_TYPES, ResourceCalls } from "./calls.ts";
import { listPages } from "./pages.ts";
import { resourcePath, withQuery } from "./paths.ts";
import type { KindRef, NamedRef } from "./refs.ts";
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectList,
  Patch,
  RawRequest,
  RawResponse,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./types.ts";
import { WatchEvents } from "./watch.ts";

export interface ClientDeps {
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** `fairlead/0.1 (controller)`; the part before the slash is the default field manager on the server. */
  readonly userAgent?: string | undefined;
  readonly auth?: AuthDeps | undefined;
  readonly random?: (() => number) | undefined;
  /** Where the server is in this process: its connection, by which calls go to it directly. Credentials of its own, no proxies. */
  readonly local?: LocalConnection | undefined;
}

/** Past the time a watch was asked to last, a server that still says nothing is taken for dead. */
const WATCH_GRACE_MS = 30_000;

/** @throws ProblemError KubeconfigInvalid for a config no connection can be made from */
export function createClient(config: ClusterConfig, deps: ClientDeps): KubeClient {
  if (!URL.canParse(config.server) || !/^https?:/.test(config.server)) {
    throw problemError("KubeconfigInvalid", "the server of the cluster is not an http or https URL");
  }
  return new HttpClient(config, deps);
}

class HttpClient implements KubeClient {
  readonly server: string;
  readonly defaultNamespace: string;
  readonly discovery: CachedDiscovery;
  readonly #caller: Caller;
  readonly #calls: ResourceCalls;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(config: ClusterConfig, deps: ClientDeps) {
    this.server = config.server.replace(/\/+$/, "");
    this.defaultNamespace = config.namespace ?? "default";
    this.#clock = deps.clock ?? systemClock;
    this.#random = deps.random ?? Math.random;
    const { auth, random, local } = deps;
    this.#caller = new Caller(config, {
      clock: this.#clock,
      userAgent: deps.userAgent ?? "fairlead",
      auth,
      random,
      local,
    });
    this.discovery = new CachedDiscovery(async (path, accept) => {
      const answer = await this.request({ method: "GET", path, headers: { accept } });
      return {
        status: answer.status,
        contentType: answer.headers["content-type"] ?? "",
        body: answer.body.length === 0 ? undefined : parseOrUndefined(answer.body),
      };
    }, this.#clock);
    this.#calls = new ResourceCalls(this.#caller, this.discovery, this.defaultNamespace);
  }

  async find(kind: KindRef, name: string, namespace?: string, options?: CallOptions): Promise<KubeObject | undefined> {
    try {
      return await this.get(kind, name, namespace, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // A path that is gone means a kind that is gone: then this throws, as nothing can be said about the object.
      if (!isAboutObject(error as ApiError)) await this.discovery.resourceFor(kind);
      return undefined;
    }
  }

  async get(kind: KindRef, name: string, namespace?: string, options?: CallOptions): Promise<KubeObject> {
    const resource = await this.discovery.resourceFor(kind);
    return this.#calls.object({ verb: "get", method: "GET", resource, name, namespace, signal: options?.signal });
  }

  async list(kind: KindRef, options: ListOptions = {}): Promise<ObjectList> {
    for (let attempt = 1; ; attempt++) {
      try {
        const items: KubeObject[] = [];
        let resourceVersion = "";
        for await (const page of this.pages(kind, attempt > 2 ? { ...options, limit: 0 } : options)) {
          for (const item of page.items) items.push(item);
          resourceVersion ||= page.resourceVersion;
        }
        return { items, resourceVersion };
      } catch (error) {
        // The snapshot behind the pages is gone. It is begun anew, and the third time asked for in one piece.
        if (!isExpired(error) || attempt >= 3) throw error;
      }
    }
  }

  async *pages(kind: KindRef, options: ListOptions = {}): AsyncIterable<ObjectList> {
    yield* listPages(this.#calls, await this.discovery.resourceFor(kind), options);
  }

  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const { resource, namespace, name } = await this.#placeOf(object, { nameNeeded: false });
    const { subresource } = options;
    const at = subresource === undefined ? { namespace } : { namespace, name, subresource };
    return this.#calls.object({
      verb: "create",
      method: "POST",
      resource,
      ...at,
      query: writeQuery(options),
      body: object,
      signal: options.signal,
    });
  }

  async update(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const place = await this.#placeOf(object);
    const { subresource, signal } = options;
    const query = writeQuery(options);
    return this.#calls.object({ verb: "update", method: "PUT", ...place, subresource, query, body: object, signal });
  }

  async patch(ref: NamedRef, patch: Patch, options: WriteOptions = {}): Promise<KubeObject> {
    const resource = await this.discovery.resourceFor(ref);
    return this.#calls.object({
      verb: "patch",
      method: "PATCH",
      resource,
      namespace: ref.namespace,
      name: ref.name,
      subresource: options.subresource,
      query: writeQuery(options),
      contentType: PATCH_TYPES[patch.type],
      body: patch.body,
      signal: options.signal,
    });
  }

  async apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const place = await this.#placeOf(object);
    const { managedFields: _, ...metadata } = object.metadata;
    return this.#calls.object({
      verb: "patch",
      method: "PATCH",
      ...place,
      subresource: options.subresource,
      query: { ...writeQuery(options), force: options.force },
      contentType: PATCH_TYPES.apply,
      body: { ...object, metadata },
      signal: options.signal,
    });
  }

  async delete(
    kind: KindRef,
    name: string,
    namespace?: string,
    options: DeleteOptions = {},
  ): Promise<KubeObject | Status> {
    const resource = await this.discovery.resourceFor(kind);
    const { propagationPolicy, preconditions, gracePeriodSeconds, dryRun, signal } = options;
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy,
      preconditions,
      gracePeriodSeconds,
      ...(dryRun && { dryRun: ["All"] }),
    };
    return this.#calls.object({ verb: "delete", method: "DELETE", resource, name, namespace, body, signal });
  }

  watch(kind: KindRef, options: WatchOptions): AsyncIterable<WatchEvent> {
    const opening = async (): Promise<ByteStream> => {
      const timeoutSeconds = options.timeoutSeconds ?? 300 + Math.floor(this.#random() * 300);
      const stream = await this.#openWatch(kind, options, timeoutSeconds);
      const stopGuard = this.#clock.after(timeoutSeconds * 1000 + WATCH_GRACE_MS, () => {
        stream.cancel(problemError("ServerUnreachable", `a watch of ${kind.kind} outlived the time it was asked for`));
      });
      stream.whenFinished(stopGuard);
      return stream;
    };
    return new WatchEvents(opening, options);
  }

  async #openWatch(kind: KindRef, options: WatchOptions, timeoutSeconds: number): Promise<ByteStream> {
    const resource = await this.discovery.resourceFor(kind);
    const { namespace, labelSelector, fieldSelector, resourceVersion, sendInitialEvents, signal } = options;
    const query = {
      watch: 1,
      allowWatchBookmarks: true,
      timeoutSeconds,
      labelSelector,
      fieldSelector,
      resourceVersion,
      ...(sendInitialEvents && { sendInitialEvents, resourceVersionMatch: "NotOlderThan" }),
    };
    const path = withQuery(resourcePath(resource, { namespace }), query);
    const headers = { accept: "application/json" };
    const callClass = `watch ${resource.group}/${resource.plural}`;
    const {
      status,
      headers: answered,
      stream,
    } = await this.#caller.open({
      method: "GET",
      path,
      headers,
      callClass,
      isIdempotent: true,
      signal,
    });
    if (status < 400) return stream;
    const body = await stream.readAll(KUBE_LIMITS.watchBufferedBytesMax);
    throw this.#calls.noticed(apiErrorOf({ status, headers: answered, body }));
  }

  async request(raw: RawRequest): Promise<RawResponse> {
    const isText = typeof raw.body === "string" || raw.body instanceof Uint8Array;
    const body =
      raw.body === undefined || isText ? (raw.body as string | Uint8Array | undefined) : encodeJson(raw.body);
    const json = raw.body === undefined || isText ? {} : { "content-type": "application/json" };
    return this.#caller.send({
      method: raw.method,
      path: withQuery(raw.path, raw.query),
      headers: { accept: "application/json", ...json, ...raw.headers },
      body,
      isIdempotent: raw.method === "GET",
      callClass: `${raw.method} ${raw.path.split("?")[0]?.split("/").slice(0, 4).join("/")}`,
      signal: raw.signal,
    });
  }

  close(): void {
    this.#caller.close();
  }

  async #placeOf(
    object: KubeObject,
    { nameNeeded = true } = {},
  ): Promise<{ resource: ApiResource; namespace: string | undefined; name: string | undefined }> {
    if (!object.apiVersion || !object.kind) throw invalid(object, "apiVersion and kind");
    if (!isJsonObject(object.metadata)) throw invalid(object, "metadata");
    const { name, namespace } = object.metadata;
    if (nameNeeded && !name) throw invalid(object, "metadata.name");
    return { resource: await this.discovery.resourceFor(object), namespace, name };
  }
}

function writeQuery(options: WriteOptions): Record<string, string | boolean | undefined> {
  const { dryRun, fieldManager, fieldValidation } = options;
  return { dryRun: dryRun ? "All" : undefined, fieldManager, fieldValidation };
}

function invalid(kind: Partial<KindRef>, what: string): Error {
  return problemError("ObjectInvalid", `${kind.kind || "an object"} is named without ${what}`);
}

function parseOrUndefined(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    return undefined;
  }
}

/** `apps/v1` and `Deployment` of a resource. */
export function kindOf(resource: ApiResource): KindRef {
  return { apiVersion: formatApiVersion(resource.group, resource.version), kind: resource.kind };
}
