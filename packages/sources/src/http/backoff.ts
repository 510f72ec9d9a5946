import type { Clock } from "@fairlead/base";
import { SOURCE_LIMITS } from "../limits.ts";

interface Failure {
  readonly error: Error;
  readonly times: number;
  readonly untilMs: number;
}

/**
 * What failed a moment ago is not tried again at once: a host that is down costs one attempt per pause, whatever the number of
 * applications that want it, and each of them is told the last failure without waiting for another.
 */
export class Backoff {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws the last failure while its pause lasts */
  check(key: string): void {
    const known = this.#failures.get(key);
    if (known && this.#clock.now() < known.untilMs) throw known.error;
  }

  /** Remembers how it went. @throws what `action` throws */
  async run<T>(key: string, action: () => Promise<T>, isFailure: (error: unknown) => boolean = () => true): Promise<T> {
    try {
      const value = await action();
      this.#failures.delete(key);
      return value;
    } catch (error) {
      if (error instanceof Error && isFailure(error)) this.#remember(key, error);
      else this.#failures.delete(key);
      throw error;
    }
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  #remember(key: string, error: Error): void {
    const times = (this.#failures.get(key)?.times ?? 0) + 1;
    const pauseMs = Math.min(SOURCE_LIMITS.backoffFirstMs * 2 ** (times - 1), SOURCE_LIMITS.backoffMax);
    this.#failures.set(key, { error, times, untilMs: this.#clock.now() + pauseMs });
  }
}
