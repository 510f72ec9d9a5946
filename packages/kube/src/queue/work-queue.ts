import type { Clock } from "@fairlead/base";
import { SteadyTime } from "../steady-time.ts";
import type { Entry } from "./entry.ts";
import { Heap } from "./heap.ts";
import { ReadySet } from "./ready.ts";
import type { AddOptions, WorkQueue, WorkQueueOptions } from "./types.ts";

const BACKOFF_BASE_MS = 200;
const BACKOFF_MAX_MS = 300_000;

interface Due {
  readonly at: number;
  readonly order: number;
  readonly entry: Entry;
}

interface Held {
  readonly priority: number;
  readonly order: number;
  readonly entry: Entry;
}

interface Group {
  active: number;
  /** Entries that had their turn while the group was at its limit. */
  readonly held: Heap<Held>;
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new KeyQueue(options);
}

class KeyQueue implements WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #random: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #retries = new Map<string, number>();
  readonly #ready: ReadySet;
  /** Holds entries that are delayed and, until they come up, entries that were and no longer are. */
  readonly #delayed = new Heap<Due>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  readonly #groups = new Map<string, Group>();
  /** Those that wait for a key, and what makes them give up. */
  #waiting: { readonly give: (key: string | undefined) => void; readonly signal: AbortSignal | undefined }[] = [];
  readonly #heeded = new WeakSet<AbortSignal>();
  #order = 0;
  #delayedCount = 0;
  #heldCount = 0;
  #activeCount = 0;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #isShutDown = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#time = new SteadyTime(options.clock);
    this.#random = options.random ?? Math.random;
    this.#ready = new ReadySet(options.weightOf ?? (() => 1));
  }

  get counts(): { ready: number; delayed: number; held: number; active: number } {
    return {
      ready: this.#ready.size,
      delayed: this.#delayedCount,
      held: this.#heldCount,
      active: this.#activeCount,
    };
  }

  add(key: string, options?: AddOptions): void {
    if (this.#isShutDown) return;
    const priority = options?.priority ?? 0;
    const afterMs = options?.afterMs ?? 0;
    const dueAt = afterMs > 0 ? this.#time.now() + afterMs : 0;
    const entry = this.#entries.get(key) ?? this.#newEntry(key);
    switch (entry.state) {
      case "idle":
        entry.priority = priority;
        this.#schedule(entry, dueAt);
        break;
      case "delayed":
        entry.priority = Math.max(entry.priority, priority);
        if (dueAt < entry.dueAt) this.#reschedule(entry, dueAt);
        break;
      case "ready":
        if (priority > entry.priority) this.#raise(entry, priority);
        break;
      case "held":
        if (priority > entry.priority) {
          // Its place in the group's heap is by the old priority, and is passed over from now on.
          entry.priority = priority;
          this.#waitInGroup(entry);
        }
        break;
      case "active":
        entry.dirtyPriority = entry.isDirty ? Math.max(entry.dirtyPriority, priority) : priority;
        entry.dirtyDueAt = entry.isDirty ? Math.min(entry.dirtyDueAt, dueAt) : dueAt;
        entry.isDirty = true;
        break;
    }
    if (this.#waiting.length > 0) this.#serve();
  }

  addRateLimited(key: string, options?: Pick<AddOptions, "priority">): number {
    const { backoffBaseMs = BACKOFF_BASE_MS, backoffMaxMs = BACKOFF_MAX_MS } = this.#options;
    const retries = this.#retries.get(key) ?? 0;
    this.#retries.set(key, retries + 1);
    const doubled = Math.min(backoffMaxMs, backoffBaseMs * 2 ** Math.min(retries, 40));
    // Between three quarters and the whole, so that keys that failed together do not come back together.
    const afterMs = doubled * (0.75 + this.#random() / 4);
    this.add(key, { ...options, afterMs });
    return afterMs;
  }

  forget(key: string): void {
    this.#retries.delete(key);
  }

  retriesOf(key: string): number {
    return this.#retries.get(key) ?? 0;
  }

  take(): string | undefined {
    if (this.#isShutDown) return undefined;
    for (let entry = this.#ready.take(); entry !== undefined; entry = this.#ready.take()) {
      if (this.#hold(entry)) continue;
      entry.state = "active";
      this.#activeCount++;
      return entry.key;
    }
    return undefined;
  }

  next(signal?: AbortSignal): Promise<string | undefined> {
    if (this.#isShutDown || signal?.aborted) return Promise.resolve(undefined);
    const key = this.take();
    if (key !== undefined) return Promise.resolve(key);
    return new Promise((give) => {
      this.#waiting.push({ give, signal });
      if (signal !== undefined) this.#heed(signal);
    });
  }

  /** One listener a signal, however many wait: each listener is compared with all others when it is added. */
  #heed(signal: AbortSignal): void {
    if (this.#heeded.has(signal)) return;
    this.#heeded.add(signal);
    const giveUp = (): void => {
      const given = this.#waiting.filter((waiting) => waiting.signal === signal);
      this.#waiting = this.#waiting.filter((waiting) => waiting.signal !== signal);
      for (const { give } of given) give(undefined);
    };
    signal.addEventListener("abort", giveUp, { once: true });
  }

  done(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.state !== "active") return;
    this.#activeCount--;
    this.#letGo(entry);
    if (entry.isDirty && !this.#isShutDown) {
      entry.isDirty = false;
      entry.priority = entry.dirtyPriority;
      this.#schedule(entry, entry.dirtyDueAt);
    } else {
      this.#entries.delete(key);
    }
    if (this.#waiting.length > 0) this.#serve();
  }

  remove(key: string): void {
    this.#retries.delete(key);
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    if (entry.state === "active") {
      entry.isDirty = false;
      return;
    }
    if (entry.state === "ready") this.#ready.remove(entry);
    else if (entry.state === "delayed") this.#delayedCount--;
    else if (entry.state === "held") this.#heldCount--;
    // Heaps may still hold the entry; in this state it is passed over there.
    entry.state = "idle";
    this.#entries.delete(key);
  }

  shutDown(): void {
    this.#isShutDown = true;
    this.#timer?.cancel();
    for (const { give } of this.#waiting.splice(0)) give(undefined);
  }

  #newEntry(key: string): Entry {
    const entry: Entry = {
      key,
      share: this.#options.shareOf?.(key) ?? "",
      group: this.#options.groupOf?.(key),
      state: "idle",
      priority: 0,
      dueAt: 0,
      isPaid: false,
      isDirty: false,
      dirtyPriority: 0,
      dirtyDueAt: 0,
      before: undefined,
      after: undefined,
      list: undefined,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #schedule(entry: Entry, dueAt: number): void {
    if (dueAt === 0) {
      entry.state = "ready";
      this.#ready.add(entry);
      return;
    }
    entry.state = "delayed";
    this.#delayedCount++;
    this.#delay(entry, dueAt);
  }

  #reschedule(entry: Entry, dueAt: number): void {
    if (dueAt !== 0) return this.#delay(entry, dueAt);
    this.#delayedCount--;
    this.#schedule(entry, 0);
  }

  #delay(entry: Entry, dueAt: number): void {
    entry.dueAt = dueAt;
    this.#delayed.push({ at: dueAt, order: this.#order++, entry });
    this.#setTimer();
  }

  #raise(entry: Entry, priority: number): void {
    this.#ready.remove(entry);
    entry.priority = priority;
    this.#ready.add(entry);
  }

  /** One timer, for whatever is due first. */
  #setTimer(): void {
    const first = this.#delayed.peek();
    if (first === undefined || (this.#timer !== undefined && this.#timer.at <= first.at)) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(Math.max(0, first.at - this.#time.now()), () => this.#onTimer());
    this.#timer = { at: first.at, cancel };
  }

  #onTimer(): void {
    this.#timer = undefined;
    const now = this.#time.now();
    for (let first = this.#delayed.peek(); first !== undefined && first.at <= now; first = this.#delayed.peek()) {
      this.#delayed.pop();
      const { entry, at } = first;
      if (entry.state !== "delayed" || entry.dueAt !== at) continue;
      this.#delayedCount--;
      this.#schedule(entry, 0);
    }
    this.#setTimer();
    this.#serve();
  }

  /** True when the entry's group is at its limit; then it waits for one of the group to be done. */
  #hold(entry: Entry): boolean {
    const { groupLimit } = this.#options;
    if (entry.group === undefined || groupLimit === undefined) return false;
    let group = this.#groups.get(entry.group);
    if (group === undefined) {
      group = {
        active: 0,
        held: new Heap((a, b) => a.priority > b.priority || (a.priority === b.priority && a.order < b.order)),
      };
      this.#groups.set(entry.group, group);
    }
    if (group.active < groupLimit) {
      group.active++;
      return false;
    }
    entry.state = "held";
    entry.isPaid = true;
    this.#heldCount++;
    this.#waitInGroup(entry);
    return true;
  }

  #waitInGroup(entry: Entry): void {
    const group = this.#groups.get(entry.group ?? "");
    group?.held.push({ order: this.#order++, entry, priority: entry.priority });
  }

  #letGo(entry: Entry): void {
    const group = entry.group === undefined ? undefined : this.#groups.get(entry.group);
    if (entry.group === undefined || group === undefined) return;
    group.active--;
    for (let held = group.held.pop(); held !== undefined; held = group.held.pop()) {
      if (held.entry.state !== "held" || held.entry.priority !== held.priority) continue;
      this.#heldCount--;
      held.entry.state = "ready";
      this.#ready.add(held.entry, true);
      return;
    }
    if (group.active === 0) this.#groups.delete(entry.group);
  }

  /** Hands ready keys to those that wait. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const key = this.take();
      if (key === undefined) return;
      this.#waiting.shift()?.give(key);
    }
  }
}
