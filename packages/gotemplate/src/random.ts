/** Where random bytes come from. */
export interface RandomSource {
  bytes(count: number): Uint8Array;
  /** True when the same calls give the same bytes: keys are then derived from it, not from the system. */
  readonly isSeeded: boolean;
  /** A source of its own for one place, so that a new call elsewhere does not change what this place gets. */
  fork(label: string): RandomSource;
}
