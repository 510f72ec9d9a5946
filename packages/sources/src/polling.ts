import type { Clock } from "@fairlead/base";

/** How often something is looked at when nobody tells us that it moved; may be another answer at each turn. */
export interface Polling {
  /** 0: never. */
  readonly everyMs: number;
  /** Each wait is longer by a random part of this, so that polls spread. */
  readonly jitterMs: number;
}

export const DEFAULT_POLLING: Polling = { everyMs: 120_000, jitterMs: 60_000 };

/** Where polling is off, it is asked so often whether that still holds. */
const OFF_MS = 60_000;

/** Looks again and again until the returned function is called. */
export function startPolling(
  options: { readonly polling: Polling; readonly clock: Clock; readonly random: () => number },
  look: () => void,
): () => void {
  let cancel = (): void => undefined;
  const arm = (): void => {
    const { everyMs, jitterMs } = options.polling;
    const isOff = everyMs <= 0;
    cancel = options.clock.after(isOff ? OFF_MS : everyMs + options.random() * jitterMs, () => {
      arm();
      if (!isOff) look();
    });
  };
  arm();
  return () => cancel();
}
