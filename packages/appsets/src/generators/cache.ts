import type { GeneratedApplication, Row } from "../application-set/types.ts";

/** What one generator worked out, by whatever it was worked out from. */
export type Memo = Map<string, unknown>;

/**
 * Rows kept from one generation of a set to the next, so that one changed file costs one file: a row that is the same stays the
 * same object, and what was made of it is found by it. To be thrown away with the spec it belongs to.
 */
export class GeneratorCache {
  readonly #current = new Map<string, Memo>();
  readonly #within = new WeakMap<Row, Map<string, Memo>>();
  readonly #pairs = new WeakMap<Row, WeakMap<Row, Row>>();
  readonly #contexts = new WeakMap<Row, WeakMap<Row, Row>>();
  readonly #applications = new Map<string, WeakMap<Row, GeneratedApplication>>();

  memoFor(path: string, context: Row | undefined): Memo {
    let all = context === undefined ? this.#current : this.#within.get(context);
    if (all === undefined) this.#within.set(context as Row, (all = new Map()));
    let memo = all.get(path);
    if (memo === undefined) all.set(path, (memo = new Map()));
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

  /** Applications by their row; `template` tells apart what they were made with. */
  applicationsOf(template: string): WeakMap<Row, GeneratedApplication> {
    let known = this.#applications.get(template);
    if (known === undefined) this.#applications.set(template, (known = new WeakMap()));
    return known;
  }
}

function keepPair(pairs: WeakMap<Row, WeakMap<Row, Row>>, a: Row, b: Row, combine: () => Row): Row {
  let inner = pairs.get(a);
  if (inner === undefined) pairs.set(a, (inner = new WeakMap()));
  let row = inner.get(b);
  if (row === undefined) inner.set(b, (row = combine()));
  return row;
}
