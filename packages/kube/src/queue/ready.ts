import { type Entry, EntryList } from "./entry.ts";
import { Heap } from "./heap.ts";

interface Share {
  readonly name: string;
  readonly list: EntryList;
  /** Turns taken, divided by weight: the share that is furthest behind goes next. */
  pass: number;
  isQueued: boolean;
  order: number;
}

interface Level {
  readonly priority: number;
  readonly shares: Map<string, Share>;
  readonly turns: Heap<Share>;
  /** The pass of the last turn: a share that comes back does not get the turns it did not need. */
  virtualTime: number;
}

/** Priorities in use are few; a caller that makes up new ones all the time must not grow the list. */
const LEVELS_KEPT = 16;

/** Entries ready to be taken: highest priority first, shares by weight within a priority, in order within a share. */
export class ReadySet {
  readonly #weightOf: (share: string) => number;
  /** Few, sorted by priority, highest first. */
  readonly #levels: Level[] = [];
  #order = 0;
  #size = 0;

  constructor(weightOf: (share: string) => number) {
    this.#weightOf = weightOf;
  }

  get size(): number {
    return this.#size;
  }

  /** `first`: before those of its share that wait already; for one that had its turn and was held back. */
  add(entry: Entry, first = false): void {
    const level = this.#level(entry.priority);
    const share = shareOf(level, entry.share);
    if (first) share.list.unshift(entry);
    else share.list.push(entry);
    this.#size++;
    if (share.isQueued) return;
    share.isQueued = true;
    share.pass = Math.max(share.pass, level.virtualTime);
    share.order = this.#order++;
    level.turns.push(share);
  }

  remove(entry: Entry): void {
    // Its share keeps its place among the turns and is dropped from there once found empty.
    entry.list?.remove(entry);
    this.#size--;
  }

  take(): Entry | undefined {
    if (this.#size === 0) return undefined;
    for (const level of this.#levels) {
      const entry = this.#takeFrom(level);
      if (entry === undefined) continue;
      if (this.#levels.length > LEVELS_KEPT) this.#forgetEmptyLevels();
      return entry;
    }
    return undefined;
  }

  #takeFrom(level: Level): Entry | undefined {
    for (let share = level.turns.pop(); share !== undefined; share = level.turns.pop()) {
      const entry = share.list.shift();
      if (entry === undefined) {
        share.isQueued = false;
        continue;
      }
      this.#size--;
      level.virtualTime = share.pass;
      if (!entry.isPaid) share.pass += 1 / Math.max(this.#weightOf(share.name), 1e-6);
      entry.isPaid = false;
      share.order = this.#order++;
      if (share.list.isEmpty) share.isQueued = false;
      else level.turns.push(share);
      return entry;
    }
    // Nothing waits at this priority: old passes need not be remembered, and shares that never return cost nothing.
    level.shares.clear();
    level.virtualTime = 0;
    return undefined;
  }

  #forgetEmptyLevels(): void {
    const used = this.#levels.filter((level) => level.turns.size > 0);
    this.#levels.splice(0, this.#levels.length, ...used);
  }

  #level(priority: number): Level {
    const found = this.#levels.find((level) => level.priority === priority);
    if (found !== undefined) return found;
    const turns = new Heap<Share>((a, b) => a.pass < b.pass || (a.pass === b.pass && a.order < b.order));
    const level = { priority, shares: new Map<string, Share>(), turns, virtualTime: 0 };
    this.#levels.push(level);
    this.#levels.sort((a, b) => b.priority - a.priority);
    return level;
  }
}

function shareOf(level: Level, name: string): Share {
  let share = level.shares.get(name);
  if (share === undefined) {
    share = { name, list: new EntryList(), pass: level.virtualTime, isQueued: false, order: 0 };
    level.shares.set(name, share);
  }
  return share;
}
