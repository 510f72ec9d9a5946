/** Limits of the API server; those that mirror kube-apiserver's defaults say so. Units are in the names. */
export const LIMITS = {
  /** Conversions by webhook that one write may need for the versions its managers wrote in. */
  conversionsMax: 50,
  /** Largest request body (kube-apiserver: 3 MiB). */
  requestBytesMax: 3 * 1024 * 1024,
  /** Deepest nesting of a body; deeper ones are refused before they are parsed. */
  nestingMax: 512,
  /** Largest object as stored (etcd's default request limit is 1.5 MiB). */
  objectBytesMax: 1_572_864,
  /** Largest database file (etcd suggests at most 8 GiB); what is in the way of more is told, reads go on. */
  databaseBytesMax: 8 * 1024 * 1024 * 1024,
  /** Requests in flight, long-running ones not counted (kube-apiserver: 400 and 200). */
  readsInFlightMax: 400,
  writesInFlightMax: 200,
  /** A request that is neither a watch nor a log (kube-apiserver: 60 s). */
  requestTimeoutMs: 60_000,
  /** Until a pod behind a proxy takes the connection (Go's default dialer: 30 s). */
  proxyDialTimeoutMs: 30_000,
  /** A watch without timeoutSeconds ends after this, times a random factor of 1 to 2 (kube-apiserver: 1800 s). */
  watchTimeoutMs: 1_800_000,
  /** Bookmarks on a watch that allows them. */
  bookmarkIntervalMs: 60_000,
  /** How long a read waits for a resourceVersion that is not there yet (kube-apiserver: 3 s). */
  freshnessWaitMs: 3_000,
  /** Events kept for one resource, so that a watch can resume. */
  historyEventsMax: 20_000,
  /** Bytes of superseded versions kept over all resources for the same reason. */
  historyBytesMax: 16 * 1024 * 1024,
  /** How long superseded versions are kept (etcd compaction of kube-apiserver: 5 min). */
  historyAgeMs: 300_000,
  /** How often superseded versions are looked at. */
  compactionIntervalMs: 30_000,
  /** Characters of the field sets of managedFields that are kept read; of twice as many at most. */
  fieldSetTextMax: 1024 * 1024,
  /** Changes that follow each other this closely reach a watcher in one write. */
  watchCoalesceMs: 5,
  /** Bytes that may wait in one watcher's socket before it is fed from the history again. */
  watcherBufferBytesMax: 1024 * 1024,
  /** Longest message of a client on a websocket: none has anything to say there. */
  webSocketMessageBytesMax: 64 * 1024,
  /** Operations of one JSON patch (kube-apiserver: 10,000). */
  jsonPatchOperationsMax: 10_000,
  /** Attempts of a read-modify-write that meets other writers. */
  conflictRetriesMax: 5,
  /** Attempts at a free name for generateName (kube-apiserver: 8). */
  generateNameAttemptsMax: 8,
  /** Items of one page that a client did not limit. */
  listItemsMax: 1_000_000,
  /** How long an event is kept after it was last seen (kube-apiserver: --event-ttl 1 h), and how many are kept. */
  eventAgeMs: 3_600_000,
  eventsMax: 20_000,
  eventSweepIntervalMs: 60_000,
  /** How often it is seen whether the serving certificate ends soon. */
  certificateCheckIntervalMs: 21_600_000,
  /** Certificates that were asked for begin this much earlier: clocks differ (kube-controller-manager: 5 min). */
  certificateBackdatedMs: 300_000,
  /** Longest URL path with query. */
  urlBytesMax: 64 * 1024,
} as const;
