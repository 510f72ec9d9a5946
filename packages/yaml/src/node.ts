/**
 * The tree of a document with everything go.yaml.in/yaml/v3 keeps of the text: order, styles, tags, anchors, comments, positions.
 * Nodes are mutable, so that a tree can be changed and written again.
 */
interface NodeBase {
  /** Short form: `!!str`, `!!int`, `!custom`. Resolved from the text where none was written. */
  tag: string;
  /** Whether the tag was written, so that it is written again. */
  isTagged: boolean;
  /** "" for none. */
  anchor: string;
  /** Comments above, behind, and below; with their `#`, several lines joined by line feeds. "" for none. */
  headComment: string;
  lineComment: string;
  footComment: string;
  /** Both from 1, columns in characters; 0 for a node that was made and not read. Where the anchor or tag begins, if there is one. */
  line: number;
  column: number;
  /** Offset of the first character in UTF-16 units, and the one behind the last; -1 for a node that was made. */
  start: number;
  end: number;
}

/** `plain` stands for "as it comes": the writer still quotes what would not read back. */
export type ScalarStyle = "plain" | "single" | "double" | "literal" | "folded";

export interface Scalar extends NodeBase {
  readonly kind: "scalar";
  value: string;
  style: ScalarStyle;
  /** Where the content itself begins, behind anchor and tag. -1 for a node that was made. */
  contentStart: number;
}

export interface Pair {
  key: Node;
  value: Node;
}

export interface Mapping extends NodeBase {
  readonly kind: "mapping";
  pairs: Pair[];
  isFlow: boolean;
}

export interface Sequence extends NodeBase {
  readonly kind: "sequence";
  items: Node[];
  isFlow: boolean;
}

export interface Alias extends NodeBase {
  readonly kind: "alias";
  name: string;
  target: Node;
}

export type Node = Scalar | Mapping | Sequence | Alias;

export interface YamlDocument {
  content: Node;
  headComment: string;
  lineComment: string;
  footComment: string;
  line: number;
  column: number;
}

function base(tag: string): NodeBase {
  const comments = { headComment: "", lineComment: "", footComment: "" };
  return { tag, isTagged: false, anchor: "", ...comments, line: 0, column: 0, start: -1, end: -1 };
}

/** A new scalar; the tag says what it is (`!!str` unless said otherwise), the style how it is asked to be written. */
export function scalarNode(value: string, tag = "!!str", style: ScalarStyle = "plain"): Scalar {
  return { kind: "scalar", ...base(tag), value, style, contentStart: -1 };
}

export function mappingNode(pairs: Pair[] = []): Mapping {
  return { kind: "mapping", ...base("!!map"), pairs, isFlow: false };
}

export function sequenceNode(items: Node[] = []): Sequence {
  return { kind: "sequence", ...base("!!seq"), items, isFlow: false };
}

/** The value at a key of a mapping; undefined where it has none. The first of two equal keys is found. */
export function valueAt(mapping: Mapping, key: string): Node | undefined {
  return mapping.pairs.find((pair) => pair.key.kind === "scalar" && pair.key.value === key)?.value;
}
