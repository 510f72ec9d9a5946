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
  /** Failed observations (cluster away, source away) are tried again after this, doubled each time up to the maximum. */
  againBaseMs: 1_000,
  againMaxMs: 60_000,
  /** Interned managedFields texts and compiled field sets; objects of one shape share them. */
  internedMax: 20_000,
  /** Days ahead in which the next change of a sync window is looked for. */
  windowSearchDays: 400,
} as const;
