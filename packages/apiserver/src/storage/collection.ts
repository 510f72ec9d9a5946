import type { Entry } from "./entry.ts";
import { History, type StoreEvent } from "./history.ts";

/** Called once for every batch of changes that was committed together. */
export type Subscriber = (events: readonly StoreEvent[]) => void;

/** All objects of one resource, their recent changes and who watches them. */
export class Collection {
  readonly resource: string;
  readonly history: History;
  readonly subscribers = new Set<Subscriber>();
  readonly #namespaces = new Map<string, Map<string, Entry>>();
  #sorted: readonly Entry[] | undefined;
  #size = 0;

  constructor(resource: string, compacted: number) {
    this.resource = resource;
    this.history = new History(compacted);
  }

  get size(): number {
    return this.#size;
  }

  get(namespace: string, name: string): Entry | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  set(entry: Entry): void {
    let names = this.#namespaces.get(entry.namespace);
    if (names === undefined) {
      names = new Map();
      this.#namespaces.set(entry.namespace, names);
    }
    if (!names.has(entry.name)) this.#size++;
    names.set(entry.name, entry);
    this.#sorted = undefined;
  }

  delete(namespace: string, name: string): void {
    const names = this.#namespaces.get(namespace);
    if (!names?.delete(name)) return;
    this.#size--;
    if (names.size === 0) this.#namespaces.delete(namespace);
    this.#sorted = undefined;
  }

  /** Sorted by namespace and name. The array is shared; nobody changes it. */
  list(namespace?: string): readonly Entry[] {
    if (namespace !== undefined) return sorted([...(this.#namespaces.get(namespace)?.values() ?? [])]);
    this.#sorted ??= sorted(this.all());
    return this.#sorted;
  }

  /** Unsorted. */
  all(): Entry[] {
    const entries: Entry[] = [];
    for (const names of this.#namespaces.values()) for (const entry of names.values()) entries.push(entry);
    return entries;
  }

  /** The list as it was at `revision`; undefined when the history does not reach back so far. */
  listAt(revision: number, namespace?: string): readonly Entry[] | undefined {
    if (revision < this.history.compacted) return undefined;
    if (this.history.nextAfter(revision) === undefined) return this.list(namespace);
    const entries = new Map(this.list(namespace).map((entry) => [entry.sortKey, entry]));
    for (const event of this.history.backTo(revision)) {
      if (namespace !== undefined && event.entry.namespace !== namespace) continue;
      if (event.previous === undefined) entries.delete(event.entry.sortKey);
      else entries.set(event.previous.sortKey, event.previous);
    }
    return sorted([...entries.values()]);
  }
}

function sorted(entries: Entry[]): Entry[] {
  return entries.sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
}

/** By code units: names are ASCII, so this is etcd's byte order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
