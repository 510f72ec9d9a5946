import type { KubeObject } from "@fairlead/apimachinery";
import {
  ApiError,
  type ApiResource,
  type KindRef,
  type KubeClient,
  type WatchEvent,
  type WatchOptions,
} from "@fairlead/kube";
import { RESOURCES } from "./fake-api-server.ts";
import { type FakeResource, type FakeStore, Refusal } from "./fake-store.ts";

/**
 * A client straight over a store, without a network: for tests on a virtual clock, where a real answer would come at a random
 * moment of virtual time. `isCut` makes every call fail.
 */
export function storeClient(store: FakeStore): KubeClient & { isCut: boolean } {
  const client: KubeClient & { isCut: boolean } = {
    server: "memory",
    defaultNamespace: "default",
    isCut: false,
    discovery: {
      stale: [],
      resourceFor: (kind: KindRef) => Promise.resolve(asApiResource(resourceOf(kind))),
      findResource: (kind: KindRef) => Promise.resolve(asApiResource(resourceOf(kind))),
      findByName: () => Promise.resolve(undefined),
      all: () => Promise.resolve([]),
      invalidate() {},
      onChange: () => () => {},
    },
    find: (kind, name, namespace) =>
      call(() => store.get(resourceOf(kind), namespace, name)).catch((error: unknown) => {
        if (error instanceof ApiError && error.code === 404) return undefined;
        throw error;
      }),
    get: (kind, name, namespace) => call(() => store.get(resourceOf(kind), namespace, name)),
    list: (kind, options) =>
      call(() => ({
        items: store.list(resourceOf(kind), options?.namespace),
        resourceVersion: String(store.version),
      })),
    async *pages(kind, options) {
      yield await client.list(kind, options);
    },
    create: (object) => call(() => store.create(resourceOf(object), object)),
    update: (object) => call(() => store.update(resourceOf(object), object)),
    patch: (ref, patch) =>
      call(() => {
        const old = store.get(resourceOf(ref), ref.namespace, ref.name);
        const spec = { ...(old["spec"] as object), ...(patch.body as { spec: object }).spec };
        return store.update(resourceOf(ref), { ...old, spec });
      }),
    apply: () => Promise.reject(new Error("not needed")),
    delete: (kind, name, namespace) => call(() => store.delete(resourceOf(kind), namespace, name)),
    watch: (kind, options) => watchStore(store, resourceOf(kind), options),
    request: () => Promise.reject(new Error("not needed")),
    close() {},
  };

  async function call<T>(step: () => T): Promise<T> {
    await Promise.resolve();
    if (client.isCut) throw apiError(new Refusal(500, "InternalError", "cut off"));
    try {
      return step();
    } catch (error) {
      throw error instanceof Refusal ? apiError(error) : error;
    }
  }
  return client;
}

function apiError({ code, reason, message }: Refusal): ApiError {
  return new ApiError({ apiVersion: "v1", kind: "Status", metadata: {}, status: "Failure", code, reason, message });
}

function resourceOf(kind: KindRef): FakeResource {
  const found = RESOURCES.find((each) => each.kind === kind.kind);
  if (found === undefined) throw new Error(`no resource for ${kind.kind}`);
  return found;
}

function asApiResource(resource: FakeResource): ApiResource {
  return { ...resource, singular: "", verbs: [], shortNames: [], categories: [], subresources: [] };
}

async function* watchStore(
  store: FakeStore,
  resource: FakeResource,
  options: WatchOptions,
): AsyncGenerator<WatchEvent> {
  const events: WatchEvent[] = store
    .list(resource, options.namespace)
    .map((object): WatchEvent => ({ type: "ADDED", object }));
  const metadata = {
    resourceVersion: String(store.version),
    annotations: { "k8s.io/initial-events-end": "true" },
  };
  events.push({ type: "BOOKMARK", object: { apiVersion: "", kind: "", metadata } as KubeObject });
  let wake = (): void => {};
  const stop = store.listen(({ type, object, resource: other }) => {
    if (other !== resource) return;
    events.push({ type, object });
    wake();
  });
  options.signal.addEventListener("abort", () => wake());
  try {
    while (!options.signal.aborted) {
      for (let event = events.shift(); event !== undefined; event = events.shift()) yield event;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    stop();
  }
}
