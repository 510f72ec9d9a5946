/** Limits of the client; units are in the names. */
export const KUBE_LIMITS = {
  /** One answer held in memory. The API's own limit for one object is near 3 MiB; a page of 500 may be large. */
  answerBytesMax: 512 * 1024 * 1024,
  /** One line of a watch: an object and its envelope. */
  watchLineBytesMax: 64 * 1024 * 1024,
  /** Bytes of a watch that were received and not yet looked at, before the sender is held back. */
  watchBufferedBytesMax: 4 * 1024 * 1024,
  /** Characters of field sets that were seen and are kept to be shared, in each of two generations. */
  fieldSetTextsMax: 4 * 1024 * 1024,
  listPageSize: 500,
  /** Pages of one list: a bound on a server that always promises another. */
  listPagesMax: 100_000,
  /** Answers of 429 that one call waits out. */
  throttledTriesMax: 8,
  /** Tries of a read whose connection broke. */
  brokenReadTriesMax: 3,
  retryAfterMsMax: 60_000,
  /** What an exec plugin may print. */
  execOutputBytesMax: 1024 * 1024,
  execTimeoutMs: 60_000,
  oidcAnswerBytesMax: 1024 * 1024,
  kubeconfigBytesMax: 16 * 1024 * 1024,
  /** Connections for requests; watches have their own. */
  requestConnections: 8,
  /** The same to a server that is not on this machine, where waiting for the network is what a connection does. */
  remoteRequestConnections: 32,
  /** Time until the first byte of an answer. The server gives up at 60 s. */
  answerTimeoutMs: 65_000,
  connectTimeoutMs: 10_000,
  eventMessageBytesMax: 1024,
  /** Events of one object that are sent at once before the recorder slows down, and how often one more is allowed. */
  eventBurst: 25,
  eventRefillMs: 300_000,
  eventsPendingMax: 1_000,
} as const;
