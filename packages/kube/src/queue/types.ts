import type { Clock } from "@fairlead/base";

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** The share (project, tenant) a key is worked on behalf of; shares take turns by weight. Default: all in one. */
  readonly shareOf?: ((key: string) => string) | undefined;
  /** Turns a share gets for one turn of a share with weight 1. Default 1; must be above 0. */
  readonly weightOf?: ((share: string) => number) | undefined;
  /** The group (cluster) a key burdens; at most `groupLimit` keys of a group are worked on at the same time. */
  readonly groupOf?: ((key: string) => string | undefined) | undefined;
  readonly groupLimit?: number | undefined;
  /** Delay of the first retry, doubled with each. Default 200 ms. */
  readonly backoffBaseMs?: number | undefined;
  /** Default 5 minutes. */
  readonly backoffMaxMs?: number | undefined;
  /** 0 ≤ x < 1; spreads retries. Default Math.random. */
  readonly random?: (() => number) | undefined;
}

export interface AddOptions {
  /** Higher goes first. Default 0. The highest of all adds counts while the key waits. */
  readonly priority?: number | undefined;
  /** The shortest of all adds counts while the key waits. */
  readonly afterMs?: number | undefined;
}

/**
 * Keys to work on, each at most once in the queue and never handed out while it is being worked on; an add in the meantime
 * makes it come again after `done`. Within a priority shares take turns by weight, and within a share keys come in order.
 */
export interface WorkQueue {
  add(key: string, options?: AddOptions): void;
  /** Adds the key after its backoff, which grows with each call until `forget`. Returns the delay in ms. */
  addRateLimited(key: string, options?: Pick<AddOptions, "priority">): number;
  /** Resets the key's backoff. */
  forget(key: string): void;
  /** How often the key was added rate limited since it was last forgotten. */
  retriesOf(key: string): number;
  /** The next key that may be worked on; undefined when none is ready. The taker must call `done`. */
  take(): string | undefined;
  /** Waits for a key; undefined once the queue is shut down or the signal aborts. */
  next(signal?: AbortSignal): Promise<string | undefined>;
  done(key: string): void;
  /** Drops a key that waits. One that is being worked on is not interrupted, only not repeated. */
  remove(key: string): void;
  /** No more keys are handed out; those waiting in `next` get undefined. */
  shutDown(): void;
  /** Ready to be taken now, delayed, held back by their group's limit, being worked on. */
  readonly counts: { readonly ready: number; readonly delayed: number; readonly held: number; readonly active: number };
}
