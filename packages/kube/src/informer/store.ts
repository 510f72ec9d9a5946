import type { KubeObject } from "@fairlead/apimachinery";

export type IndexFunction = (object: KubeObject) => readonly string[];

interface Index {
  readonly values: IndexFunction;
  readonly keys: Map<string, Set<string>>;
}

/** Objects by key, and by whatever values index functions give them. Indexes are kept on each change, never rebuilt. */
export class ObjectStore {
  readonly objects = new Map<string, KubeObject>();
  readonly #indexes = new Map<IndexFunction, Index>();

  set(key: string, object: KubeObject): void {
    const old = this.objects.get(key);
    this.objects.set(key, object);
    for (const index of this.#indexes.values()) {
      if (old !== undefined) unlink(index, key, old);
      link(index, key, object);
    }
  }

  delete(key: string): void {
    const old = this.objects.get(key);
    if (old === undefined) return;
    this.objects.delete(key);
    for (const index of this.#indexes.values()) unlink(index, key, old);
  }

  /** Adds an index over what is there and what will come. */
  addIndex(values: IndexFunction): void {
    if (this.#indexes.has(values)) return;
    const index = { values, keys: new Map<string, Set<string>>() };
    for (const [key, object] of this.objects) link(index, key, object);
    this.#indexes.set(values, index);
  }

  byIndex(values: IndexFunction, value: string): KubeObject[] {
    const keys = this.#indexes.get(values)?.keys.get(value);
    return keys === undefined ? [] : [...keys].flatMap((key) => this.objects.get(key) ?? []);
  }
}

function link(index: Index, key: string, object: KubeObject): void {
  for (const value of index.values(object)) {
    const keys = index.keys.get(value);
    if (keys === undefined) index.keys.set(value, new Set([key]));
    else keys.add(key);
  }
}

function unlink(index: Index, key: string, object: KubeObject): void {
  for (const value of index.values(object)) {
    const keys = index.keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) index.keys.delete(value);
  }
}
