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
  /** One git command that does not bring objects. */
  gitCommandTimeoutMs: 120_000,
  /** One fetch; a repository of some gigabytes takes minutes the first time. A transfer that stands still ends much sooner. */
  gitFetchTimeoutMs: 30 * 60_000,
  /** Git gives a transfer up that stays below 1 KB/s for so long. */
  gitStalledSecondsMax: 30,
  /** To connect by ssh. */
  sshConnectSecondsMax: 15,
  /** Output of one git command. */
  gitOutputBytesMax: 64 * 1024 * 1024,
  /** Submodules inside each other. */
  submoduleDepthMax: 8,
  /** Submodules of one commit, those of submodules included. */
  submodulesMax: 200,
  /** Files in Git LFS of one commit. */
  lfsFilesMax: 2000,
  /** Entries of a commit looked at for files in Git LFS. */
  lfsEntriesMax: 500_000,
  /** One file in Git LFS: no manifest is larger than what a tree lets be read. */
  lfsFileBytesMax: 64 * 1024 * 1024,
  /** All files in Git LFS of one commit; they are held in memory. */
  lfsTotalBytesMax: 256 * 1024 * 1024,
  /** Objects asked for in one request of the LFS batch API; the servers' own limit. */
  lfsBatchMax: 100,

  /** One request: connected, headers there. */
  httpHeadersTimeoutMs: 30_000,
  /** One request, body included. */
  httpTotalTimeoutMs: 180_000,
  httpRedirectsMax: 10,
  /** Connections to one host, so that a slow one holds up nobody else. */
  connectionsPerHostMax: 8,
  /** Answers that are errors, tokens and the like. */
  httpSmallBytesMax: 4 * 1024 * 1024,
  /** After a failure the same host is left alone this long, doubled each time. */
  backoffFirstMs: 1000,
  backoffMax: 60_000,

  /** index.yaml of a chart repository, inflated; Argo CD's limit is 1 GiB, which no index in the wild comes near. */
  chartIndexBytesMax: 128 * 1024 * 1024,
  /** Indexes kept parsed; the others are read again from disk. */
  chartIndexesKeptMax: 64,
  /** A chart or artifact as it comes over the wire. */
  downloadBytesMax: 100 * 1024 * 1024,
  /** … unpacked, all files together. Helm's own limit. */
  archiveBytesMax: 100 * 1024 * 1024,
  archiveFileBytesMax: 32 * 1024 * 1024,
  archiveFilesMax: 20_000,
  /** Unpacked trees kept in memory. */
  treesKeptMax: 32,
  /** What downloads may take on disk before the oldest go. */
  diskCacheBytesMax: 2 * 1024 * 1024 * 1024,
  /** Dependencies of one chart. */
  dependenciesMax: 256,
  /** Dependencies fetched at once. */
  dependenciesAtOnceMax: 4,

  ociManifestBytesMax: 4 * 1024 * 1024,
  ociTagPagesMax: 200,
  ociTagsMax: 100_000,
  ociLayersMax: 10,
} as const;
