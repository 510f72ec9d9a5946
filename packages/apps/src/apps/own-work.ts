import { done, type Outcome } from "@fairlead/kube";
import type { Shares } from "./types.ts";

/**
 * Keeps this replica to its share of the applications. Work on one that has become another's is broken off as by a kill, which
 * every operation survives: the other takes it up from what is written down.
 */
export class OwnWork {
  readonly #shares: Shares | undefined;
  readonly #hooks: OwnWorkHooks;
  readonly #running = new Map<string, AbortController>();
  readonly #undo: (() => void) | undefined;

  constructor(shares: Shares | undefined, hooks: OwnWorkHooks) {
    this.#shares = shares;
    this.#hooks = hooks;
    this.#undo = shares?.onChange(() => this.#onChange(shares));
  }

  /** Does the work with a signal that aborts once it is no longer ours to do; nothing when it is not ours now. */
  async during(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Outcome>): Promise<Outcome> {
    const shares = this.#shares;
    if (!shares) return work(signal);
    if (!shares.owns(key)) return done();
    const lost = new AbortController();
    this.#running.set(key, lost);
    try {
      return await work(AbortSignal.any([signal, lost.signal]));
    } catch (error) {
      if (!lost.signal.aborted) throw error;
      return done();
    } finally {
      this.#running.delete(key);
      if (lost.signal.aborted) this.#hooks.lost(key);
    }
  }

  close(): void {
    this.#undo?.();
  }

  #onChange(shares: Shares): void {
    for (const key of this.#hooks.known()) {
      if (shares.owns(key)) continue;
      const running = this.#running.get(key);
      if (running) running.abort(new Error("it is another replica's now"));
      else this.#hooks.lost(key);
    }
    this.#hooks.gained();
  }
}

export interface OwnWorkHooks {
  /** Applications may have become ours. */
  gained(): void;
  /** Applications of which something is remembered. */
  known(): Iterable<string>;
  /** Nothing that is remembered of the application counts any more. */
  lost(key: string): void;
}
