import type { Node } from "@fairlead/yaml";

/** Line and column of what a path leads to; of the key, where the last part is one; of the deepest part there is. */
export function positionAt(
  root: Node,
  path: readonly (string | number)[],
): { readonly line: number; readonly column: number } {
  let node = root.kind === "alias" ? root.target : root;
  let at: Node = node;
  for (const part of path) {
    if (node.kind === "sequence" && typeof part === "number") {
      const item = node.items[part];
      if (!item) break;
      at = item;
      node = item.kind === "alias" ? item.target : item;
    } else if (node.kind === "mapping") {
      const pair = node.pairs.find(({ key }) => key.kind === "scalar" && key.value === String(part));
      if (!pair) break;
      at = pair.key;
      node = pair.value.kind === "alias" ? pair.value.target : pair.value;
    } else {
      break;
    }
  }
  return { line: at.line, column: at.column };
}
