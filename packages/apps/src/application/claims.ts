/**
 * Which applications want which object, over all clusters: two that want the same one are told, an object that moves from one
 * application to another is handed over instead of deleted, and nothing is pruned that another application wants.
 */
export class Claims {
  readonly #byObject = new Map<string, Set<string>>();
  readonly #byInstance = new Map<string, ReadonlySet<string>>();

  /** Replaces what the application wants. Returns the other applications whose claims overlap with what changed. */
  set(instance: string, server: string, keys: Iterable<string>): string[] {
    const before = this.#byInstance.get(instance) ?? new Set<string>();
    const after = new Set([...keys].map((key) => `${server} ${key}`));
    const touched = new Set<string>();
    for (const id of before) if (!after.has(id)) this.#drop(id, instance, touched);
    for (const id of after) {
      if (before.has(id)) continue;
      const holders = this.#byObject.get(id) ?? new Set();
      for (const other of holders) touched.add(other);
      holders.add(instance);
      this.#byObject.set(id, holders);
    }
    if (after.size > 0) this.#byInstance.set(instance, after);
    else this.#byInstance.delete(instance);
    touched.delete(instance);
    return [...touched];
  }

  isClaimedBy(server: string, key: string, instance: string): boolean {
    return this.#byObject.get(`${server} ${key}`)?.has(instance) ?? false;
  }

  /** Another application that wants the object; undefined when there is none. */
  otherHolder(server: string, key: string, instance: string): string | undefined {
    for (const holder of this.#byObject.get(`${server} ${key}`) ?? []) if (holder !== instance) return holder;
    return undefined;
  }

  #drop(id: string, instance: string, touched: Set<string>): void {
    const holders = this.#byObject.get(id);
    if (!holders) return;
    holders.delete(instance);
    for (const other of holders) touched.add(other);
    if (holders.size === 0) this.#byObject.delete(id);
  }
}
