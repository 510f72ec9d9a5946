/**
 * A document between reading and writing. Plain JSON would lose what Kustomize's rules look at: the text of a scalar (an annotation
 * `1.10` stays "1.10"), whether it was quoted (a patch's `5` over a quoted "3" stays quoted), an empty null against a written one,
 * and that one label node can stand in several places at once. Comments, positions and block styles never reach the output.
 */
export type KNode = ScalarNode | MappingNode | SequenceNode;

export interface ScalarNode {
  readonly kind: "scalar";
  text: string;
  /** `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!timestamp`, `!!binary`; "" when the text decides (set by a transformer). */
  tag: string;
  /** Any style but plain: quotes or a block scalar. */
  quoted: boolean;
  /** A folded block scalar, which the real tool cannot write and read back without changing some of them; see refold. */
  isFolded?: true | undefined;
}

export interface MappingNode {
  readonly kind: "mapping";
  readonly fields: Map<string, KNode>;
  /** A key that is not a string, which JSON has no place for; written out only as a fault. */
  badKey?: string | undefined;
}

export interface SequenceNode {
  readonly kind: "sequence";
  items: KNode[];
}

export const STR = "!!str";
export const INT = "!!int";
export const FLOAT = "!!float";
export const BOOL = "!!bool";
export const NULL = "!!null";
export const TIMESTAMP = "!!timestamp";
export const BINARY = "!!binary";
