import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import { type FakeResource, FakeStore, Refusal, type StoredEvent } from "./fake-store.ts";

export interface RequestInfo {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
  readonly headers: IncomingMessage["headers"];
}

/** What to do instead of answering: an answer, cutting the connection, or waiting a while first. */
type RequestFault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | "cut"
  | { readonly delayMs: number };

/** What to do with a line of a watch: `late` sends it after the next one, `overtaken` after the next
 * one if that is a bookmark, `half` cuts in the middle, `slow` sends it in parts. */
export type LineFault = "pass" | "cut" | "half" | "late" | "overtaken" | "slow" | "expire" | "garbage";

export interface Faults {
  onRequest?: ((info: RequestInfo) => RequestFault | undefined) | undefined;
  onLine?: ((line: string) => LineFault) | undefined;
}

export interface FakeServerOptions {
  readonly discovery?: "aggregated" | "legacy" | undefined;
  readonly streamingLists?: boolean | undefined;
  readonly token?: string | undefined;
}

export const RESOURCES: readonly FakeResource[] = [
  { group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true },
  { group: "", version: "v1", kind: "Secret", plural: "secrets", namespaced: true },
  { group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
  { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true },
  { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true },
  { group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", namespaced: true },
  {
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
  },
];

/** An API server of the test's own that can be told to misbehave. Listens on loopback only. */
export class FakeApiServer {
  readonly store = new FakeStore();
  readonly faults: Faults = {};
  readonly requests: RequestInfo[] = [];
  token: string | undefined;
  readonly #options: FakeServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<WatchConnection>();
  #url = "";

  constructor(options: FakeServerOptions = {}) {
    this.#options = options;
    this.token = options.token;
    for (const resource of RESOURCES) this.store.add(resource);
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return this.#url;
  }

  get watchCount(): number {
    return this.#watches.size;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.cutEverything();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  cutEverything(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends every watch in good order, as a server does at the end of a watch's time. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  bookmark(version = this.store.version): void {
    for (const watch of this.#watches) watch.bookmark(version);
  }

  /** Forgets the history, so that older versions are answered with 410. */
  compact(): void {
    this.store.compactedAt = this.store.version;
    this.store.history.length = 0;
  }

  countOf(predicate: (info: RequestInfo) => boolean): number {
    return this.requests.filter(predicate).length;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://fake");
    const info: RequestInfo = {
      method: request.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      isWatch: url.searchParams.has("watch"),
      headers: request.headers,
    };
    this.requests.push(info);
    const fault = this.faults.onRequest?.(info);
    if (fault === "cut") return void request.socket.destroy();
    if (fault !== undefined && "status" in fault)
      return answer(response, fault.status, fault.body ?? {}, fault.headers);
    if (fault !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs).unref());
    const body = await readBody(request).catch(() => undefined);
    if (response.destroyed) return;
    try {
      if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
        throw new Refusal(401, "Unauthorized", "Unauthorized");
      }
      this.#route(info, body, response);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer(response, error.code, statusBody(error));
    }
  }

  #route(info: RequestInfo, body: unknown, response: ServerResponse): void {
    if (info.path === "/api" || info.path === "/apis") return this.#discover(info, response);
    const group = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(info.path);
    if (group) return this.#legacyGroup(group[1] ?? "", group[2] ?? "", response);
    const match =
      /^\/(?:api|apis\/([^/]+))\/([^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
        info.path,
      );
    const [, group_ = "", version, namespace, plural, name] = match ?? [];
    let resource = this.#find(group_, version, plural);
    // `/api/v1/namespaces/x` matches as a namespace without a resource.
    if (resource === undefined) {
      const own = /^\/api\/v1\/namespaces(?:\/([^/]+))?$/.exec(info.path);
      resource = own ? this.#find("", "v1", "namespaces") : undefined;
      if (resource === undefined) return answer(response, 404, "404 page not found");
      return this.#serve(info, resource, undefined, own?.[1], body, response);
    }
    const decoded = name === undefined ? undefined : decodeURIComponent(name);
    this.#serve(info, resource, namespace, decoded, body, response);
  }

  #find(group: string, version: string | undefined, plural: string | undefined): FakeResource | undefined {
    return this.store.resources.find(
      (each) => each.group === group && each.version === version && each.plural === plural,
    );
  }

  #serve(
    info: RequestInfo,
    resource: FakeResource,
    namespace: string | undefined,
    name: string | undefined,
    body: unknown,
    response: ServerResponse,
  ): void {
    const { method, query } = info;
    const { store } = this;
    const dryRun = query.get("dryRun") === "All";
    if (method === "GET" && info.isWatch) return this.#watch(info, resource, namespace, response);
    if (method === "GET" && name === undefined) return this.#list(info, resource, namespace, response);
    if (method === "GET") return answer(response, 200, store.get(resource, namespace, name ?? ""));
    if (method === "DELETE") return this.#delete(resource, namespace, name ?? "", body, dryRun, response);
    const object = body as KubeObject;
    if (method === "POST")
      return answer(response, 201, store.create(resource, within(object, resource, namespace), dryRun));
    if (method === "PUT")
      return answer(response, 200, store.update(resource, within(object, resource, namespace), dryRun));
    if (info.headers["content-type"] === "application/apply-patch+yaml") {
      const manager = query.get("fieldManager") ?? "";
      const force = query.get("force") === "true";
      const applied = store.apply(resource, within(object, resource, namespace), manager, force, dryRun);
      return answer(response, 200, applied);
    }
    const old = store.get(resource, namespace, name ?? "");
    const merged = mergePatch(old, body) as KubeObject;
    answer(response, 200, store.update(resource, merged, dryRun));
  }

  #delete(
    resource: FakeResource,
    namespace: string | undefined,
    name: string,
    body: unknown,
    dryRun: boolean,
    response: ServerResponse,
  ): void {
    const found = this.store.get(resource, namespace, name);
    const wanted = (body as { preconditions?: { uid?: string } } | undefined)?.preconditions?.uid;
    if (wanted !== undefined && wanted !== found.metadata.uid) {
      throw new Refusal(409, "Conflict", "Precondition failed: UID in precondition", { name });
    }
    const isDryRun = dryRun || (body as { dryRun?: unknown } | undefined)?.dryRun !== undefined;
    if (!isDryRun) this.store.delete(resource, namespace, name);
    const details = { name, uid: found.metadata.uid };
    answer(response, 200, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
  }

  #list(info: RequestInfo, resource: FakeResource, namespace: string | undefined, response: ServerResponse): void {
    const limit = Number(info.query.get("limit") ?? 0);
    const token = info.query.get("continue");
    const [version = this.store.version, from = 0] = token === null ? [] : token.split(":").map(Number);
    if (version < this.store.compactedAt) {
      throw new Refusal(410, "Expired", "The provided continue parameter is too old");
    }
    const selected = this.store.list(resource, namespace).filter((object) => isSelected(object, info.query));
    const items = limit > 0 ? selected.slice(from, from + limit) : selected;
    const next = from + items.length < selected.length ? `${version}:${from + items.length}` : "";
    answer(response, 200, {
      kind: `${resource.kind}List`,
      apiVersion: apiVersionOf(resource),
      metadata: { resourceVersion: String(version), ...(next && { continue: next }) },
      // Typed lists leave the items' kind out.
      items: items.map(({ apiVersion: _a, kind: _k, ...rest }) => rest),
    });
  }

  #watch(info: RequestInfo, resource: FakeResource, namespace: string | undefined, response: ServerResponse): void {
    const streams = info.query.get("sendInitialEvents") === "true";
    if (streams && this.#options.streamingLists === false) {
      throw new Refusal(422, "Invalid", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch");
    }
    const asked = Number(info.query.get("resourceVersion") ?? 0);
    if (!streams && asked < this.store.compactedAt) {
      throw new Refusal(410, "Expired", `too old resource version: ${asked} (${this.store.compactedAt})`);
    }
    if (asked > this.store.version) {
      const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
      throw new Refusal(504, "Timeout", `Timeout: Too large resource version: ${asked}`, { causes });
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    const concerns = (event: StoredEvent): boolean =>
      event.resource === resource &&
      (namespace === undefined || event.object.metadata.namespace === namespace) &&
      isSelected(event.object, info.query);
    const watch = new WatchConnection(response, this.faults, resource);
    this.#watches.add(watch);
    const stopListening = this.store.listen((event) => {
      if (concerns(event)) watch.event(event.type, event.object);
    });
    response.on("close", () => {
      stopListening();
      this.#watches.delete(watch);
    });
    if (streams) {
      for (const object of this.store.list(resource, namespace)) {
        if (isSelected(object, info.query)) watch.event("ADDED", object);
      }
      watch.bookmark(this.store.version, { "k8s.io/initial-events-end": "true" });
    } else {
      for (const event of this.store.history) {
        if (event.version > asked && concerns(event)) watch.event(event.type, event.object);
      }
    }
  }

  #discover(info: RequestInfo, response: ServerResponse): void {
    const isCore = info.path === "/api";
    const resources = this.store.resources.filter((each) => (each.group === "") === isCore);
    if (this.#options.discovery === "legacy") {
      const groups = [...new Set(resources.map((each) => each.group))].map((name) => {
        const versions = [...new Set(resources.filter((each) => each.group === name).map((each) => each.version))];
        return { name, versions: versions.map((version) => ({ groupVersion: `${name}/${version}`, version })) };
      });
      return answer(
        response,
        200,
        isCore ? { kind: "APIVersions", versions: ["v1"] } : { kind: "APIGroupList", groups },
      );
    }
    const items = [...new Set(resources.map((each) => each.group))].map((name) => ({
      metadata: { name },
      versions: [...new Set(resources.filter((each) => each.group === name).map((each) => each.version))].map(
        (version) => ({
          version,
          freshness: "Current",
          resources: resources
            .filter((each) => each.group === name && each.version === version)
            .map((each) => ({
              resource: each.plural,
              responseKind: { group: name, version, kind: each.kind },
              scope: each.namespaced ? "Namespaced" : "Cluster",
              singularResource: each.kind.toLowerCase(),
              verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
              shortNames: each.kind === "ConfigMap" ? ["cm"] : [],
            })),
        }),
      ),
    }));
    const type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    answer(response, 200, { kind: "APIGroupDiscoveryList", items }, { "content-type": type });
  }

  #legacyGroup(group: string, version: string, response: ServerResponse): void {
    const resources = this.store.resources
      .filter((each) => each.group === group && each.version === version)
      .map((each) => ({
        name: each.plural,
        singularName: each.kind.toLowerCase(),
        namespaced: each.namespaced,
        kind: each.kind,
        verbs: ["get", "list", "watch"],
      }));
    if (resources.length === 0) return answer(response, 404, "404 page not found");
    answer(response, 200, { kind: "APIResourceList", groupVersion: `${group}/${version}`, resources });
  }
}

class WatchConnection {
  readonly #response: ServerResponse;
  readonly #faults: Faults;
  readonly #resource: FakeResource;
  #held: string | undefined;
  #isDead = false;

  constructor(response: ServerResponse, faults: Faults, resource: FakeResource) {
    this.#response = response;
    this.#faults = faults;
    this.#resource = resource;
  }

  event(type: string, object: KubeObject): void {
    this.#line(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(version: number, annotations?: Record<string, string>): void {
    const { kind } = this.#resource;
    const metadata = { resourceVersion: String(version), ...(annotations && { annotations }) };
    this.event("BOOKMARK", { apiVersion: apiVersionOf(this.#resource), kind, metadata });
  }

  end(): void {
    if (this.#held !== undefined) this.#write(this.#held);
    this.#isDead = true;
    this.#response.end();
  }

  #line(line: string): void {
    if (this.#isDead) return;
    const fault = this.#faults.onLine?.(line) ?? "pass";
    const mayOvertake = line.startsWith('{"type":"BOOKMARK"') || this.#held?.startsWith('{"type":"BOOKMARK"');
    if (this.#held !== undefined && !mayOvertake) {
      this.#write(this.#held);
      this.#held = undefined;
    }
    const held = this.#held;
    this.#held = undefined;
    switch (fault) {
      case "cut":
        return this.#die();
      case "half":
        this.#response.write(line.slice(0, line.length / 2), () => this.#response.socket?.destroy());
        this.#isDead = true;
        return;
      case "garbage":
        this.#write('{"type":"ADDED","object":\n');
        return this.#die();
      case "expire": {
        const object = statusBody(new Refusal(410, "Expired", "too old resource version"));
        this.#write(`${JSON.stringify({ type: "ERROR", object })}\n`);
        this.#isDead = true;
        this.#response.end();
        return;
      }
      case "late":
      case "overtaken":
        this.#held = line;
        if (held !== undefined) this.#write(held);
        return;
      case "slow":
        for (let at = 0; at < line.length; at += 40) this.#write(line.slice(at, at + 40));
        break;
      case "pass":
        this.#write(line);
    }
    if (held !== undefined) this.#write(held);
  }

  #write(text: string): void {
    this.#response.write(text);
  }

  #die(): void {
    this.#isDead = true;
    this.#response.socket?.destroy();
  }
}

function apiVersionOf({ group, version }: FakeResource): string {
  return group === "" ? version : `${group}/${version}`;
}

function within(object: KubeObject, resource: FakeResource, namespace: string | undefined): KubeObject {
  return resource.namespaced && namespace !== undefined
    ? { ...object, metadata: { ...object.metadata, namespace } }
    : object;
}

function isSelected(object: KubeObject, query: URLSearchParams): boolean {
  const labels = object.metadata.labels ?? {};
  const byLabel = (query.get("labelSelector") ?? "").split(",").every((term) => {
    const [key = "", value] = term.split("=");
    return term === "" || labels[key] === value;
  });
  const byField = (query.get("fieldSelector") ?? "").split(",").every((term) => {
    const [, value] = term.split("=");
    return term === "" || object.metadata.name === value;
  });
  return byLabel && byField;
}

function mergePatch(old: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, unknown> = isJsonObject(old) ? { ...old } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function statusBody(refusal: Refusal): Record<string, unknown> {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: refusal.message,
    reason: refusal.reason,
    details: refusal.details,
    code: refusal.code,
  };
}

function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/plain" : "application/json";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(text);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return parts.length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString("utf8"));
}
