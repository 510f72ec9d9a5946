/** How a requirement relates a key to values. `Exists` and `DoesNotExist` have no values, the comparisons exactly one. */
export type SelectorOperator = "=" | "==" | "!=" | "in" | "notin" | "exists" | "!" | "gt" | "lt";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  /** Sorted and without duplicates when parsed from text, in the written order when from an object. */
  readonly values: readonly string[];
}

/** Every requirement must hold. `nothing` is the selector of an absent object, which matches nothing; an empty one matches all. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[];
  readonly nothing?: boolean;
}

export type Labels = Readonly<Record<string, string>> | undefined;
