import { type Clock, type Logger, sleep } from "@fairlead/base";
import { isAlreadyExists, isConflict, isNotFound } from "../http/status.ts";
import {
  LEASE,
  LeaseObserver,
  type LeasePlace,
  leaseTime,
  leaseObject,
  type LeaseSpec,
  leaseSpec,
  type LeaseTimes,
  microTime,
} from "./lease.ts";
import type { SteadyTime } from "../steady-time.ts";

export interface ElectionOptions extends LeasePlace, LeaseTimes {
  /** The Lease's name. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: (() => number) | undefined;
  /**
   * Runs while this process leads. Its signal aborts when the lead is lost, which happens before another may take it; it must
   * then return, and the election goes on.
   */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  readonly onLeader?: ((identity: string) => void) | undefined;
}

const DURATION_MS = 15_000;
const RENEW_MS = 2_000;

/**
 * Takes part in an election until the signal aborts, then gives the lease back so that another need not wait. At most one
 * replica leads at a time, as long as clocks run at the same speed within a third: a leader that could not renew for two
 * thirds of the duration steps down before others may take over.
 */
export async function runElection(options: ElectionOptions, signal: AbortSignal): Promise<void> {
  await new Election(options).run(signal);
}

class Election {
  readonly #it: ElectionOptions;
  readonly #durationMs: number;
  readonly #renewMs: number;
  readonly #time: SteadyTime;
  readonly #observer: LeaseObserver;
  #renewedAt = 0;
  #leader = "";

  constructor(options: ElectionOptions) {
    this.#it = options;
    this.#durationMs = options.durationMs ?? DURATION_MS;
    this.#renewMs = options.renewMs ?? Math.min(RENEW_MS, this.#durationMs / 5);
    this.#time = leaseTime(options.clock, this.#durationMs);
    this.#observer = new LeaseObserver(this.#time);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (await this.#tryOnce(signal)) await this.#lead(signal);
      else await this.#pause(signal);
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { logger, lead, name } = this.#it;
    const leading = new AbortController();
    logger.info("leading", { lease: name });
    const work = lead(leading.signal).catch((error: unknown) => {
      logger.error("the leader's work failed", { lease: name, error: String(error) });
    });
    const over = new AbortController();
    const onStop = (): void => over.abort();
    void work.then(onStop);
    if (signal.aborted) onStop();
    signal.addEventListener("abort", onStop, { once: true, signal: over.signal });
    do await this.#pause(over.signal);
    while (!over.signal.aborted && (await this.#renew(over.signal)));
    leading.abort();
    await work;
    logger.info("no longer leading", { lease: name });
    await this.#release();
  }

  /** False once the lease is somebody else's, or could not be renewed for too long to be sure that it is not. */
  async #renew(signal: AbortSignal): Promise<boolean> {
    const deadline = this.#renewedAt + (this.#durationMs * 2) / 3;
    const attempt = new AbortController();
    // A renewal that hangs must not keep a leader that should have stepped down.
    const cancelTimer = this.#it.clock.after(deadline - this.#time.now(), () => attempt.abort());
    signal.addEventListener("abort", () => attempt.abort(), { once: true, signal: attempt.signal });
    const isRenewed = await this.#tryOnce(attempt.signal);
    cancelTimer();
    attempt.abort();
    if (isRenewed) return true;
    return this.#leader === this.#it.identity && this.#time.now() < deadline;
  }

  /** Takes or renews the lease if that may be done. Never throws. */
  async #tryOnce(signal: AbortSignal): Promise<boolean> {
    const { logger, name } = this.#it;
    const askedAt = this.#time.now();
    try {
      if (!(await this.#acquire(signal))) return false;
      // From before the question: the server may have written at any time since.
      this.#renewedAt = askedAt;
      return true;
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error) || signal.aborted) return false;
      logger.warn("lease could not be renewed", { lease: name, error: String(error) });
      return false;
    }
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { client, name, namespace, identity, clock } = this.#it;
    const found = await client.find(LEASE, name, namespace, { signal });
    const now = microTime(clock.now());
    const seconds = Math.max(1, Math.round(this.#durationMs / 1000));
    const own = { holderIdentity: identity, leaseDurationSeconds: seconds, renewTime: now };
    if (found === undefined) {
      const spec = { ...own, acquireTime: now, leaseTransitions: 0 };
      await client.create(leaseObject(name, namespace, spec), { signal });
      this.#noteLeader(identity);
      return true;
    }
    const spec = leaseSpec(found);
    this.#observer.observe(name, spec);
    const isOurs = spec.holderIdentity === identity;
    if (!isOurs && spec.holderIdentity !== "" && this.#observer.leftMs(name) > 0) {
      this.#noteLeader(spec.holderIdentity);
      return false;
    }
    const next: LeaseSpec = {
      ...own,
      acquireTime: isOurs ? spec.acquireTime : now,
      leaseTransitions: spec.leaseTransitions + (isOurs ? 0 : 1),
    };
    // Carries the version it was read in: of two that try at once, one gets a conflict.
    await client.update({ ...found, spec: { ...next } }, { signal });
    this.#noteLeader(identity);
    return true;
  }

  async #release(): Promise<void> {
    const { client, name, namespace, identity, clock } = this.#it;
    try {
      const found = await client.find(LEASE, name, namespace);
      if (found === undefined || leaseSpec(found).holderIdentity !== identity) return;
      const spec = {
        ...leaseSpec(found),
        holderIdentity: "",
        leaseDurationSeconds: 1,
        renewTime: microTime(clock.now()),
      };
      await client.update({ ...found, spec });
    } catch (error) {
      // It runs out by itself.
      if (!isConflict(error) && !isNotFound(error))
        this.#it.logger.debug("lease not released", { error: String(error) });
    }
  }

  #noteLeader(identity: string): void {
    if (this.#leader === identity) return;
    this.#leader = identity;
    this.#it.onLeader?.(identity);
  }

  #pause(signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random } = this.#it;
    return sleep(clock, this.#renewMs * (1 + random() / 5), signal);
  }
}
