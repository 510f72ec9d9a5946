import type { ForSpec, Node } from "./nodes.ts";
import type { TokenReader } from "./token-reader.ts";
import { describeToken, type TokenKind } from "./token.ts";

/** `x in xs if … for y in ys …` after the `for` that was taken, and what closes it. */
export function parseForSpecs(reader: TokenReader, close: TokenKind): { spec: ForSpec; end: number } {
  let outer: ForSpec | undefined;
  for (;;) {
    const name = reader.expect("IDENTIFIER").data;
    reader.expect("in");
    const items = reader.expression();
    const conditions: Node[] = [];
    let next = reader.pop();
    for (; next.kind === "if"; next = reader.pop()) conditions.push(reader.expression());
    const spec: ForSpec = { name, items, conditions, outer };
    if (next.kind === close) return { spec, end: next.end };
    if (next.kind !== "for") {
      throw reader.fault(`Expected for, if or ${close} after for clause, got: ${describeToken(next)}`, next);
    }
    outer = spec;
  }
}
