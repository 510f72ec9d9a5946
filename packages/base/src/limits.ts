/** Limits that hold for every package; a package's own are in its `src/limits.ts`. Units are in the names. */
export const LIMITS = {
  /** One file read from a tree. Larger ones are refused, not truncated. */
  fileBytesMax: 32 * 1024 * 1024,
  /** Symlinks followed while one path is resolved, as Linux has it. */
  symlinksMax: 40,
  /** Directories below each other in one tree. */
  pathDepthMax: 256,
  /** Lists and maps inside each other in a JSON value that is copied. The stack overflows near 3,000 where nothing is compiled yet. */
  jsonDepthMax: 2_000,
} as const;
