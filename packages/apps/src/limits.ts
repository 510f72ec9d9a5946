/** Limits of the application engine. Units are in the names. */
export const LIMITS = {
  /** History entries kept when spec.revisionHistoryLimit says nothing, as Argo CD keeps. */
  historyDefault: 10,
  /** A wave or hook that is not done by then fails the operation: no sync waits for ever (facts/argocd.md §3.4). */
  waveTimeoutMs: 10 * 60_000,
  /** Automated syncs that say nothing about retries (facts/argocd.md §1.2). */
  retryLimitDefault: 5,
  retryBaseMs: 5_000,
  retryFactor: 2,
  retryMaxMs: 3 * 60_000,
  /** Self-heal: the first at once, then 2 s × 3^n up to this (facts/argocd.md §1.2). */
  healBaseMs: 2_000,
  healFactor: 3,
  healMaxMs: 300_000,
  /** Heals further apart than this start counting anew. */
  healQuietMs: 600_000,
  /** Objects applied or deleted at the same time for one application. */
  parallelTasks: 8,
  /** Reconciles at the same time in one process, and of applications on one cluster. */
  workers: 24,
  workersPerCluster: 16,
  /** Comparison and revision polling when a source cannot tell us that it moved; jitter is added so that polls spread. */
  pollMs: 120_000,
  pollJitterMs: 60_000,
  /** A webhook's body (Argo CD: 50 MB). */
  webhookBytesMax: 50 * 1024 * 1024,
  /** How long the sender of a webhook may take. */
  webhookTimeMs: 30_000,
  /** Longest message in a condition, an event or a resource result, in characters. */
  messageChars: 2_000,
  /** Fields named one by one in a drift message; the others are counted. */
  driftFieldsNamed: 5,
  /** Characters of a value shown in a drift message. */
  driftValueChars: 64,
  /** Entries of status.resources; more would outgrow what etcd takes (1.5 MB an object). The rest is counted in a condition. */
  statusResourcesMax: 4_000,
  /** Above so many objects their health is not written one by one, for the same reason. */
  resourceHealthMax: 1_000,
  /** Entries of a sync result: failures first, then what was changed. */
  syncResultsMax: 500,
  /** Images listed in status.summary. */
  summaryImagesMax: 100,
  /** A source that does not answer within this time is waited for without a worker. */
  sourceWaitMs: 1_000,
  /** One that is late by so much is told in a condition. */
  sourceLateMs: 10_000,
  /** Events wait for syncs at most so long, are looked after so often, and go in groups of so many; beyond so many none is kept. */
  eventDelayMs: 15_000,
  eventLookMs: 250,
  eventsAtOnce: 100,
  eventsWaitingMax: 20_000,
  /** Failed observations (cluster away, source away) are tried again after this, doubled each time up to the maximum. */
  againBaseMs: 1_000,
  againMaxMs: 60_000,
  /** Interned managedFields texts and compiled field sets; objects of one shape share them. */
  internedMax: 20_000,
  /** jq expressions of ignoreDifferences: one evaluation (Argo CD's limit is a second, too), and a little more for each object of a batch. */
  jqTimeMs: 1_000,
  jqStartMs: 15_000,
  jqTimePerObjectMs: 50,
  jqBatch: 50,
  jqExpressionChars: 10_000,
  jqPathsMax: 10_000,
  jqOutputChars: 8_000_000,
  jqMemoryBytes: 256 * 1024 * 1024,
  /** Checked expressions that are remembered. */
  jqProgramsMax: 5_000,
  /** An expression that took too long is not tried again for so long. */
  jqFailureMs: 60_000,
  /** Config management plugins: what is checked out for one, and what one command may take (Argo CD: 100 MB streamed, 90 s). */
  pluginTreeBytes: 100 * 1024 * 1024,
  pluginTreeFiles: 50_000,
  pluginTimeMs: 90_000,
  pluginMemoryBytes: 4 * 1024 * 1024 * 1024,
  pluginOutputBytes: 10 * 1024 * 1024,
  /** One run of gpg. */
  gpgTimeMs: 10_000,
  gpgOutputChars: 100_000,
  /** The thread ends when nobody asked for so long. */
  jqIdleMs: 60_000,
} as const;
