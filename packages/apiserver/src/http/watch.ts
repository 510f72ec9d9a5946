import type { KubeObject } from "@fairlead/apimachinery";
import { formatApiVersion } from "@fairlead/apimachinery";
import { LIMITS } from "../limits.ts";
import { decodeEntry, encodeEntry } from "../registry/codec.ts";
import { checkListOptions, waitFor } from "../registry/list.ts";
import type { Registry } from "../registry/registry.ts";
import { selectionOf, type Selection } from "../registry/selection.ts";
import type { Resource } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";
import type { StoreEvent } from "../storage/history.ts";
import type { EventType } from "../storage/types.ts";
import { includeObjectOf, partial, tableOf } from "../table/render.ts";
import { headersOf, type Exchange } from "./exchange.ts";
import { negotiate, type Representation } from "./negotiate.ts";
import { isTrue } from "./request-info.ts";
import { expired, invalid, type StatusError } from "./status.ts";
import { framedResponse } from "./websocket.ts";

/** Ends every watch when the server closes. */
export type OpenWatches = Set<{ readonly resource: Resource; end(): void }>;

/** GET with watch=true. */
export async function handleWatch(
  registry: Registry,
  resource: Resource,
  exchange: Exchange,
  open: OpenWatches,
): Promise<void> {
  const { query, namespace, name } = exchange.info;
  const representation = negotiate(exchange.request.headers.accept, { table: true, stream: true });
  if (representation.as === "Table") includeObjectOf(query);
  checkListOptions(query, true);
  const initial = initialEventsOf(exchange);
  const selection = selectionOf(resource, namespace, query.get("labelSelector"), query.get("fieldSelector"), name);
  const wanted = Number(query.get("resourceVersion") ?? 0);
  await waitFor(registry.store, wanted);
  const response = await framedResponse(exchange, "events");
  if (response === undefined) return;
  const stream = new WatchStream(registry, selection, { ...exchange, response }, representation);
  open.add(stream);
  stream.onEnd = () => open.delete(stream);
  stream.start(wanted, initial);
}

type InitialEvents = "none" | "legacy" | "requested";

/** Which start a watch asks for: sendInitialEvents, or the older habit that resourceVersion "" and 0 begin with all objects. */
function initialEventsOf(exchange: Exchange): InitialEvents {
  const { query } = exchange.info;
  const asked = query.get("sendInitialEvents");
  const match = query.get("resourceVersionMatch") ?? "";
  const version = query.get("resourceVersion") ?? "";
  if (asked === undefined) {
    if (match !== "") {
      throw invalid("meta.k8s.io", "ListOptions", "", [
        {
          type: "FieldValueForbidden",
          field: "resourceVersionMatch",
          message: "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        },
      ]);
    }
    return version === "" || version === "0" ? "legacy" : "none";
  }
  if (match !== "NotOlderThan") {
    throw invalid("meta.k8s.io", "ListOptions", "", [
      {
        type: "FieldValueForbidden",
        field: "resourceVersionMatch",
        message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
      },
      ...(match === ""
        ? []
        : [
            {
              type: "FieldValueNotSupported",
              field: "resourceVersionMatch",
              message: `Unsupported value: ${JSON.stringify(match)}: supported values: "NotOlderThan"`,
            },
          ]),
    ]);
  }
  return isTrue(asked) ? "requested" : "none";
}

const NEWLINE = Buffer.from("}\n");

/** One watcher: what it has been told up to which revision, and what still has to reach its socket. */
class WatchStream {
  readonly #registry: Registry;
  readonly #selection: Selection;
  readonly #resource: Resource;
  readonly #exchange: Exchange;
  readonly #representation: Representation;
  readonly #allowsBookmarks: boolean;
  #told = 0;
  #isBlocked = false;
  #isFirst = true;
  #pending: Buffer[] = [];
  #flushTimer: NodeJS.Timeout | undefined;
  #lastWriteMs = 0;
  #isEnded = false;
  #stops: (() => void)[] = [];
  onEnd: () => void = () => {};

  constructor(registry: Registry, selection: Selection, exchange: Exchange, representation: Representation) {
    this.#registry = registry;
    this.#selection = selection;
    this.#resource = selection.resource;
    this.#exchange = exchange;
    this.#representation = representation;
    this.#allowsBookmarks = isTrue(exchange.info.query.get("allowWatchBookmarks"));
  }

  get resource(): Resource {
    return this.#resource;
  }

  start(from: number, initial: InitialEvents): void {
    const { store } = this.#registry;
    const { response } = this.#exchange;
    const collection = store.collection(this.#resource.storage);
    if (initial === "none" && from > 0 && from < collection.history.compacted) {
      throw expired(`too old resource version: ${from} (${collection.history.compacted})`);
    }
    response.writeHead(200, headersOf(this.#exchange.context, "application/json"));
    response.on("close", () => this.end());
    response.on("drain", () => this.#catchUp());
    this.#armTimers();
    if (initial === "none" && from > 0) this.#told = from;
    else {
      this.#told = store.revision;
      if (initial !== "none") this.#sendInitial(initial);
    }
    if (initial === "none" && from > 0) this.#catchUp();
    // Headers go out at once: clients wait for them before they believe that a watch is established.
    response.flushHeaders();
    this.#stops.push(store.subscribe(this.#resource.storage, (events) => this.#onEvents(events)));
  }

  end(): void {
    if (this.#isEnded) return;
    this.#flush();
    this.#isEnded = true;
    for (const stop of this.#stops) stop();
    this.#stops = [];
    if (!this.#exchange.response.destroyed) this.#exchange.response.end();
    this.onEnd();
  }

  #armTimers(): void {
    const asked = Number(this.#exchange.info.query.get("timeoutSeconds") ?? 0);
    const lifetimeMs = asked > 0 ? asked * 1000 : LIMITS.watchTimeoutMs * (1 + Math.random());
    const lifetime = setTimeout(() => this.end(), Math.min(lifetimeMs, 2 ** 31 - 1));
    this.#stops.push(() => clearTimeout(lifetime));
    if (!this.#allowsBookmarks) return;
    const bookmarks = setInterval(() => this.#bookmark(), LIMITS.bookmarkIntervalMs);
    this.#stops.push(() => clearInterval(bookmarks));
  }

  #sendInitial(initial: "legacy" | "requested"): void {
    const { store } = this.#registry;
    const pieces: Buffer[] = [];
    for (const entry of store.collection(this.#resource.storage).list(this.#selection.namespace)) {
      if (this.#selection.isPlain || this.#selection.matches(entry)) this.#encode("ADDED", entry, pieces);
    }
    if (initial === "requested" && this.#allowsBookmarks) pieces.push(this.#bookmarkBytes(true));
    this.#write(pieces);
  }

  #onEvents(events: readonly StoreEvent[]): void {
    if (this.#isBlocked || this.#isEnded) return;
    const isAllNew = (events[0]?.revision ?? 0) > this.#told;
    if (isAllNew && this.#selection.isPlain && this.#representation.as === undefined) {
      this.#queue(sharedBytes(events, this.#selection, (pieces) => this.#tellAll(events, pieces)));
    } else {
      const pieces: Buffer[] = [];
      this.#tellAll(events, pieces);
      if (pieces.length > 0) this.#queue(Buffer.concat(pieces));
    }
    this.#told = this.#registry.store.revision;
  }

  #tellAll(events: readonly StoreEvent[], pieces: Buffer[]): void {
    for (const event of events) if (event.revision > this.#told) this.#tell(event, pieces);
  }

  /** Writes at once after a pause; under a stream of changes a few milliseconds' worth of them share a write. */
  #queue(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#pending.push(bytes);
    if (this.#flushTimer !== undefined) return;
    const waitMs = LIMITS.watchCoalesceMs - (performance.now() - this.#lastWriteMs);
    if (waitMs <= 0) this.#flush();
    else this.#flushTimer = setTimeout(() => this.#flush(), waitMs);
  }

  #flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    const pieces = this.#pending;
    this.#pending = [];
    this.#lastWriteMs = performance.now();
    this.#write(pieces);
  }

  /** Goes on from what was told last; a watcher that fell behind further than the history reaches is told so and ended. */
  #catchUp(): void {
    if (this.#isEnded) return;
    this.#flush();
    this.#isBlocked = false;
    const { history } = this.#registry.store.collection(this.#resource.storage);
    const missed = history.after(this.#told);
    if (missed === undefined) {
      this.#fail(expired(`too old resource version: ${this.#told} (${history.compacted})`));
      return;
    }
    let pieces: Buffer[] = [];
    let bytes = 0;
    for (const event of missed) {
      this.#tell(event, pieces);
      this.#told = event.revision;
      bytes += event.entry.length;
      if (bytes < LIMITS.watcherBufferBytesMax) continue;
      if (!this.#write(pieces)) return;
      pieces = [];
      bytes = 0;
    }
    this.#told = Math.max(this.#told, this.#registry.store.revision);
    this.#write(pieces);
  }

  #tell(event: StoreEvent, pieces: Buffer[]): void {
    const { entry, previous } = event;
    const { namespace, isPlain } = this.#selection;
    if (namespace !== undefined && entry.namespace !== namespace) return;
    if (isPlain) {
      this.#encode(event.type, entry, pieces);
      return;
    }
    const matched = previous !== undefined && this.#selection.matches(previous);
    const matches = event.type !== "DELETED" && this.#selection.matches(entry);
    if (matches) this.#encode(matched ? "MODIFIED" : "ADDED", entry, pieces);
    else if (matched) this.#encodeLeft(event, previous, pieces);
  }

  /** Deleted, or no longer selected: the last state that was selected, with the revision of the change. */
  #encodeLeft(event: StoreEvent, previous: Entry, pieces: Buffer[]): void {
    if (event.type === "DELETED") {
      this.#encode("DELETED", event.entry, pieces);
      return;
    }
    const object = decodeEntry(this.#resource, previous);
    object.metadata.resourceVersion = String(event.revision);
    this.#encodeObject("DELETED", object, pieces);
  }

  #encode(type: EventType, entry: Entry, pieces: Buffer[]): void {
    if (this.#representation.as !== undefined) {
      this.#encodeObject(type, decodeEntry(this.#resource, entry), pieces);
      return;
    }
    pieces.push(PREFIX[type], encodeEntry(this.#resource, entry), NEWLINE);
  }

  #encodeObject(type: EventType | "BOOKMARK", object: KubeObject, pieces: Buffer[]): void {
    pieces.push(Buffer.from(`${JSON.stringify({ type, object: this.#shown(object) })}\n`));
  }

  #shown(object: KubeObject, isBookmark = false): unknown {
    const { as, metaVersion = "v1" } = this.#representation;
    if (as === undefined) return object;
    if (as !== "Table") return partial(object, metaVersion);
    const include = includeObjectOf(this.#exchange.info.query);
    // The row of a bookmark carries its object in any case: it says what the bookmark is about.
    const table = tableOf(this.#resource, [object], {
      include: isBookmark && include === "None" ? "Metadata" : include,
      metaVersion,
      withColumns: this.#isFirst,
      metadata: { resourceVersion: object.metadata.resourceVersion ?? "" },
      nowMs: this.#registry.clock.now(),
    });
    this.#isFirst = false;
    return table;
  }

  #bookmark(): void {
    if (this.#isBlocked || this.#isEnded) return;
    this.#flush();
    this.#write([this.#bookmarkBytes(false)]);
  }

  #bookmarkBytes(isEndOfInitial: boolean): Buffer {
    const annotations = isEndOfInitial ? { "k8s.io/initial-events-end": "true" } : undefined;
    const object = {
      kind: this.#resource.kind,
      apiVersion: formatApiVersion(this.#resource.group, this.#resource.version),
      metadata: { resourceVersion: String(this.#told), ...(annotations === undefined ? {} : { annotations }) },
    };
    return Buffer.from(`${JSON.stringify({ type: "BOOKMARK", object: this.#shown(object, true) })}\n`);
  }

  /** Writes what there is at once; false when the socket is full and the rest has to come from the history later. */
  #write(pieces: readonly Buffer[]): boolean {
    const { response } = this.#exchange;
    // A write to what the client has closed would be an error event that nobody can act on.
    if (pieces.length === 0 || this.#isEnded || response.destroyed) return true;
    response.write(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
    this.#isBlocked = response.writableLength > LIMITS.watcherBufferBytesMax;
    return !this.#isBlocked;
  }

  #fail(error: StatusError): void {
    this.#flush();
    this.#write([Buffer.from(`${JSON.stringify({ type: "ERROR", object: error.status })}\n`)]);
    this.end();
  }
}

/** The events of one commit as watchers of the same things all see them; gone with the events. */
const shared = new WeakMap<readonly StoreEvent[], Map<string, Buffer>>();

function sharedBytes(
  events: readonly StoreEvent[],
  { resource, namespace = "" }: Selection,
  encode: (pieces: Buffer[]) => void,
): Buffer {
  let known = shared.get(events);
  if (known === undefined) shared.set(events, (known = new Map()));
  const key = `${resource.group}/${resource.version}/${resource.plural}/${namespace}`;
  let bytes = known.get(key);
  if (bytes === undefined) {
    const pieces: Buffer[] = [];
    encode(pieces);
    bytes = Buffer.concat(pieces);
    known.set(key, bytes);
  }
  return bytes;
}

const PREFIX: Readonly<Record<EventType, Buffer>> = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
