/** Units are in the names. */
export const SIMULATOR_LIMITS = {
  /** Deleted objects remembered per kind, against answers that come late. */
  goneRememberedMax: 20_000,
  /** Writes of one decision, and of one kind of work on pods, under way at the same time. */
  writesAtOnceMax: 256,
  /** Between two renewals of a node's lease, a kubelet's --node-lease-renew-interval. */
  heartbeatMs: 10_000,
  /** Simulated nodes. */
  nodesMax: 1_000,
  /** Lines of one log that is asked for. */
  logLinesMax: 100_000,
} as const;
