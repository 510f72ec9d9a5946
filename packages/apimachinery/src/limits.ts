/** Limits of this package. Units are in the names. */
export const LIMITS = {
  /** Nesting of a field set, of a value that is merged, validated, pruned or defaulted. JSON beyond it is refused. */
  fieldDepthMax: 512,
  /** Entries that updates may leave in managedFields before the oldest are put together, as kube-apiserver has it. */
  updateManagersMax: 10,
  /** Operations of one JSON patch (k8s.io/apiserver handlers/patch.go). */
  jsonPatchOperationsMax: 10_000,
  /** What the copy operations of one JSON patch may add up to, in bytes. */
  jsonPatchCopyBytesMax: 3 * 1024 * 1024,
  /** Faults collected for one object; beyond it the rest is cut off. */
  faultsMax: 1000,
  /** Cost units one CEL rule may spend (apiextensions' PerCallLimit). */
  celRuleCostMax: 1_000_000,
  /** Cost units all rules of one object may spend together. */
  celObjectCostMax: 10_000_000,
  /** Cost units one rule of a definition may be estimated at, over all places where it can run (StaticEstimatedCostLimit). */
  celExpressionCostMax: 10_000_000,
  /** The same for all rules of one version's schema together (StaticEstimatedCRDCostLimit). */
  celDefinitionCostMax: 100_000_000,
  /** Characters of a CEL rule. */
  celExpressionLengthMax: 10_000,
  /** Characters matched against a CRD's pattern; longer ones are refused rather than searched. */
  patternInputLengthMax: 100_000,
} as const;
