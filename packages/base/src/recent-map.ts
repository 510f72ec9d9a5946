/**
 * Keeps what was used lately, bounded by what it costs. Two generations: when the young one is full it becomes the old one, and what is
 * used again comes back from there; what is not goes with the old one. No order to keep, and what a caller still needs it makes again.
 */
export class RecentMap<K, V> {
  readonly #costMax: number;
  #young = new Map<K, { readonly value: V; readonly cost: number }>();
  #old: ReadonlyMap<K, { readonly value: V; readonly cost: number }> = new Map();
  #cost = 0;

  /** @param costMax of one generation, so up to twice as much is kept; in whatever unit `set` is told */
  constructor(costMax: number) {
    this.#costMax = costMax;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.value;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old.value, old.cost);
    return old?.value;
  }

  /** What costs more than a quarter of a generation is not kept: it would push out everything else. */
  set(key: K, value: V, cost: number): void {
    if (cost > this.#costMax / 4) return;
    if (this.#cost + cost > this.#costMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#cost = 0;
    }
    this.#cost += cost;
    this.#young.set(key, { value, cost });
  }
}

/** The same text in memory of its own: one cut from a longer text keeps the whole of that alive. */
export function ownText(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
