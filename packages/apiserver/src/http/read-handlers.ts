import { formatApiVersion } from "@fairlead/apimachinery";
import { decodeEntry, encodeEntry, headOf, servesBytes } from "../registry/codec.ts";
import { listPage, waitFor, type ListPage } from "../registry/list.ts";
import type { Registry } from "../registry/registry.ts";
import { selectionOf } from "../registry/selection.ts";
import type { Resource } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";
import { includeObjectOf, partial, represent, tableOf } from "../table/render.ts";
import { plainError } from "./status.ts";
import { isPretty, representationOf, send, sendPieces, sendJson, type Exchange } from "./exchange.ts";
import type { Representation } from "./negotiate.ts";
import { encodeYaml } from "@fairlead/yaml";

/** GET of one object. */
export async function handleGet(registry: Registry, resource: Resource, exchange: Exchange): Promise<void> {
  const { info } = exchange;
  const representation = representationOf(exchange);
  const wanted = info.query.get("resourceVersion") ?? "";
  if (wanted !== "" && !/^\d+$/.test(wanted))
    throw plainError(
      `resourceVersion: Invalid value: ${JSON.stringify(wanted)}: strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`,
    );
  if (/^[1-9]/.test(wanted)) await waitFor(registry.store, Number(wanted));
  const entry = registry.entry(resource, resource.namespaced ? info.namespace : "", info.name);
  sendEntry(registry, resource, exchange, 200, entry, representation);
}

/** One object as its stored bytes where nothing has to be made of it. */
export function sendEntry(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  code: number,
  entry: Entry,
  representation: Representation,
): void {
  const isPlain = representation.as === undefined && representation.format === "json" && !isPretty(exchange);
  if (isPlain) {
    send(exchange, code, "application/json", encodeEntry(resource, entry));
    return;
  }
  sendObject(registry, resource, exchange, code, decodeEntry(resource, entry), representation);
}

export function sendObject(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  code: number,
  object: Parameters<typeof represent>[1],
  representation: Representation,
): void {
  const value = represent(resource, object, representation, exchange.info.query, registry.clock.now());
  if (representation.format === "yaml") send(exchange, code, "application/yaml", encodeYaml(value));
  else sendJson(exchange, code, value);
}

/** GET of a collection. */
export async function handleList(registry: Registry, resource: Resource, exchange: Exchange): Promise<void> {
  const { query, namespace, name } = exchange.info;
  const representation = representationOf(exchange);
  if (representation.as === "Table") includeObjectOf(query);
  const selection = selectionOf(resource, namespace, query.get("labelSelector"), query.get("fieldSelector"), name);
  const page = await listPage(registry.store, selection, query);
  sendPage(registry, resource, exchange, page, representation);
}

export function sendPage(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  page: ListPage,
  representation: Representation,
): void {
  const metadata = listMetadata(resource, page, representation.as === undefined);
  if (representation.as === undefined && representation.format === "json" && !isPretty(exchange)) {
    sendList(exchange, resource, page, metadata);
    return;
  }
  const value = listValue(registry, resource, exchange, page, metadata, representation);
  if (representation.format === "yaml") send(exchange, 200, "application/yaml", encodeYaml(value));
  else sendJson(exchange, 200, value);
}

const COMMA = Buffer.from(",");
const OPEN = Buffer.from("{");
const END = Buffer.from("]}\n");

/**
 * The list's JSON from the stored bytes. Items of built-in kinds have no apiVersion and kind, items of custom kinds have: so it
 * is in kube-apiserver, whose typed and unstructured lists are encoded differently.
 */
function sendList(exchange: Exchange, resource: Resource, page: ListPage, metadata: Record<string, unknown>): void {
  const apiVersion = formatApiVersion(resource.group, resource.version);
  const opening = Buffer.from(
    `{"kind":"${resource.listKind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(metadata)},"items":[`,
  );
  const commas = Math.max(0, page.entries.length - 1);
  const around = opening.length + commas + END.length;
  if (!servesBytes(resource)) {
    const items = page.entries.map((entry) => Buffer.from(JSON.stringify(itemOf(resource, entry))));
    const bytes = items.reduce((sum, item) => sum + item.length, 0);
    sendPieces(
      exchange,
      200,
      around + bytes,
      listed(opening, items, (item) => item),
    );
    return;
  }
  const head = resource.isCustom ? Buffer.from(headOf(resource)) : OPEN;
  const bytes = page.entries.reduce((sum, entry) => sum + head.length - OPEN.length + entry.length, 0);
  sendPieces(
    exchange,
    200,
    around + bytes,
    listed(opening, page.entries, (entry) => entry.bytesAfter(head)),
  );
}

function* listed<T>(opening: Buffer, items: readonly T[], bytesOf: (item: T) => Buffer): Generator<Buffer> {
  yield opening;
  for (const [index, item] of items.entries()) {
    if (index > 0) yield COMMA;
    yield bytesOf(item);
  }
  yield END;
}

function itemOf(resource: Resource, entry: Entry): unknown {
  const object = decodeEntry(resource, entry);
  if (resource.isCustom) return object;
  const { apiVersion: _apiVersion, kind: _kind, ...item } = object;
  return item;
}

function listValue(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  page: ListPage,
  metadata: Record<string, unknown>,
  representation: Representation,
): unknown {
  const metaVersion = representation.metaVersion ?? "v1";
  if (representation.as === "Table") {
    const include = includeObjectOf(exchange.info.query);
    const objects = page.entries.map((entry) => decodeEntry(resource, entry));
    return tableOf(resource, objects, {
      include,
      metaVersion,
      withColumns: true,
      metadata,
      nowMs: registry.clock.now(),
    });
  }
  if (representation.as === "PartialObjectMetadataList") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: `meta.k8s.io/${metaVersion}`,
      metadata,
      items: page.entries.map((entry) => partial(decodeEntry(resource, entry), metaVersion)),
    };
  }
  return {
    kind: resource.listKind,
    apiVersion: formatApiVersion(resource.group, resource.version),
    metadata,
    items: page.entries.map((entry) => itemOf(resource, entry)),
  };
}

function listMetadata(resource: Resource, page: ListPage, isPlain: boolean): Record<string, unknown> {
  return {
    // Lists of custom kinds are unstructured in kube-apiserver, which always writes the field.
    ...(resource.isCustom && isPlain && page.continueToken === undefined ? { continue: "" } : {}),
    resourceVersion: String(page.revision),
    ...(page.continueToken === undefined ? {} : { continue: page.continueToken }),
    ...(page.continueToken === undefined || page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
}
