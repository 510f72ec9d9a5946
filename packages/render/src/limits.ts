/** Limits of this package; units are in the names. */
export const RENDER_LIMITS = {
  /** All manifest files of one directory source together, as Argo CD's repo-server has it by default. */
  directoryBytesMax: 10 * 1024 * 1024,
  /** Objects of one source. */
  objectsMax: 20_000,
  /** Depth of List kinds inside each other. */
  listDepthMax: 8,
  /** Manifests of a directory that are read in the main thread: some milliseconds' worth. */
  hereBytesMax: 256 * 1024,
  /** Heap of a render thread. A kustomization of 75,000 lines takes some 200 MiB. */
  threadMemoryMib: 512,
  /** One render in a thread; Argo CD gives its tools 90 s. */
  renderTimeMs: 60_000,
  /** A render that takes longer lets another thread start beside it. */
  slowMs: 1_000,
  /** Threads beyond one for each processor but one, while renders are slow. */
  extraThreads: 2,
  /** A thread without work is ended after so long; starting another costs about a tenth of a second. */
  threadIdleMs: 60_000,
  /** What is sent to a thread in one go, before it asks: directory entries, and bytes of files. */
  sentEntriesMax: 1_000,
  sentBytesMax: 4 * 1024 * 1024,
  /** The objects of one render, packed. */
  resultBytesMax: 64 * 1024 * 1024,
} as const;
