/** Limits of this package; units are in the names. */
export const HELM_LIMITS = {
  /** A chart archive, unpacked; Helm's own limit. */
  archiveBytesMax: 100 * 1024 * 1024,
  /** One file of an archive; Helm's own limit. */
  archiveFileBytesMax: 5 * 1024 * 1024,
  /** Files of one chart, subcharts included. */
  filesMax: 20_000,
  /** Charts inside each other. */
  chartDepthMax: 32,
  /** `a[N]` in --set; Helm's own limit. */
  setIndexMax: 65_536,
  /** Dots and brackets inside each other in --set; Helm's own limit. */
  setNestingMax: 30,
  /** Brackets inside each other in --set. */
  setIndexDepthMax: 1000,
  /** Texts of Chart.yaml and values.yaml whose content is kept decoded; twice as much at most. */
  decodedCharsKept: 2 * 1024 * 1024,
  /** Texts of schemas kept compiled; twice as much at most. */
  schemaBytesKept: 1024 * 1024,
  /** Texts of rendered documents whose head is remembered; twice as much at most. */
  headCharsKept: 2 * 1024 * 1024,
  /** Texts of rendered documents that are kept as objects, where objects are wanted; twice as much at most. */
  documentCharsKept: 2 * 1024 * 1024,
  /** Texts of .helmignore whose rules are kept; twice as much at most. */
  ignoreCharsKept: 256 * 1024,
} as const;
