import type { Clock, Logger } from "@fairlead/base";
import type { WorkQueue } from "../queue/types.ts";
import type { Outcome } from "./outcome.ts";

export interface ReconcileContext {
  /** Aborts when the controller stops, or when one reconcile outlives its time limit. */
  readonly signal: AbortSignal;
  /** Carries the controller's name and the key. */
  readonly logger: Logger;
  readonly clock: Clock;
}

export interface ControllerOptions {
  readonly name: string;
  readonly queue: WorkQueue;
  /** Reconciles that run at the same time. Default 4. */
  readonly workers?: number | undefined;
  /** Level-based: the key says what to look at, never what happened. A key is never reconciled twice at the same time. */
  readonly reconcile: (key: string, context: ReconcileContext) => Promise<Outcome>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest one reconcile may take before its signal aborts. Default 10 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Seen after each reconcile: where metrics and status hang on. Must not throw. */
  readonly onOutcome?: ((key: string, outcome: Outcome, durationMs: number) => void) | undefined;
}

/** Counts since the start, for metrics. */
export interface ControllerCounts {
  readonly done: number;
  readonly again: number;
  readonly failed: number;
  readonly stalled: number;
  readonly active: number;
}

export interface Controller {
  readonly name: string;
  /** Works until the signal aborts and every running reconcile has ended. */
  run(signal: AbortSignal): Promise<void>;
  readonly counts: ControllerCounts;
}
