/** One benchmark: `bench/src/<name>/bench.ts`, exporting `bench`. It prints rows of what, ours, the peer's, ratio. */
export interface Bench {
  readonly name: string;
  readonly description: string;
  run(context: BenchContext): Promise<readonly BenchRow[]>;
}

export interface BenchContext {
  readonly args: readonly string[];
  say(line: string): void;
}

export interface BenchRow {
  readonly what: string;
  readonly ours: number;
  readonly unit: string;
  /** The peer's figure: from the same run where the peer is installed, else from `facts/peers.md` (say which in `source`). */
  readonly peer?: number | undefined;
  readonly source?: string | undefined;
  /** The figure to reach. */
  readonly target?: { readonly atMost: number } | { readonly atLeast: number } | undefined;
}
