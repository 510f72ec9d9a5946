import type { Node } from "./nodes.ts";
import { parseForSpecs } from "./parse-for.ts";
import { parseObject } from "./parse-object.ts";
import { stringLiteral } from "./string-literal.ts";
import type { TokenReader } from "./token-reader.ts";
import { describeToken, isStringToken, type Token } from "./token.ts";

/** The smallest expressions: literals, names, brackets of all kinds. */
export function parseTerminal(reader: TokenReader): Node {
  const token = reader.pop();
  const { begin, end } = token;
  switch (token.kind) {
    case '"{"':
      return parseObject(reader, token);
    case '"["':
      return parseArray(reader, begin);
    case '"("': {
      const inner = reader.expression();
      return { kind: "parens", inner, begin, end: reader.expect('")"').end, context: "" };
    }
    case "NUMBER":
      return { kind: "literal", value: Number(token.data), begin, end, context: "" };
    case "true":
    case "false":
      return { kind: "literal", value: token.kind === "true", begin, end, context: "" };
    case "null":
      return { kind: "literal", value: null, begin, end, context: "" };
    case '"$"':
      return { kind: "dollar", begin, end, context: "" };
    case "self":
      return { kind: "self", begin, end, context: "" };
    case "IDENTIFIER":
      return { kind: "var", name: token.data, begin, end, context: "" };
    case "super":
      return parseSuper(reader, token);
    case "end of file":
      throw reader.fault("Unexpected end of file", token);
    default:
      if (isStringToken(token.kind)) return stringLiteral(reader, token);
      throw reader.fault(`Unexpected: ${describeToken(token)} while parsing terminal`, token);
  }
}

/** The place of `super` is the word alone. */
function parseSuper(reader: TokenReader, token: Token): Node {
  const place = { begin: token.begin, end: token.end, context: "" };
  const open = reader.pop();
  if (open.kind === '"."') {
    const name = reader.expect("IDENTIFIER");
    const index: Node = { kind: "literal", value: name.data, begin: -1, end: -1, context: "" };
    return { kind: "superIndex", index, isDotted: true, ...place };
  }
  if (open.kind !== '"["') throw reader.fault("Expected . or [ after super", token);
  const index = reader.expression();
  reader.expect('"]"');
  return { kind: "superIndex", index, isDotted: false, ...place };
}

function parseArray(reader: TokenReader, begin: number): Node {
  const empty = reader.popIf('"]"');
  if (empty) return { kind: "array", items: [], begin, end: empty.end, context: "" };
  const items = [reader.expression()];
  let isSeparated = reader.popIf('","') !== undefined;
  if (reader.popIf("for")) {
    const { spec, end } = parseForSpecs(reader, '"]"');
    return { kind: "arrayComp", body: items[0] as Node, spec, begin, end, context: "" };
  }
  for (;;) {
    const close = reader.popIf('"]"');
    if (close) return { kind: "array", items, begin, end: close.end, context: "" };
    if (!isSeparated) throw reader.fault("Expected a comma before next array element", reader.next);
    items.push(reader.expression());
    isSeparated = reader.popIf('","') !== undefined;
  }
}
