import type { Node, YamlDocument } from "../node.ts";

/**
 * Whether two streams are the same but for one node: structure, values, tags, styles, anchors and comments; positions aside. `changed`
 * is the node of the first stream that may differ, `value` what must stand there in the second.
 */
export function isSameBut(
  before: readonly YamlDocument[],
  after: readonly YamlDocument[],
  changed: Node,
  value: string,
): boolean {
  if (before.length !== after.length) return false;
  return before.every((document, index) => {
    const other = after[index] as YamlDocument;
    return sameComments(document, other) && sameNode(document.content, other.content, changed, value);
  });
}

function sameComments(a: Commented, b: Commented): boolean {
  return a.headComment === b.headComment && a.lineComment === b.lineComment && a.footComment === b.footComment;
}

type Commented = Pick<Node, "headComment" | "lineComment" | "footComment">;

function sameNode(a: Node, b: Node, changed: Node, value: string): boolean {
  if (a === changed) return b.kind === "scalar" && b.value === value && a.anchor === b.anchor && sameComments(a, b);
  if (a.kind !== b.kind || a.tag !== b.tag || a.isTagged !== b.isTagged || a.anchor !== b.anchor) return false;
  if (!sameComments(a, b)) return false;
  switch (a.kind) {
    case "scalar":
      return a.value === (b as typeof a).value && a.style === (b as typeof a).style;
    case "alias":
      return a.name === (b as typeof a).name;
    case "sequence": {
      const { items, isFlow } = b as typeof a;
      if (items.length !== a.items.length || isFlow !== a.isFlow) return false;
      return a.items.every((item, index) => sameNode(item, items[index] as Node, changed, value));
    }
    case "mapping": {
      const { pairs, isFlow } = b as typeof a;
      if (pairs.length !== a.pairs.length || isFlow !== a.isFlow) return false;
      return a.pairs.every((pair, index) => {
        const other = pairs[index] as (typeof pairs)[number];
        return sameNode(pair.key, other.key, changed, value) && sameNode(pair.value, other.value, changed, value);
      });
    }
  }
}
