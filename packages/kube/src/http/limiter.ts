import { type Clock, sleep } from "@fairlead/base";
import { KUBE_LIMITS } from "../limits.ts";
import { SteadyTime } from "../steady-time.ts";

/** Calls in flight a lane begins with and never exceeds; the API server's own default for mutating calls is 200. */
const LANE_START = 64;
const LANE_MAX = 200;
/** A burst of 429 is one sign, not many: the limit is halved at most this often. */
const HALVE_EVERY_MS = 1_000;

interface Lane {
  limit: number;
  active: number;
  pausedUntil: number;
  halvedAt: number;
  readonly waiting: (() => void)[];
}

export interface Permit {
  /** `priorityLevel`: the answer's X-Kubernetes-PF-PriorityLevel-UID, which the next calls of this class are counted under. */
  release(outcome: { throttled: boolean; retryAfterMs?: number | undefined; priorityLevel?: string | undefined }): void;
}

/**
 * Adapts to what the server allows: each priority level of API Priority and Fairness has a lane with a number of calls in
 * flight that grows slowly while calls succeed and is halved by a 429. Which lane a class of calls (verb and resource) belongs
 * to is learnt from the answers, so a throttled flood of lists does not slow down leases. Jitter keeps replicas apart.
 */
export class AdaptiveLimiter {
  readonly #clock: Clock;
  readonly #time: SteadyTime;
  readonly #random: () => number;
  readonly #lanes = new Map<string, Lane>();
  readonly #laneOfClass = new Map<string, string>();

  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#time = new SteadyTime(clock);
    this.#random = random;
  }

  /** Waits for a turn. @throws whatever the signal aborts with, through the caller's next step: it only stops waiting. */
  async acquire(callClass: string, signal?: AbortSignal): Promise<Permit> {
    const lane = this.#lane(this.#laneOfClass.get(callClass) ?? "");
    for (;;) {
      const pauseMs = lane.pausedUntil - this.#time.now();
      if (pauseMs > 0) await sleep(this.#clock, pauseMs * (1 + this.#random() / 4), signal);
      else if (lane.active >= Math.floor(lane.limit)) await waitTurn(lane, signal);
      else break;
      if (signal?.aborted) break;
    }
    lane.active++;
    return { release: (outcome) => this.#release(lane, callClass, outcome) };
  }

  #release(lane: Lane, callClass: string, outcome: Parameters<Permit["release"]>[0]): void {
    lane.active--;
    const level = outcome.priorityLevel;
    if (level !== undefined) this.#laneOfClass.set(callClass, level);
    if (outcome.throttled) this.#throttle(level === undefined ? lane : this.#lane(level), outcome.retryAfterMs);
    else lane.limit = Math.min(LANE_MAX, lane.limit + 1 / lane.limit);
    for (let free = Math.floor(lane.limit) - lane.active; free > 0; free--) lane.waiting.shift()?.();
  }

  #throttle(lane: Lane, retryAfterMs = 1_000): void {
    const now = this.#time.now();
    if (now - lane.halvedAt >= HALVE_EVERY_MS) {
      lane.limit = Math.max(1, Math.min(lane.limit, lane.active + 1) / 2);
      lane.halvedAt = now;
    }
    lane.pausedUntil = Math.max(lane.pausedUntil, now + Math.min(retryAfterMs, KUBE_LIMITS.retryAfterMsMax));
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { limit: LANE_START, active: 0, pausedUntil: 0, halvedAt: Number.NEGATIVE_INFINITY, waiting: [] };
      this.#lanes.set(name, lane);
    }
    return lane;
  }
}

function waitTurn(lane: Lane, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      signal?.removeEventListener("abort", giveUp);
      resolve();
    };
    const giveUp = (): void => {
      const index = lane.waiting.indexOf(go);
      if (index >= 0) lane.waiting.splice(index, 1);
      resolve();
    };
    lane.waiting.push(go);
    signal?.addEventListener("abort", giveUp, { once: true });
  });
}
