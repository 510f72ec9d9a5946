import type { Clock } from "@fairlead/base";

/**
 * Time that only goes forward, out of a clock that may be set: what the clock goes back is left out, and so is what one step
 * between two readings exceeds `stepMsMax`. Its readings mean nothing but their differences.
 */
export class SteadyTime {
  readonly #clock: Clock;
  readonly #stepMsMax: number;
  #last: number;
  #steady = 0;

  constructor(clock: Clock, stepMsMax = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#stepMsMax = stepMsMax;
    this.#last = clock.now();
  }

  now(): number {
    const now = this.#clock.now();
    this.#steady += Math.min(Math.max(0, now - this.#last), this.#stepMsMax);
    this.#last = now;
    return this.#steady;
  }
}
