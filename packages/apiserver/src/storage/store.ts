import type { Clock } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import { Collection, type Subscriber } from "./collection.ts";
import { storedText, takeApart, type Body } from "./body-text.ts";
import { Entry } from "./entry.ts";
import type { StoreEvent } from "./history.ts";
import type { Backend, Change, LogRow } from "./types.ts";

/** The key of one object inside a collection. */
export interface ObjectKey {
  /** `group/plural`; `/pods` for the core group. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

interface Staged {
  readonly change: Change;
  readonly event: StoreEvent;
  readonly resolve: (entry: Entry) => void;
  readonly reject: (error: unknown) => void;
}

/** An object beyond the limit: patches could let one grow for ever. Nothing was staged. */
export class ObjectTooLarge extends Error {}

/** Called after every commit with all its changes, in order. */
export type CommitListener = (events: readonly StoreEvent[]) => void;

/**
 * All objects, one revision counter. Writers see what was staged before them; readers see only what is durable. The writes that
 * arrive in one tick, or while a commit is under way, share the next one and are acknowledged after it: that is what makes FULL
 * durability cheap.
 */
export class Store {
  readonly #backend: Backend;
  readonly #clock: Clock;
  readonly #collections = new Map<string, Collection>();
  readonly #listeners = new Set<CommitListener>();
  /** What is staged and not durable yet, by key; without an entry for a deletion. */
  readonly #overlay = new Map<string, { readonly revision: number; readonly entry: Entry | undefined }>();
  #batch: Staged[] = [];
  #isFlushArmed = false;
  #committing: Promise<void> | undefined;
  #staged: number;
  #committed: number;
  #historyBytes = 0;
  /** Rows that neither an object nor the history needs any more, and the revision up to which history has holes. */
  #removable: number[] = [];
  #compacted: number;

  constructor(backend: Backend, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
    this.#staged = backend.lastRevision;
    this.#committed = backend.lastRevision;
    this.#compacted = backend.compactedRevision;
    this.#load();
  }

  /** The revision of the last durable write. */
  get revision(): number {
    return this.#committed;
  }

  /** The resources that hold objects, with their counts. */
  *counts(): Generator<[resource: string, count: number]> {
    for (const [resource, collection] of this.#collections) yield [resource, collection.size];
  }

  /** Bytes of all objects and of the versions before them that are kept. */
  get sizeBytes(): number {
    let bytes = this.#historyBytes;
    for (const collection of this.#collections.values()) for (const entry of collection.all()) bytes += entry.length;
    return bytes;
  }

  /** Every collection there is; the caller does not change them. */
  collections(): Iterable<Collection> {
    return this.#collections.values();
  }

  collection(resource: string): Collection {
    let collection = this.#collections.get(resource);
    if (collection === undefined) {
      collection = new Collection(resource, this.#compacted);
      this.#collections.set(resource, collection);
    }
    return collection;
  }

  /** What is durable. */
  get(key: ObjectKey): Entry | undefined {
    return this.#collections.get(key.resource)?.get(key.namespace, key.name);
  }

  /** What the next write is laid upon: durable, or staged before it. */
  getForWrite(key: ObjectKey): Entry | undefined {
    const staged = this.#overlay.get(keyText(key));
    if (staged !== undefined) return staged.entry;
    return this.get(key);
  }

  /**
   * Stages a write on `expected`, which getForWrite gave in this same tick: nothing else was staged since. The body gets its
   * resourceVersion here. Resolves when durable. @throws ObjectTooLarge
   */
  put(key: ObjectKey, version: string, body: Body, expected: Entry | undefined): Promise<Entry> {
    const entry = this.#entryOf(key, version, body);
    return this.#stage(entry, expected, false);
  }

  /** Stages a deletion; `body` is the last state, which watchers are told. */
  delete(key: ObjectKey, version: string, body: Body, expected: Entry): Promise<Entry> {
    const entry = this.#entryOf(key, version, body);
    return this.#stage(entry, expected, true);
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  subscribe(resource: string, subscriber: Subscriber): () => void {
    const { subscribers } = this.collection(resource);
    subscribers.add(subscriber);
    return () => subscribers.delete(subscriber);
  }

  /** Forgets history that is too old or too much. Called from time to time. */
  compact(): void {
    const horizon = this.#clock.now() - LIMITS.historyAgeMs;
    for (const { history } of this.#collections.values()) {
      while (history.oldest !== undefined && history.oldest.atMs < horizon) this.#dropOldest(history);
    }
    this.#removeRows();
  }

  /** Finishes the writes under way. */
  async close(): Promise<void> {
    this.#flush();
    while (this.#committing) await this.#committing;
    this.#removeRows();
    await this.#backend.close();
  }

  #entryOf(key: ObjectKey, version: string, body: Body): Entry {
    const revision = this.#staged + 1;
    body.metadata.resourceVersion = String(revision);
    const entry = new Entry({ ...key, revision, version, text: storedText(body) });
    if (entry.length > LIMITS.objectBytesMax) throw new ObjectTooLarge();
    this.#staged = revision;
    return entry;
  }

  #stage(entry: Entry, expected: Entry | undefined, isDelete: boolean): Promise<Entry> {
    this.#overlay.set(entry.key, { revision: entry.revision, entry: isDelete ? undefined : entry });
    return new Promise((resolve, reject) => {
      this.#batch.push({
        change: { entry, deleted: isDelete },
        event: {
          type: isDelete ? "DELETED" : expected === undefined ? "ADDED" : "MODIFIED",
          revision: entry.revision,
          entry,
          previous: expected,
          atMs: this.#clock.now(),
        },
        resolve,
        reject,
      });
      if (this.#isFlushArmed) return;
      this.#isFlushArmed = true;
      setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    this.#isFlushArmed = false;
    // One commit at a time: what is staged meanwhile goes into the next, so batches grow as the disk gets slower.
    if (this.#committing || this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    const appended = this.#backend.append(batch.map(({ change }) => change));
    if (!appended) return this.#commit(batch);
    this.#committing = appended.then(
      () => this.#commit(batch),
      (error: unknown) => this.#refuse(batch, error),
    );
    void this.#committing.finally(() => {
      this.#committing = undefined;
      this.#flush();
    });
  }

  #commit(batch: readonly Staged[]): void {
    this.#committed = batch.at(-1)?.event.revision ?? this.#committed;
    for (const { event } of batch) {
      this.#applyEvent(event);
      const { key } = event.entry;
      if (this.#overlay.get(key)?.revision === event.revision) this.#overlay.delete(key);
    }
    // Acknowledged before told: a writer that watches too must not be told of its write before the answer is on its way.
    for (const staged of batch) staged.resolve(staged.event.entry);
    this.#publish(batch.map((staged) => staged.event));
  }

  /** Nothing of the batch stays, and nothing that was staged upon it: its writers saw what never came to be. */
  #refuse(batch: readonly Staged[], error: unknown): void {
    const all = [...batch, ...this.#batch];
    this.#batch = [];
    this.#overlay.clear();
    for (const staged of all) staged.reject(error);
  }

  #applyEvent(event: StoreEvent): void {
    const collection = this.collection(event.entry.resource);
    if (event.type === "DELETED") collection.delete(event.entry.namespace, event.entry.name);
    else collection.set(event.entry);
    this.#remember(collection, event);
  }

  #remember(collection: Collection, event: StoreEvent): void {
    const { history } = collection;
    history.push(event);
    this.#historyBytes += supersededBytes(event);
    if (history.isOverfull) this.#dropOldest(history);
    while (this.#historyBytes > LIMITS.historyBytesMax && history.length > 1) this.#dropOldest(history);
  }

  #dropOldest(history: Collection["history"]): void {
    const event = history.shift();
    if (event === undefined) return;
    this.#historyBytes -= supersededBytes(event);
    this.#compacted = Math.max(this.#compacted, event.revision);
    if (event.previous !== undefined) this.#removable.push(event.previous.revision);
    if (event.type === "DELETED") this.#removable.push(event.revision);
  }

  #publish(events: readonly StoreEvent[]): void {
    for (const listener of this.#listeners) listener(events);
    for (const [resource, own] of Map.groupBy(events, (event) => event.entry.resource)) {
      for (const subscriber of this.collection(resource).subscribers) subscriber(own);
    }
  }

  #removeRows(): void {
    if (this.#removable.length === 0) return;
    const revisions = this.#removable;
    this.#removable = [];
    // A failure leaves rows that a later start reads and drops again: nothing is lost by it.
    this.#backend.remove(revisions, this.#compacted).catch(() => undefined);
  }

  /** Rebuilds the present, and what history is left, from the log: watches resume across a restart. */
  #load(): void {
    for (const row of this.#backend.load()) {
      const entry = entryOfRow(row);
      const previous = this.collection(entry.resource).get(entry.namespace, entry.name);
      const type = row.deleted ? "DELETED" : previous === undefined ? "ADDED" : "MODIFIED";
      this.#applyEvent({ type, revision: row.revision, entry, previous, atMs: this.#clock.now() });
    }
  }
}

/** Memory that only the history holds: the version before, and for a deletion the last one too. */
function supersededBytes(event: StoreEvent): number {
  return (event.previous?.length ?? 0) + (event.type === "DELETED" ? event.entry.length : 0) + 200;
}

function keyText(key: ObjectKey): string {
  return `${key.resource}/${key.namespace}/${key.name}`;
}

function entryOfRow(row: LogRow): Entry {
  const [group = "", plural = "", namespace = "", ...name] = row.key.split("/");
  return new Entry({
    resource: `${group}/${plural}`,
    namespace,
    name: name.join("/"),
    revision: row.revision,
    version: row.version,
    text: takeApart(row.body),
  });
}
