/** Limits of this package; units are in the names. */
export const SOURCE_LIMITS = {
  /** One Git object, inflated. Larger blobs are refused when they are read, not when they are listed. */
  gitObjectBytesMax: 64 * 1024 * 1024,
  /** Links of a delta chain; Git itself writes at most 4,095. */
  deltaDepthMax: 4096,
  /** Inflated objects kept for reuse as delta bases and repeated reads, per repository. */
  objectCacheBytesMax: 16 * 1024 * 1024,
  /** Parsed directory listings kept, per repository. */
  treeCacheEntriesMax: 4096,
  /** One git command on the network. */
  gitCommandTimeoutMs: 120_000,
  /** Output of one git command. */
  gitOutputBytesMax: 64 * 1024 * 1024,
} as const;
