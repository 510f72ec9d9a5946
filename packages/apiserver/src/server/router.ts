import type { RemoteService, RemoteServices } from "../aggregator/remote-services.ts";
import type { Discovery } from "../discovery/documents.ts";
import { handleDiscovery } from "../discovery/handler.ts";
import { send, type Exchange } from "../http/exchange.ts";
import { handleGet, handleList } from "../http/read-handlers.ts";
import { badRequest, methodNotAllowedOnPath, resourceNotFound, watchNotSupported } from "../http/status.ts";
import { handleWatch, type OpenWatches } from "../http/watch.ts";
import {
  handleCreate,
  handleDelete,
  handleDeleteCollection,
  handlePatch,
  handleUpdate,
} from "../http/write-handlers.ts";
import type { Registry } from "../registry/registry.ts";
import type { Resource } from "../registry/types.ts";
import type { RequestInfo } from "../http/request-info.ts";
import type { Entry } from "../storage/entry.ts";
import type { SubresourceHandler } from "../registry/subresources.ts";

/** Answers a path that is no resource; false when it is not its own. */
export type PathHandler = (exchange: Exchange) => boolean | Promise<boolean>;
/** Kinds that are questions, not objects: reviews. */
export type VirtualHandler = (exchange: Exchange, resource: Resource) => Promise<void>;

export interface RouterParts {
  readonly registry: Registry;
  readonly discovery: Discovery;
  /** Other API servers, and the way to them. */
  readonly remotes: RemoteServices;
  forward(exchange: Exchange, remote: RemoteService): Promise<void>;
  readonly watches: OpenWatches;
  readonly paths: readonly PathHandler[];
  /** By `group/plural`. */
  readonly virtual: ReadonlyMap<string, VirtualHandler>;
  /** By `group/plural/subresource`, then by subresource alone. */
  readonly subresources: ReadonlyMap<string, SubresourceHandler>;
}

/** What every answer about a kind that is to go warns of. */
const DEPRECATED: Readonly<Record<string, string>> = {
  "/endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  "/componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
};

/** Finds who answers. @throws StatusError of every kind */
export async function route(parts: RouterParts, exchange: Exchange): Promise<void> {
  const { info } = exchange;
  const remote = remoteOf(parts, info);
  if (remote !== undefined) return parts.forward(exchange, remote);
  if (!info.isResource) {
    if (exchange.request.method === "GET" && handleDiscovery(parts.discovery, exchange)) return;
    for (const handle of parts.paths) if (await handle(exchange)) return;
    const group = /^\/apis\/([^/]+)\/[^/]+\/?$/.exec(info.path)?.[1];
    if (group !== undefined && parts.registry.resources.hasGroup(group)) throw resourceNotFound();
    sendPathNotFound(exchange);
    return;
  }
  const resource = parts.registry.resources.find(info.group, info.version, info.resource);
  const isMisplaced =
    resource !== undefined && !resource.namespaced && info.namespace !== "" && !isNamespaceItself(info);
  if (info.rest !== "" && info.rest !== "/" && info.subresource !== "proxy") throw resourceNotFound();
  if (resource === undefined || isMisplaced || (resource.namespaced && info.name !== "" && info.namespace === "")) {
    if (parts.registry.resources.hasGroup(info.group)) throw resourceNotFound();
    sendPathNotFound(exchange);
    return;
  }
  checkName(info.name);
  const { converter } = resource.custom ?? {};
  if (converter !== undefined) await converter.prepare(resource, entriesAbout(parts.registry, resource, info));
  const virtual = parts.virtual.get(`${resource.group}/${resource.plural}`);
  if (virtual !== undefined && info.subresource === "") {
    if (info.verb !== "create") throw methodNotAllowedOnPath();
    await virtual(exchange, resource);
  } else if (info.subresource === "") await routeVerb(parts, exchange, resource);
  else await routeSubresource(parts, exchange, resource);
}

/** `/namespaces/X` is about X; `/namespaces/X/namespaces` is about nothing. */
function isNamespaceItself({ resource, name, namespace }: RequestInfo): boolean {
  return resource === "namespaces" && name === namespace;
}

/** What a request may read, as far as it can be told from its path. */
function entriesAbout(
  { store }: Registry,
  resource: Resource,
  { name, namespace, verb }: RequestInfo,
): readonly Entry[] {
  const collection = store.collection(resource.storage);
  if (verb === "create") return [];
  if (name === "") return collection.list(namespace === "" ? undefined : namespace);
  const entry = collection.get(namespace, name);
  return entry === undefined ? [] : [entry];
}

/** Who else answers: below `/apis/GROUP/VERSION`, where this server has nothing of its own. */
function remoteOf({ remotes, registry }: RouterParts, info: RequestInfo): RemoteService | undefined {
  const [, group = info.group, version = info.version] = info.isResource
    ? []
    : (/^\/apis\/([^/]+)\/([^/]+)\/?$/.exec(info.path) ?? []);
  if (group === "") return undefined;
  const remote = remotes.find(group, version);
  return remote !== undefined && registry.resources.has(group, version) ? undefined : remote;
}

/** What may not stand in a key of the storage (k8s.io/apimachinery path.IsValidPathSegmentName). @throws StatusError 400 */
function checkName(name: string): void {
  const why =
    name === "." || name === ".." ? `may not be '${name}'` : name.includes("%") ? "may not contain '%'" : undefined;
  if (why !== undefined) throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${why}`);
}

async function routeVerb(parts: RouterParts, exchange: Exchange, resource: Resource): Promise<void> {
  const { registry } = parts;
  const { verb } = exchange.info;
  const isUnwatchable = verb === "watch" && !resource.verbs.has(verb) && resource.verbs.has("list");
  const isKnown = isUnwatchable || resource.verbs.has(verb);
  if (!isKnown || exchange.request.method === "HEAD") throw methodNotAllowedOnPath();
  const deprecated = DEPRECATED[`${resource.group}/${resource.plural}`];
  if (deprecated !== undefined) exchange.context.warnings.push(deprecated);
  if (isUnwatchable) throw watchNotSupported(resource);
  switch (verb) {
    case "get":
      return handleGet(registry, resource, exchange);
    case "list":
      return handleList(registry, resource, exchange);
    case "watch":
      return handleWatch(registry, resource, exchange, parts.watches);
    case "create":
      if (exchange.info.name !== "" || (resource.namespaced && exchange.info.namespace === ""))
        throw methodNotAllowedOnPath();
      return handleCreate(registry, resource, exchange);
    case "update":
      if (exchange.info.name === "") throw methodNotAllowedOnPath();
      return handleUpdate(registry, resource, exchange, "");
    case "patch":
      if (exchange.info.name === "") throw methodNotAllowedOnPath();
      return handlePatch(registry, resource, exchange, "");
    case "delete":
      return handleDelete(registry, resource, exchange);
    case "deletecollection":
      if (resource.namespaced && exchange.info.namespace === "") throw methodNotAllowedOnPath();
      return handleDeleteCollection(registry, resource, exchange);
    default:
      throw methodNotAllowedOnPath();
  }
}

async function routeSubresource(parts: RouterParts, exchange: Exchange, resource: Resource): Promise<void> {
  const { subresource, verb } = exchange.info;
  const known = resource.subresources.find((candidate) => candidate.name === subresource);
  if (known === undefined) throw resourceNotFound();
  const handler =
    parts.subresources.get(`${resource.group}/${resource.plural}/${subresource}`) ??
    parts.subresources.get(subresource);
  if (handler !== undefined) return handler(exchange, resource);
  if (!known.verbs.includes(verb)) throw methodNotAllowedOnPath();
  const { registry } = parts;
  if (verb === "get") return handleGet(registry, resource, exchange);
  if (verb === "update") return handleUpdate(registry, resource, exchange, subresource);
  if (verb === "patch") return handlePatch(registry, resource, exchange, subresource);
  throw methodNotAllowedOnPath();
}

/** What net/http says of a path that nobody serves. */
function sendPathNotFound(exchange: Exchange): void {
  // The legacy group's own router answers for everything below /api.
  if (/^\/api\/./.test(exchange.info.path)) throw resourceNotFound();
  send(exchange, 404, "text/plain; charset=utf-8", "404 page not found\n");
}
