import { cloneJson, isJsonObject, jsonEqual, problemError, ProblemError, type Clock } from "@fairlead/base";
import {
  applyDefaults,
  applyPatch,
  builtinResources,
  builtinSchemas,
  crdSchema,
  gvkOf,
  jsonPatch,
  matchesLabels,
  mergePatch,
  parseLabelSelector,
  trackUpdate,
  type KubeObject,
  type SchemaNode,
} from "@fairlead/apimachinery";
import {
  ApiError,
  type ApiResource,
  type KindRef,
  type KubeClient,
  type Status,
  type WatchEvent,
  type WatchOptions,
} from "@fairlead/kube";

interface Selection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Only `metadata.name=…`. */
  readonly fieldSelector?: string | undefined;
}

type Handler = (event: WatchEvent) => void;

/** What a scenario may count: every call but watches, by verb and kind. */
export interface Call {
  readonly verb: string;
  readonly kind: string;
  readonly name: string;
  readonly isDryRun: boolean;
}

/**
 * A Kubernetes API in memory, behind the KubeClient interface, on the test's clock: real structured merge and managedFields from
 * @fairlead/apimachinery, watches, finalizers, namespaces, CRDs. No defaults beyond those of the built-in kinds, no validation.
 */
export class FakeServer {
  readonly calls: Call[] = [];
  #isDown = false;
  readonly #onDown = new Set<() => void>();
  /** How often somebody asked what is served. */
  questions = 0;
  /** Throw from here to refuse a call. */
  intercept: ((call: Call) => void) | undefined;
  readonly #clock: Clock;
  readonly #objects = new Map<string, KubeObject>();
  readonly #watchers = new Set<{ readonly matches: (object: KubeObject) => boolean; readonly handler: Handler }>();
  readonly #listeners = new Set<() => void>();
  readonly #crds = new Map<string, { resource: ApiResource; schema: SchemaNode | undefined }>();
  readonly #deleted: KubeObject[] = [];
  #version = 100;
  #uid = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "default" } });
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** Nobody answers: discovery, lists and watches fail too, those that run as well. */
  set isDown(isDown: boolean) {
    this.#isDown = isDown;
    if (isDown) for (const listener of this.#onDown) listener();
  }

  onDown(listener: () => void): () => void {
    this.#onDown.add(listener);
    return () => void this.#onDown.delete(listener);
  }

  checkUp(): void {
    if (this.#isDown) throw problemError("ClusterUnreachable", "connect ECONNREFUSED");
  }

  client(manager = "fairlead"): KubeClient {
    return new FakeClient(this, manager);
  }

  /** What a person or another controller does; not counted among the calls. */
  get as(): { user(manager: string): KubeClient } {
    return { user: (manager) => new FakeClient(this, manager, true) };
  }

  get(kind: string, name: string, namespace?: string): KubeObject | undefined {
    for (const object of this.#objects.values()) {
      const { metadata } = object;
      if (
        object.kind === kind &&
        metadata.name === name &&
        (namespace === undefined || metadata.namespace === namespace)
      )
        return object;
    }
    return undefined;
  }

  list(kind: string): KubeObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  note(call: Call): void {
    this.calls.push(call);
    this.intercept?.(call);
  }

  // What the client below needs

  get version(): string {
    return String(this.#version);
  }

  find(kind: KindRef, name: string, namespace: string | undefined): KubeObject | undefined {
    const resource = this.resource(kind);
    return resource && this.#objects.get(keyFor(kind, name, resource.namespaced ? namespace : undefined));
  }

  select(kind: KindRef, options: Selection): KubeObject[] {
    const matches = matcher(kind, options);
    return [...this.#objects.values()].filter(matches);
  }

  resource(kind: KindRef): ApiResource | undefined {
    const { group, version, kind: name } = gvkOf({ apiVersion: kind.apiVersion, kind: kind.kind });
    const custom = this.#crds.get(`${group}/${name}`);
    if (custom) return custom.resource;
    const found = builtinResources().find(
      (entry) => entry.group === group && entry.version === version && entry.kind === name,
    );
    if (!found) return undefined;
    return {
      ...found,
      group,
      version,
      kind: name,
      verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
      subresources: [],
      shortNames: [],
      categories: [],
      singular: name.toLowerCase(),
    } as unknown as ApiResource;
  }

  served(): ApiResource[] {
    return [...this.#crds.values()].map(({ resource }) => resource);
  }

  schema(kind: KindRef): SchemaNode {
    const gvk = gvkOf({ apiVersion: kind.apiVersion, kind: kind.kind });
    const schema = this.#crds.get(`${gvk.group}/${gvk.kind}`)?.schema ?? builtinSchemas().forKind(gvk);
    if (!schema) throw failure(404, "NotFound", `no schema for ${kind.kind}`);
    return schema;
  }

  write(before: KubeObject | undefined, after: KubeObject): KubeObject {
    const kept = before ? withSystemFields(before, after) : after;
    if (before && jsonEqual(before, kept)) return before;
    return this.#put(kept);
  }

  remove(object: KubeObject): KubeObject | Status {
    if ((object.metadata.finalizers ?? []).length > 0) {
      if (object.metadata.deletionTimestamp) return object;
      const deletionTimestamp = timeOf(this.#clock.now());
      return this.#put({ ...object, metadata: { ...object.metadata, deletionTimestamp } });
    }
    this.#drop(object);
    return { apiVersion: "v1", kind: "Status", metadata: {}, status: "Success", code: 200 };
  }

  subscribe(kind: KindRef, options: WatchOptions, handler: Handler): () => void {
    const entry = { matches: matcher(kind, options), handler };
    this.#watchers.add(entry);
    return () => void this.#watchers.delete(entry);
  }

  deletedSince(kind: KindRef, options: WatchOptions, version: number): WatchEvent[] {
    const matches = matcher(kind, options);
    const missed = this.#deleted.filter(
      (object) => Number(object.metadata.resourceVersion) > version && matches(object),
    );
    return missed.map((object) => ({ type: "DELETED", object: cloneJson(object) }));
  }

  onDiscovery(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  now(): number {
    return this.#clock.now();
  }

  #put(object: KubeObject): KubeObject {
    const key = keyFor(object, object.metadata.name ?? "", object.metadata.namespace);
    const before = this.#objects.get(key);
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    metadata.uid ??= `uid-${++this.#uid}`;
    metadata.creationTimestamp ??= timeOf(this.#clock.now());
    const isGone = metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
    const next: KubeObject = { ...object, metadata };
    if (object.kind === "CustomResourceDefinition")
      next["status"] = { conditions: [{ type: "Established", status: "True" }] };
    if (isGone) {
      this.#drop(next);
      return next;
    }
    this.#objects.set(key, next);
    if (object.kind === "CustomResourceDefinition") this.#serve(next);
    this.#tell({ type: before ? "MODIFIED" : "ADDED", object: next });
    return next;
  }

  #drop(object: KubeObject): void {
    this.#objects.delete(keyFor(object, object.metadata.name ?? "", object.metadata.namespace));
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.#deleted.push(gone);
    this.#tell({ type: "DELETED", object: gone });
    if (object.kind !== "Namespace") return;
    for (const inside of this.#objects.values())
      if (inside.metadata.namespace === object.metadata.name) this.remove(inside);
  }

  #tell(event: WatchEvent): void {
    const copy = cloneJson(event.object);
    for (const { matches, handler } of this.#watchers) if (matches(copy)) handler({ type: event.type, object: copy });
  }

  #serve(crd: KubeObject): void {
    const { group, names, scope, versions } = crd["spec"] as {
      group: string;
      names: { kind: string; plural: string };
      scope: string;
      versions: { name: string }[];
    };
    const version = versions[0]?.name ?? "v1";
    const resource: ApiResource = {
      group,
      version,
      kind: names.kind,
      plural: names.plural,
      singular: names.kind.toLowerCase(),
      namespaced: scope === "Namespaced",
      verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
      shortNames: [],
      categories: [],
      subresources: [],
    };
    const isNew = !this.#crds.has(`${group}/${names.kind}`);
    this.#crds.set(`${group}/${names.kind}`, { resource, schema: crdSchema(crd, version) });
    if (isNew) for (const listener of this.#listeners) listener();
  }
}

function matcher(kind: KindRef, options: Selection): (object: KubeObject) => boolean {
  const { group, kind: name } = gvkOf({ apiVersion: kind.apiVersion, kind: kind.kind });
  const selector = options.labelSelector === undefined ? undefined : parseLabelSelector(options.labelSelector);
  return (object) =>
    object.kind === name &&
    gvkOf(object).group === group &&
    (options.namespace === undefined || object.metadata.namespace === options.namespace) &&
    (options.fieldSelector === undefined || options.fieldSelector === `metadata.name=${object.metadata.name}`) &&
    (selector === undefined || matchesLabels(selector, object.metadata.labels ?? {}));
}

function keyFor(kind: KindRef, name: string, namespace: string | undefined): string {
  const { group, kind: own } = gvkOf({ apiVersion: kind.apiVersion, kind: kind.kind });
  return `${group}/${own}/${namespace ?? ""}/${name}`;
}

function withSystemFields(before: KubeObject, after: KubeObject): KubeObject {
  const { uid, creationTimestamp, resourceVersion, deletionTimestamp } = before.metadata;
  const kept = { uid, creationTimestamp, resourceVersion, ...(deletionTimestamp ? { deletionTimestamp } : {}) };
  return { ...after, metadata: { ...after.metadata, ...kept } } as KubeObject;
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function failure(code: number, reason: string, message: string): ApiError {
  return new ApiError({ apiVersion: "v1", kind: "Status", metadata: {}, status: "Failure", code, reason, message });
}

class FakeClient implements KubeClient {
  readonly server = "https://fake";
  readonly defaultNamespace = "default";
  readonly discovery: KubeClient["discovery"];
  readonly #server: FakeServer;
  readonly #manager: string;
  readonly #isQuiet: boolean;

  constructor(server: FakeServer, manager: string, isQuiet = false) {
    this.#server = server;
    this.#manager = manager;
    this.#isQuiet = isQuiet;
    this.discovery = {
      resourceFor: async (kind) => server.resource(kind) as ApiResource,
      findResource: async (kind) => {
        server.questions++;
        server.checkUp();
        return server.resource(kind);
      },
      findByName: async () => undefined,
      all: async () => server.served(),
      stale: [],
      invalidate() {},
      onChange: (listener) => server.onDiscovery(listener),
    };
  }

  #note(verb: string, kind: KindRef, name: string, isDryRun = false): void {
    if (!this.#isQuiet) this.#server.checkUp();
    if (!this.#isQuiet) this.#server.note({ verb, kind: kind.kind, name, isDryRun });
  }

  async find(kind: KindRef, name: string, namespace?: string): Promise<KubeObject | undefined> {
    this.#note("get", kind, name);
    return cloneJson(this.#server.find(kind, name, namespace));
  }

  async get(kind: KindRef, name: string, namespace?: string): Promise<KubeObject> {
    const found = await this.find(kind, name, namespace);
    if (!found) throw failure(404, "NotFound", `${kind.kind} "${name}" not found`);
    return found;
  }

  async list(kind: KindRef, options: Selection = {}): ReturnType<KubeClient["list"]> {
    return { items: cloneJson(this.#server.select(kind, options)), resourceVersion: this.#server.version };
  }

  async *pages(kind: KindRef, options: Selection = {}): ReturnType<KubeClient["pages"]> {
    yield await this.list(kind, options);
  }

  async create(object: KubeObject): Promise<KubeObject> {
    this.#note("create", object, object.metadata.name ?? "");
    if (this.#server.find(object, object.metadata.name ?? "", object.metadata.namespace)) {
      throw failure(409, "AlreadyExists", `${object.metadata.name} already exists`);
    }
    this.#needNamespace(object);
    const tracked = this.#track(undefined, cloneJson(object));
    return cloneJson(this.#server.write(undefined, tracked));
  }

  async update(object: KubeObject): Promise<KubeObject> {
    this.#note("update", object, object.metadata.name ?? "");
    const before = this.#server.find(object, object.metadata.name ?? "", object.metadata.namespace);
    if (!before) throw failure(404, "NotFound", `${object.metadata.name} not found`);
    this.#checkVersion(before, object.metadata.resourceVersion);
    return cloneJson(this.#server.write(before, this.#track(before, cloneJson(object))));
  }

  async patch(...[ref, patch]: Parameters<KubeClient["patch"]>): Promise<KubeObject> {
    this.#note("patch", ref, ref.name);
    const before = this.#server.find(ref, ref.name, ref.namespace);
    if (!before) throw failure(404, "NotFound", `${ref.kind} "${ref.name}" not found`);
    const apply = patch.type === "json" ? jsonPatch : mergePatch;
    const after = apply(cloneJson(before) as never, patch.body as never) as unknown as KubeObject;
    this.#checkVersion(before, after.metadata.resourceVersion);
    return cloneJson(this.#server.write(before, this.#track(before, after)));
  }

  async apply(object: KubeObject, options: Parameters<KubeClient["apply"]>[1]): Promise<KubeObject> {
    this.#note("apply", object, object.metadata.name ?? "", options.dryRun === true);
    if (!this.#server.resource(object))
      throw failure(404, "NotFound", "the server could not find the requested resource");
    this.#needNamespace(object);
    const live = this.#server.find(object, object.metadata.name ?? "", object.metadata.namespace);
    const gvk = gvkOf(object);
    try {
      const result = applyPatch({
        live,
        applied: cloneJson(object),
        manager: options.fieldManager,
        force: options.force,
        schema: this.#server.schema(object),
        apiVersion: object.apiVersion,
        now: this.#server.now(),
        defaults: (merged) => (builtinSchemas().forKind(gvk) ? applyDefaults(merged) : merged),
      });
      if (result.conflicts.length > 0) throw failure(409, "Conflict", result.message);
      if (options.dryRun)
        return cloneJson(
          live
            ? ({ ...result.object, metadata: { ...live.metadata, ...result.object.metadata } } as KubeObject)
            : result.object,
        );
      return cloneJson(this.#server.write(live, result.object));
    } catch (error) {
      if (error instanceof ProblemError) throw failure(500, "InternalError", error.message);
      throw error;
    }
  }

  async delete(...[kind, name, namespace, options]: Parameters<KubeClient["delete"]>): Promise<KubeObject | Status> {
    this.#note("delete", kind, name);
    const found = this.#server.find(kind, name, namespace);
    if (!found) throw failure(404, "NotFound", `${kind.kind} "${name}" not found`);
    const { uid } = options?.preconditions ?? {};
    if (uid !== undefined && uid !== found.metadata.uid) throw failure(409, "Conflict", "uid differs");
    return cloneJson(this.#server.remove(found));
  }

  async *watch(kind: KindRef, options: WatchOptions): AsyncIterable<WatchEvent> {
    const pending: WatchEvent[] = [];
    let wake: () => void = () => undefined;
    const undo = this.#server.subscribe(kind, options, (event) => {
      pending.push(event);
      wake();
    });
    options.signal.addEventListener("abort", () => wake());
    this.#server.checkUp();
    const undoDown = this.#server.onDown(() => wake());
    if (options.sendInitialEvents) {
      for (const object of this.#server.select(kind, options)) yield { type: "ADDED", object: cloneJson(object) };
      const annotations = { "k8s.io/initial-events-end": "true" };
      const metadata = { resourceVersion: this.#server.version, annotations };
      yield { type: "BOOKMARK", object: { apiVersion: kind.apiVersion, kind: kind.kind, metadata } };
    }
    // What changed while nobody watched.
    const missed = Number(options.resourceVersion ?? Number.POSITIVE_INFINITY);
    if (!options.sendInitialEvents) yield* this.#server.deletedSince(kind, options, missed);
    for (const object of options.sendInitialEvents ? [] : this.#server.select(kind, options)) {
      if (Number(object.metadata.resourceVersion) > missed) yield { type: "MODIFIED", object: cloneJson(object) };
    }
    try {
      while (!options.signal.aborted) {
        this.#server.checkUp();
        const event = pending.shift();
        if (event) yield event;
        else await new Promise<void>((resolve) => void (wake = resolve));
      }
    } finally {
      undo();
      undoDown();
    }
  }

  async request(): ReturnType<KubeClient["request"]> {
    this.#server.checkUp();
    return { status: 200, headers: {}, body: Buffer.from(JSON.stringify({ gitVersion: "v1.35.0" })) };
  }

  close(): void {}

  #needNamespace(object: KubeObject): void {
    const { namespace } = object.metadata;
    if (namespace === undefined || this.#server.resource(object)?.namespaced !== true) return;
    if (this.#server.find({ apiVersion: "v1", kind: "Namespace" }, namespace, undefined)) return;
    throw failure(404, "NotFound", `namespaces "${namespace}" not found`);
  }

  #checkVersion(before: KubeObject, version: string | undefined): void {
    if (version === undefined || version === before.metadata.resourceVersion) return;
    throw failure(
      409,
      "Conflict",
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }

  #track(before: KubeObject | undefined, after: KubeObject): KubeObject {
    const schema = isJsonObject(after) ? this.#server.schema(after) : undefined;
    if (!schema) return after;
    return trackUpdate({
      before,
      after,
      manager: this.#manager,
      schema,
      apiVersion: after.apiVersion,
      now: this.#server.now(),
    });
  }
}
