import { isDeepStrictEqual } from "node:util";
import type { Clock } from "@fairlead/base";
import { EXTERNAL_LIMITS } from "../limits.ts";

interface Entry {
  value: unknown;
  /** When the value was asked for; undefined while the first read runs. */
  readAt: number | undefined;
  running: Promise<unknown> | undefined;
  /** Objects that were given this value. */
  readonly users: Set<string>;
}

/**
 * One provider read for each (store, key, version) an interval, whatever the number of objects: who comes while a read runs waits for
 * it, who comes later gets its value as long as it is young enough. A value that turns out to have changed wakes everyone who has
 * the old one, so sharing makes nobody's Secret older than its own interval.
 */
export class SharedReads {
  readonly #clock: Clock;
  readonly #wake: (user: string) => void;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, wake: (user: string) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** `load` is called at most once at a time for one identity; a failure is given to everyone who waits and then forgotten. */
  async read(identity: string, user: string, maxAgeMs: number, load: () => Promise<unknown>): Promise<unknown> {
    const entry = this.#entryOf(identity);
    const isFresh = entry.readAt !== undefined && this.#clock.now() - entry.readAt < maxAgeMs;
    if (!isFresh) {
      entry.running ??= this.#load(entry, user, load).finally(() => {
        entry.running = undefined;
      });
      await entry.running;
    }
    entry.users.add(user);
    return entry.value;
  }

  /** Drops everything of a store, whose setting changed. */
  forget(prefix: string): void {
    for (const identity of this.#entries.keys()) if (identity.startsWith(prefix)) this.#entries.delete(identity);
  }

  async #load(entry: Entry, user: string, load: () => Promise<unknown>): Promise<void> {
    const askedAt = this.#clock.now();
    const value = await load();
    const isChanged = entry.readAt !== undefined && !isDeepStrictEqual(entry.value, value);
    entry.value = value;
    entry.readAt = askedAt;
    if (!isChanged) return;
    const users = [...entry.users].filter((other) => other !== user);
    entry.users.clear();
    for (const other of users) this.#wake(other);
  }

  #entryOf(identity: string): Entry {
    const known = this.#entries.get(identity);
    // Moved to the end: the map's order is that of use, and the first is the one to drop.
    if (known !== undefined) this.#entries.delete(identity);
    const entry = known ?? { value: undefined, readAt: undefined, running: undefined, users: new Set<string>() };
    this.#entries.set(identity, entry);
    if (this.#entries.size > EXTERNAL_LIMITS.cachedReads) this.#entries.delete(this.#entries.keys().next().value ?? "");
    return entry;
  }
}
