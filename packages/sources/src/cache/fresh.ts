import type { Clock } from "@fairlead/base";

interface Entry {
  readonly value: Promise<unknown>;
  readonly atMs: number;
  readonly load: () => Promise<unknown>;
  readonly identity: (value: unknown) => string;
}

/** Entries of one address; more than any repository has charts in use. */
const ENTRIES_MAX = 5000;

/**
 * Answers of hosts, believed for a while: a thousand applications that name one index cost one request. Failures are not kept. What is
 * known about one address can be forgotten, and asked for again to see whether it moved.
 */
export class FreshCache {
  readonly #clock: Clock;
  readonly #freshForMs: number;
  readonly #groups = new Map<string, Map<string, Entry>>();

  constructor(clock: Clock, freshForMs: number) {
    this.#clock = clock;
    this.#freshForMs = freshForMs;
  }

  /** @param identity two values with the same one are the same @throws what `load` throws */
  get<T>(group: string, key: string, load: () => Promise<T>, identity: (value: T) => string): Promise<T> {
    const entries = this.#groups.get(group) ?? new Map<string, Entry>();
    this.#groups.set(group, entries);
    const known = entries.get(key);
    if (known && this.#clock.now() - known.atMs < this.#freshForMs) return known.value as Promise<T>;
    return this.#load(entries, key, load, identity as Entry["identity"]) as Promise<T>;
  }

  forget(group: string): void {
    this.#groups.delete(group);
  }

  /** Asks for everything known about the address again. @returns whether any of it is another now; what fails counts as the same */
  async reload(group: string): Promise<boolean> {
    const entries = this.#groups.get(group);
    if (!entries) return false;
    const all = [...entries];
    // Nothing is fresh before anything is asked again: one load may go by what another brings.
    for (const [key, entry] of all) entries.set(key, { ...entry, atMs: Number.NEGATIVE_INFINITY });
    const moved = await Promise.all(
      all.map(async ([key, { value, load, identity }]) => {
        try {
          const [old, now] = await Promise.all([value, this.get(group, key, load, identity)]);
          return identity(old) !== identity(now);
        } catch {
          return false;
        }
      }),
    );
    return moved.includes(true);
  }

  #load(
    entries: Map<string, Entry>,
    key: string,
    load: () => Promise<unknown>,
    identity: Entry["identity"],
  ): Promise<unknown> {
    const before = entries.get(key);
    const value = load();
    const entry: Entry = { value, atMs: this.#clock.now(), load, identity };
    entries.delete(key);
    entries.set(key, entry);
    const oldest = entries.keys().next().value;
    if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
    value.catch(() => {
      if (entries.get(key) !== entry) return;
      // Watchers compare with what was last known, so a failure does not wipe that out; it only is not fresh.
      if (before) entries.set(key, { ...before, atMs: Number.NEGATIVE_INFINITY });
      else entries.delete(key);
    });
    return value;
  }
}
