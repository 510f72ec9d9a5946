import { problemError } from "@fairlead/base";
import type { Alias, Node, Scalar } from "../node.ts";

/** The scalar that a path leads to, and what its surroundings allow. */
export interface Target {
  readonly node: Scalar | Alias;
  readonly isInFlow: boolean;
  /** Column (from 0) of the block collection it is in, -1 at the top: what a block scalar's indentation is counted from. */
  readonly parentIndent: number;
}

/**
 * Follows a path of keys and indices. Aliases are not followed: what stands behind one is shared, so an edit there would change other
 * places too.
 * @throws ProblemError YamlEdit naming the first step that leads nowhere.
 */
export function locate(root: Node, path: readonly (string | number)[]): Target {
  let node = root;
  let isInFlow = false;
  let parentIndent = -1;
  for (let depth = 0; depth < path.length; depth++) {
    const step = path[depth] as string | number;
    const next = stepInto(node, step, path.slice(0, depth + 1));
    if (node.kind === "mapping" || node.kind === "sequence") {
      isInFlow ||= node.isFlow;
      if (!isInFlow) parentIndent = next.column - 1;
    }
    node = next.node;
  }
  if (node.kind === "scalar" || node.kind === "alias") return { node, isInFlow, parentIndent };
  throw failed(path, `there is a ${node.kind}, not a scalar`, node);
}

function stepInto(
  node: Node,
  step: string | number,
  path: readonly (string | number)[],
): { node: Node; column: number } {
  if (node.kind === "mapping") {
    const pair = node.pairs.findLast(({ key }) => key.kind === "scalar" && key.value === String(step));
    if (pair !== undefined) return { node: pair.value, column: pair.key.column };
    throw failed(path, "there is no such key", node);
  }
  if (node.kind === "sequence") {
    const item = typeof step === "number" ? node.items.at(step) : undefined;
    if (item !== undefined) return { node: item, column: node.column };
    throw failed(path, `there is no such item among ${node.items.length}`, node);
  }
  if (node.kind === "alias") {
    const hint = `it is shared with the anchor &${node.name}; edit it there`;
    throw failed(path, `the path leads through the alias *${node.name}`, node, hint);
  }
  throw failed(path, "the path leads through a scalar", node);
}

function failed(path: readonly (string | number)[], reason: string, { line, column }: Node, hint?: string): Error {
  return problemError("YamlEdit", `cannot edit ${path.join(".")}: ${reason}`, { line, column, hint });
}
