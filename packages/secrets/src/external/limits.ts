export const EXTERNAL_LIMITS = {
  /** Bytes of one provider's answer. etcd takes 1.5 MiB; lists are longer. */
  answerBytes: 16 * 1024 * 1024,
  /** Milliseconds one provider call may take. */
  callTimeoutMs: 30_000,
  /** Provider calls of one store that run at the same time. */
  storeConcurrency: 32,
  /** Values kept for sharing, over all stores. */
  cachedReads: 50_000,
  /** Depth of JSON in a value. */
  jsonDepth: 500,
  /** Secrets one find may bring. */
  found: 10_000,
  /** Wait after a store's first failure, doubled with each. */
  outageBackoffMs: 1_000,
  /** Longest wait before a failed store is tried again: recovery takes no longer than this and one read. */
  outageBackoffMaxMs: 10_000,
  /** Retries of one call that a store may ask for, and the wait before each where it does not say. */
  retriesMax: 20,
  retryIntervalMs: 1_000,
  /** Longest wait that a provider may ask for with Retry-After. */
  retryAfterMaxMs: 120_000,
  /** A credential with an end is replaced this long before it. */
  renewBeforeMs: 120_000,
  /** What a generator issued before is kept this long after something newer is in use. */
  issuedGraceMs: 120_000,
  /** Characters of a GeneratorState's name before the part that the server makes up. */
  stateNameCharacters: 240,
  /** Age a value may have to count as fresh for an object that was just made or changed. */
  freshMs: 10_000,
  /** Part of the interval that refreshes are spread over, so that objects of one age do not fire together. */
  jitterShare: 0.05,
  jitterMaxMs: 60_000,
  /** Steps of a path into an object that a template fills, and the highest place in a list on it. */
  targetPathSteps: 64,
  targetListIndex: 10_000,
  /** Characters of a condition's message. */
  messageCharacters: 1_024,
} as const;
