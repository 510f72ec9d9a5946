import type { Row } from "../application-set/types.ts";

/** What one generator worked out, by whatever it was worked out from. */
export type Memo = TurnMap<string, unknown>;

/**
 * Values kept as long as they are asked for: what nobody asked for between two turns is forgotten. Plain maps, since a collector
 * pays for every entry of a WeakMap each time it looks at it.
 */
export class TurnMap<K, V> {
  #before = new Map<K, V>();
  #now = new Map<K, V>();

  get(key: K): V | undefined {
    const known = this.#now.get(key);
    if (known !== undefined) return known;
    const kept = this.#before.get(key);
    if (kept !== undefined) this.#now.set(key, kept);
    return kept;
  }

  set(key: K, value: V): V {
    this.#now.set(key, value);
    return value;
  }

  values(): IterableIterator<V> {
    return this.#now.values();
  }

  turn(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }
}

type Pairs = TurnMap<Row, TurnMap<Row, Row>>;

/**
 * Rows kept from one generation of a set to the next, so that one changed file costs one file: a row that is the same stays the
 * same object, and what was made of it is found by it. To be thrown away with the spec it belongs to.
 */
export class GeneratorCache<Made> {
  readonly #memos = new Map<string, Memo>();
  readonly #within = new TurnMap<Row, Map<string, Memo>>();
  readonly #pairs: Pairs = new TurnMap();
  readonly #contexts: Pairs = new TurnMap();
  readonly #made = new Map<string, TurnMap<Row, Made>>();

  memoFor(path: string, context: Row | undefined): Memo {
    const all =
      context === undefined ? this.#memos : (this.#within.get(context) ?? this.#within.set(context, new Map()));
    let memo = all.get(path);
    if (memo === undefined) all.set(path, (memo = new TurnMap()));
    return memo;
  }

  /** Two rows in one, the same object each time. */
  pair(a: Row, b: Row, combine: () => Row): Row {
    return keepPair(this.#pairs, a, b, combine);
  }

  /** A row within a row around it. */
  within(around: Row, row: Row, combine: () => Row): Row {
    return keepPair(this.#contexts, around, row, combine);
  }

  /** What was made of rows, by them; `path` tells apart what it was made with. */
  madeWith(path: string): TurnMap<Row, Made> {
    let known = this.#made.get(path);
    if (known === undefined) this.#made.set(path, (known = new TurnMap()));
    return known;
  }

  /** After a generation that needed nothing more: what it did not use goes with the next one. */
  turn(): void {
    for (const pairs of [this.#pairs, this.#contexts]) {
      for (const inner of pairs.values()) inner.turn();
      pairs.turn();
    }
    for (const made of this.#made.values()) made.turn();
    for (const memo of this.#memos.values()) memo.turn();
    for (const memos of this.#within.values()) for (const memo of memos.values()) memo.turn();
    this.#within.turn();
  }
}

function keepPair(pairs: Pairs, a: Row, b: Row, combine: () => Row): Row {
  const inner = pairs.get(a) ?? pairs.set(a, new TurnMap());
  return inner.get(b) ?? inner.set(b, combine());
}
