import type { JsonObject } from "@fairlead/base";
import { LIMITS } from "../limits.ts";
import { Reader } from "../reader.ts";
import { parseRetry } from "./parse.ts";
import type { ActiveOperation } from "./state.ts";
import { timeText } from "./times.ts";
import type { Operation, Retry } from "./types.ts";

const NO_RETRY: Retry = { limit: 0, baseMs: LIMITS.retryBaseMs, factor: LIMITS.retryFactor, maxMs: LIMITS.retryMaxMs };

/** An operation at its very beginning. */
export function newOperation(
  operation: Operation,
  startedAt: number,
  now: number,
  kind: Pick<ActiveOperation, "why" | "isHeal" | "isRequested">,
): ActiveOperation {
  return {
    operation,
    startedAt,
    beganAt: Math.min(now, startedAt),
    why: kind.why,
    isHeal: kind.isHeal,
    isRequested: kind.isRequested,
    retry:
      parseRetry(operation.retry as JsonObject | undefined, "operation.retry", new Reader("InvalidApplication", "")) ??
      NO_RETRY,
    id: `${timeText(startedAt)}#0`,
    retryCount: 0,
    phase: "Running",
    message: "",
    results: new Map(),
    wave: "",
    waveStartedAt: startedAt,
    retryAt: undefined,
    desired: undefined,
    revision: "",
    revisions: [],
    isPersisted: false,
    applied: 0,
  };
}
