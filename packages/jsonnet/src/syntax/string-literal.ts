import type { Node } from "./nodes.ts";
import { StaticFault } from "./static-fault.ts";
import type { TokenReader } from "./token-reader.ts";
import type { Token } from "./token.ts";
import { unescape } from "./unescape.ts";

/** The string that a token stands for. */
export function stringLiteral(reader: TokenReader, token: Token): Node {
  const { begin, end } = token;
  const hasEscapes = token.kind === "STRING_DOUBLE" || token.kind === "STRING_SINGLE";
  const value = hasEscapes
    ? unescape(token.data, (what) => {
        const inner = new StaticFault(what, reader.source, begin, end);
        // go-jsonnet tells the place of these twice.
        return new StaticFault(inner.message, reader.source, begin, end);
      })
    : token.data;
  return { kind: "literal", value, begin, end, context: "" };
}
