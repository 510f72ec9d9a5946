/** Thrown out of an evaluation that costs more than it may. */
export class CostExceeded extends Error {
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

/**
 * Counts the steps of evaluations: one for each node that is evaluated, more for functions that go through texts and lists. Rules
 * run one at a time, so one meter serves them all.
 */
class CostMeter {
  #left = 0;

  /** Runs with a budget of cost units; returns the result and what it cost. A run within a run counts for both. */
  run<T>(budget: number, evaluate: () => T): { result: T; cost: number } {
    const outer = this.#left;
    this.#left = budget;
    try {
      const result = evaluate();
      return { result, cost: budget - this.#left };
    } finally {
      this.#left = outer - (budget - this.#left);
    }
  }

  spend(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw new CostExceeded();
  }
}

export const meter = new CostMeter();

/** What one character costs functions that read a whole text. */
const UNITS_PER_CHARACTER = 0.1;

export function spendOnText(text: string): void {
  spendOnCharacters(text.length);
}

export function spendOnCharacters(count: number): void {
  meter.spend(Math.ceil(count * UNITS_PER_CHARACTER));
}

export function spendOnList(list: readonly unknown[]): void {
  meter.spend(list.length);
}

/** What reading a text or going through a list once costs. */
export function lengthWeight(value: unknown): number {
  if (typeof value === "string") return Math.floor(value.length * UNITS_PER_CHARACTER);
  return Array.isArray(value) ? value.length : 0;
}

const weights = new WeakMap<object, number>();

/** What comparing a value with all that is in it costs. Values don't change while rules run, so each is weighed once. */
export function wholeWeight(value: unknown): number {
  if (typeof value !== "object" || value === null) return lengthWeight(value);
  let weight = weights.get(value);
  if (weight === undefined) {
    weight = Object.values(value).reduce<number>((total, item) => total + 1 + wholeWeight(item), 0);
    weights.set(value, weight);
  }
  return weight;
}
