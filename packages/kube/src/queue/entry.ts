/** Where a key is. A key that is `active` and was added again carries `isDirty`. */
type EntryState = "idle" | "ready" | "delayed" | "held" | "active";

export interface Entry {
  readonly key: string;
  readonly share: string;
  readonly group: string | undefined;
  state: EntryState;
  priority: number;
  /** When a delayed entry is due, in the queue's own time. */
  dueAt: number;
  /** Has had its turn and was held back by its group: the next turn is free. */
  isPaid: boolean;
  isDirty: boolean;
  dirtyPriority: number;
  dirtyDueAt: number;
  /** Neighbours in the list of its share, while ready. */
  before: Entry | undefined;
  after: Entry | undefined;
  list: EntryList | undefined;
}

/** A doubly linked list: entries leave from the middle when their priority rises. */
export class EntryList {
  #first: Entry | undefined;
  #last: Entry | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  push(entry: Entry): void {
    entry.list = this;
    entry.before = this.#last;
    entry.after = undefined;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.after = entry;
    this.#last = entry;
  }

  unshift(entry: Entry): void {
    entry.list = this;
    entry.before = undefined;
    entry.after = this.#first;
    if (this.#first === undefined) this.#last = entry;
    else this.#first.before = entry;
    this.#first = entry;
  }

  shift(): Entry | undefined {
    const entry = this.#first;
    if (entry !== undefined) this.remove(entry);
    return entry;
  }

  remove(entry: Entry): void {
    if (entry.before === undefined) this.#first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after === undefined) this.#last = entry.before;
    else entry.after.before = entry.before;
    entry.before = entry.after = entry.list = undefined;
  }
}
