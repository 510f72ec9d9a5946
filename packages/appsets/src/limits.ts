/** Bounds on what one set may ask for, so that a slip or a hostile host cannot take the process with it. */
export const APPSET_LIMITS = {
  /** Rows of parameters of one set, all generators together. */
  rowsMax: 200_000,
  /** How deep matrix and merge may hold each other. */
  nestingMax: 16,
  /** How often facts are fetched before a generation that always wants more is given up: one round a level of nesting. */
  roundsMax: 20,
  /** A glob of a git generator. */
  globCharsMax: 1024,
  /** Files or directories of one git generator. */
  pathsMax: 100_000,
  /** A parameter file in Git. */
  parameterFileBytesMax: 4 * 1024 * 1024,
  /** Pull requests, repositories or branches a host may list for one generator. */
  listedMax: 10_000,
  /** Pages asked of a host for one list. */
  pagesMax: 200,
  /** One answer of a host. */
  responseBytesMax: 16 * 1024 * 1024,
  /** How long a host may take for one answer. */
  requestTimeoutMs: 30_000,
  /** A wait that a host asks for and that is longer is not sat out but left to the next round. */
  retryAfterMaxMs: 5_000,
  /** A condition's message. */
  messageCharsMax: 4096,
  /** Entries of status.resources; what is left out is counted in status.resourcesCount, as in Argo CD. */
  statusResourcesMax: 5000,
} as const;
