/** Limits of this package; units are in the names. */
export const RENDER_LIMITS = {
  /** All manifest files of one directory source together, as Argo CD's repo-server has it by default. */
  directoryBytesMax: 10 * 1024 * 1024,
  /** Objects of one source. */
  objectsMax: 20_000,
  /** Depth of List kinds inside each other. */
  listDepthMax: 8,
} as const;
