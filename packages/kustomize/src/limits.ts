/** Limits of one build. Units are in the names. */
export const KUSTOMIZE_LIMITS = {
  /** Kustomizations within kustomizations, remote ones included. */
  nestingMax: 64,
  /** Remote bases and files of one build. */
  remotesMax: 128,
  /** Documents of one build, before they are patched. */
  resourcesMax: 100_000,
  /** Nodes that YAML aliases of one file may expand to: a bomb has billions, honest files some thousands. */
  aliasNodesMax: 2_000_000,
  /** Depth of mappings and sequences in one object. */
  depthMax: 200,
  /** Bytes of source text whose parsed form is kept for the next build. */
  cachedBytesMax: 64 * 1024 * 1024,
  /** Characters of a regular expression in a selector or image name. */
  patternCharsMax: 4096,
} as const;
