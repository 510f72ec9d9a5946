import type { HealthCode, SyncStatusCode } from "../application/types.ts";
import type { DriftField } from "../drift/attribute.ts";

/** What happens to applications, as it happens: for progress on a screen, metrics and notifications. */
export type AppEvent =
  | AppEventOf<
      "rendered",
      { readonly revision: string; readonly why: string; readonly objects: number; readonly durationMs: number }
    >
  | AppEventOf<"syncing", { readonly revision: string; readonly why: string; readonly objects: number }>
  | AppEventOf<"applied", { readonly object: string; readonly changed: boolean }>
  | AppEventOf<"pruned", { readonly object: string }>
  | AppEventOf<"synced", { readonly revision: string; readonly durationMs: number; readonly objects: number }>
  | AppEventOf<"waiting", { readonly message: string }>
  | AppEventOf<"failed", { readonly message: string }>
  | AppEventOf<"status", { readonly sync: SyncStatusCode; readonly health: HealthCode; readonly objects: number }>
  | AppEventOf<
      "drift",
      {
        readonly object: string;
        readonly message: string;
        readonly fields: readonly DriftField[];
        readonly heals: boolean;
      }
    >
  | AppEventOf<"healed", { readonly object: string; readonly durationMs: number }>
  | AppEventOf<"removed", object>;

/** `app` is `namespace/name`; `at` in ms since the epoch. */
type AppEventOf<T extends string, More> = { readonly type: T; readonly app: string; readonly at: number } & More;

export class AppEvents {
  readonly #listeners = new Set<(event: AppEvent) => void>();

  subscribe(listener: (event: AppEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: AppEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
