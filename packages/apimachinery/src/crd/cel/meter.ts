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

  /** Runs with a budget of cost units; returns the result and what it cost. */
  run<T>(budget: number, evaluate: () => T): { result: T; cost: number } {
    this.#left = budget;
    const result = evaluate();
    return { result, cost: budget - this.#left };
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
  meter.spend(Math.ceil(text.length * UNITS_PER_CHARACTER));
}

export function spendOnList(list: readonly unknown[]): void {
  meter.spend(list.length);
}
