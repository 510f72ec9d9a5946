import { problemError, ProblemError, sleep, type Clock } from "@fairlead/base";
import { EXTERNAL_LIMITS } from "../limits.ts";
import { ProviderBusy } from "../providers/http.ts";
import type { Retry } from "./parse.ts";

/** What a store that cannot be reached says to all but the first: it is tried again after this long. */
export class StoreDown extends ProblemError {
  readonly retryAfterMs: number;

  constructor(cause: Error, retryAfterMs: number) {
    super({ code: "ProviderFailed", message: cause.message });
    this.name = "StoreDown";
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Calls of one store: so many at a time, and while the provider is out, one probe now and then instead of every object's call. Thousands
 * of objects do not keep a provider down that tries to get up, and all go on as soon as one call works.
 */
export class StoreGate {
  readonly #clock: Clock;
  readonly #retry: Retry;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #failures = 0;
  #failure: Error | undefined;
  #openAt = 0;
  #probe: Promise<unknown> | undefined;

  constructor(clock: Clock, retry: Retry = { times: 0, intervalMs: 0 }) {
    this.#clock = clock;
    this.#retry = retry;
  }

  /** @throws StoreDown while the provider is out; what `act` throws otherwise */
  async run<T>(act: () => Promise<T>): Promise<T> {
    if (this.#failure === undefined) return this.#limited(act);
    if (this.#probe === undefined && this.#clock.now() >= this.#openAt) {
      const probe = this.#limited(act);
      this.#probe = probe;
      try {
        return await probe;
      } finally {
        this.#probe = undefined;
      }
    }
    if (this.#probe !== undefined) await this.#probe.catch(() => undefined);
    if (this.#failure === undefined) return this.#limited(act);
    throw new StoreDown(this.#failure, Math.max(1, this.#openAt - this.#clock.now()));
  }

  async #limited<T>(act: () => Promise<T>): Promise<T> {
    if (this.#running >= EXTERNAL_LIMITS.storeConcurrency) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running++;
    try {
      // The provider went away while this call waited for its turn.
      if (this.#failure !== undefined && this.#probe === undefined && this.#clock.now() < this.#openAt)
        throw new StoreDown(this.#failure, this.#openAt - this.#clock.now());
      const value = await this.#retried(act);
      this.#failure = undefined;
      this.#failures = 0;
      return value;
    } catch (error) {
      throw this.#noted(error);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** As spec.retrySettings say; one that says itself how long it wants to be left alone is. */
  async #retried<T>(act: () => Promise<T>): Promise<T> {
    for (let left = this.#retry.times; ; left--) {
      try {
        return await act();
      } catch (error) {
        if (left <= 0 || !isOutage(error) || error instanceof ProviderBusy) throw error;
      }
      await sleep(this.#clock, this.#retry.intervalMs);
    }
  }

  /** Only a provider that fails as such is left alone; one that says no to a key says it to that key. */
  #noted(error: unknown): unknown {
    if (error instanceof StoreDown) return error;
    if (!isOutage(error)) return error;
    const isNew = this.#clock.now() >= this.#openAt;
    this.#failure = error;
    if (isNew) {
      const { outageBackoffMs, outageBackoffMaxMs } = EXTERNAL_LIMITS;
      const backoffMs = Math.min(outageBackoffMaxMs, outageBackoffMs * 2 ** this.#failures++);
      this.#openAt = this.#clock.now() + (error instanceof ProviderBusy ? error.retryAfterMs : backoffMs);
    }
    return new StoreDown(error, Math.max(1, this.#openAt - this.#clock.now()));
  }
}

function isOutage(error: unknown): error is ProblemError {
  return error instanceof ProblemError && error.code === "ProviderFailed";
}

/** Whether a failure is the store's own setting rather than the provider's state. */
export function isSetting(error: unknown): boolean {
  return error instanceof ProblemError && ["InvalidStore", "StoreNotReady", "ProviderRefused"].includes(error.code);
}

export function storeNotReady(kind: string, name: string, why: string): Error {
  return problemError("StoreNotReady", `the desired ${kind} ${name} is not ready: ${why}`);
}
