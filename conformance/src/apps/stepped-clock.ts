import { systemClock, type Clock } from "@fairlead/base";

interface Waiting {
  readonly at: number;
  readonly callback: () => void;
  cancel: () => void;
}

/** The system's clock, set to another time, that can be put forward: what was due meanwhile is called at once, in its order. */
export class SteppedClock implements Clock {
  #aheadMs: number;
  readonly #waiting = new Set<Waiting>();

  constructor(startMs = systemClock.now()) {
    this.#aheadMs = startMs - systemClock.now();
  }

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const entry: Waiting = { at: this.now() + Math.max(0, delayMs), callback, cancel: () => undefined };
    this.#arm(entry);
    return () => this.#drop(entry);
  }

  step(byMs: number): void {
    this.#aheadMs += byMs;
    for (const entry of [...this.#waiting].sort((a, b) => a.at - b.at)) {
      entry.cancel();
      this.#arm(entry);
    }
  }

  #arm(entry: Waiting): void {
    this.#waiting.add(entry);
    entry.cancel = systemClock.after(entry.at - this.now(), () => {
      this.#waiting.delete(entry);
      entry.callback();
    });
  }

  #drop(entry: Waiting): void {
    entry.cancel();
    this.#waiting.delete(entry);
  }
}
