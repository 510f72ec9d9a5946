/** A controller that one replica runs, for as long as nothing speaks against it. */
import { sleep, type Clock, type Logger } from "@fairlead/base";
import type { WorkShares } from "./controllers.ts";

export interface RunningController {
  /** Prometheus text; empty while another replica runs it. */
  metrics(): string;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 5_000;

interface OnOneReplicaOptions {
  /** What it looks after, as it is written in the log. */
  readonly what: string;
  /** The name that replicas share it by. */
  readonly share: string;
  readonly shares: WorkShares | undefined;
  /** `off`: it never runs. */
  readonly mode: "auto" | "on" | "off";
  readonly clock: Clock;
  readonly logger: Logger;
  /** Why the controller should not run here now. */
  readonly reasonNotTo: () => Promise<string | undefined>;
  readonly start: (signal: AbortSignal) => RunningController | Promise<RunningController>;
}

/** Looks again every so often, and whenever replicas come or go. */
export function runOnOneReplica(options: OnOneReplicaOptions): RunningController {
  const { what, share, shares, clock, logger } = options;
  const stopping = new AbortController();
  let running: RunningController | undefined;
  let told = "";
  const isOurs = (): boolean => !stopping.signal.aborted && (shares?.owns(share) ?? true);
  const look = async (): Promise<void> => {
    const why = isOurs() ? await options.reasonNotTo() : "another replica runs it";
    if (why !== told && why !== undefined) logger.info(`not looking after ${what}`, { why });
    told = why ?? "";
    if (why === undefined) running ??= await options.start(stopping.signal);
    else {
      const former = running;
      running = undefined;
      await former?.stop();
    }
  };
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!stopping.signal.aborted) logger.warn(`${what} cannot be looked after`, { error: String(error) });
      });
      const waking = new AbortController();
      const undo = shares?.onChange(() => waking.abort());
      await sleep(clock, LOOK_EVERY_MS, AbortSignal.any([stopping.signal, waking.signal]));
      undo?.();
    }
    await running?.stop();
  };
  const ended = options.mode === "off" ? Promise.resolve() : loop();
  return {
    metrics: () => running?.metrics() ?? "",
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
