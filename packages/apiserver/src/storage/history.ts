import { LIMITS } from "../limits.ts";
import type { Entry } from "./entry.ts";
import type { EventType } from "./types.ts";

/** One change of one object, as watchers are told it. */
export interface StoreEvent {
  readonly type: EventType;
  readonly revision: number;
  /** The object after the change; for DELETED its last state with the revision of the deletion. */
  readonly entry: Entry;
  /** The object before the change; undefined for ADDED. */
  readonly previous: Entry | undefined;
  readonly atMs: number;
}

/** The recent changes of one resource, oldest first. Bounded by count here and by bytes and age in the store. */
export class History {
  #events: StoreEvent[] = [];
  #start = 0;
  /** Changes at or below this revision are no longer complete here. */
  compacted: number;

  constructor(compacted: number) {
    this.compacted = compacted;
  }

  get length(): number {
    return this.#events.length - this.#start;
  }

  get oldest(): StoreEvent | undefined {
    return this.#events[this.#start];
  }

  push(event: StoreEvent): void {
    this.#events.push(event);
  }

  get isOverfull(): boolean {
    return this.length > LIMITS.historyEventsMax;
  }

  shift(): StoreEvent | undefined {
    const event = this.#events[this.#start];
    if (event === undefined) return undefined;
    this.#events[this.#start] = undefined as unknown as StoreEvent;
    this.#start++;
    this.compacted = event.revision;
    // Taking from the front one by one would be quadratic; the hole is closed when it is half of the array.
    if (this.#start > 1024 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
    return event;
  }

  /** Changes after `revision`; undefined when some of them are gone already. */
  after(revision: number): Iterable<StoreEvent> | undefined {
    if (revision < this.compacted) return undefined;
    return this.#from(this.#indexAfter(revision));
  }

  /** The next change after `revision`; undefined when there is none. */
  nextAfter(revision: number): StoreEvent | undefined {
    return this.#events[this.#indexAfter(revision)];
  }

  /** Changes after `revision`, newest first. */
  *backTo(revision: number): Generator<StoreEvent> {
    for (let index = this.#events.length - 1; index >= this.#start; index--) {
      const event = this.#events[index] as StoreEvent;
      if (event.revision <= revision) return;
      yield event;
    }
  }

  *#from(index: number): Generator<StoreEvent> {
    for (let i = index; i < this.#events.length; i++) yield this.#events[i] as StoreEvent;
  }

  #indexAfter(revision: number): number {
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle] as StoreEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
