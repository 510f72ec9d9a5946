import { type Clock, problemError } from "@fairlead/base";
import { failed, type Outcome } from "./outcome.ts";
import type { Controller, ControllerCounts, ControllerOptions } from "./types.ts";

const WORKERS = 4;
const TIMEOUT_MS = 600_000;

/**
 * Takes keys from the queue and reconciles them. This is the one place where an outcome becomes the next wake-up, a log line
 * and a count; a reconcile that throws counts as failed and is retried.
 */
export function createController(options: ControllerOptions): Controller {
  return new QueueController(options);
}

class QueueController implements Controller {
  readonly name: string;
  readonly counts: { -readonly [K in keyof ControllerCounts]: number } = {
    done: 0,
    again: 0,
    failed: 0,
    stalled: 0,
    active: 0,
  };
  readonly #options: ControllerOptions;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const workers = Array.from({ length: this.#options.workers ?? WORKERS }, () => this.#work(signal));
    await Promise.all(workers);
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { queue } = this.#options;
    for (let key = await queue.next(signal); key !== undefined; key = await queue.next(signal)) {
      this.counts.active++;
      try {
        await this.#handle(key, signal);
      } finally {
        this.counts.active--;
        queue.done(key);
      }
    }
  }

  async #handle(key: string, signal: AbortSignal): Promise<void> {
    const { clock, onOutcome } = this.#options;
    const startedAt = clock.now();
    const outcome = await this.#reconcile(key, signal);
    // What stopping interrupted is neither a success nor a failure; another replica or the next start takes it up.
    if (signal.aborted && outcome.kind === "failed") return;
    this.counts[outcome.kind]++;
    this.#follow(key, outcome);
    onOutcome?.(key, outcome, clock.now() - startedAt);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { clock, logger, name, timeoutMs = TIMEOUT_MS, reconcile } = this.#options;
    const limit = limitedSignal(clock, signal, timeoutMs, name);
    try {
      return await reconcile(key, { signal: limit.signal, logger: logger.with({ controller: name, key }), clock });
    } catch (error) {
      return failed(limit.signal.aborted && !signal.aborted ? limit.signal.reason : error);
    } finally {
      limit.release();
    }
  }

  #follow(key: string, outcome: Outcome): void {
    const { queue, logger, name: controller } = this.#options;
    switch (outcome.kind) {
      case "done":
        queue.forget(key);
        break;
      case "again":
        queue.forget(key);
        queue.add(key, { afterMs: outcome.afterMs });
        logger.debug("reconcile again", { controller, key, afterMs: outcome.afterMs, why: outcome.why });
        break;
      case "failed": {
        const afterMs = outcome.retry ? Math.round(queue.addRateLimited(key)) : undefined;
        if (!outcome.retry) queue.forget(key);
        logger.warn("reconcile failed", { controller, key, error: outcome.error.message, retryAfterMs: afterMs });
        break;
      }
      case "stalled":
        queue.forget(key);
        logger.warn("reconcile stalled", { controller, key, error: outcome.error.message });
        break;
    }
  }
}

function limitedSignal(
  clock: Clock,
  outer: AbortSignal,
  timeoutMs: number,
  name: string,
): { signal: AbortSignal; release: () => void } {
  const inner = new AbortController();
  const onOuter = (): void => inner.abort(outer.reason);
  if (outer.aborted) onOuter();
  else outer.addEventListener("abort", onOuter, { once: true });
  const cancelTimer = clock.after(timeoutMs, () =>
    inner.abort(problemError("ReconcileTimedOut", `a reconcile of ${name} took longer than ${timeoutMs} ms`)),
  );
  return {
    signal: inner.signal,
    release() {
      cancelTimer();
      outer.removeEventListener("abort", onOuter);
    },
  };
}
