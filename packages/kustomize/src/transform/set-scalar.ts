import { isNull, overwriteScalar } from "../node/ops.ts";
import { wrongKind } from "../merge/element.ts";
import type { Visit } from "../fields/visit.ts";
import type { INT, ScalarNode, STR } from "../node/types.ts";

/** Writes a text over the scalar at the end of a path, keeping its style. @throws ProblemError where no scalar stands */
export function setText(text: string, tag: typeof STR | typeof INT | ""): Visit {
  return (node) => {
    const value: ScalarNode = { kind: "scalar", text, tag, quoted: false };
    if (node.kind === "scalar") {
      overwriteScalar(node, value);
      return undefined;
    }
    if (isNull(node)) return value;
    throw wrongKind("ScalarNode", node);
  };
}
