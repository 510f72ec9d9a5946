/**
 * How one reconcile ended. `done`: nothing more to do until something changes. `again`: look again after a while, which is no
 * failure. `failed`: an error; with `retry` the key comes back with a growing delay. `stalled`: an error that only new input
 * can mend, so the key waits for its next event.
 */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "again"; readonly afterMs: number; readonly why: string }
  | { readonly kind: "failed"; readonly error: Error; readonly retry: boolean }
  | { readonly kind: "stalled"; readonly error: Error };

const DONE: Outcome = { kind: "done" };

export function done(): Outcome {
  return DONE;
}

export function again(afterMs: number, why: string): Outcome {
  return { kind: "again", afterMs, why };
}

export function failed(error: unknown, retry = true): Outcome {
  return { kind: "failed", error: asError(error), retry };
}

export function stalled(error: unknown): Outcome {
  return { kind: "stalled", error: asError(error) };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
