import type { ForSpec, Node } from "./nodes.ts";
import { parseObject } from "./parse-object.ts";
import { parseExpression } from "./parse.ts";
import { StaticFault } from "./static-fault.ts";
import type { TokenReader } from "./token-reader.ts";
import { describeToken, isStringToken, type Token, type TokenKind } from "./token.ts";
import { unescape } from "./unescape.ts";

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
      const inner = parseExpression(reader);
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
  const index = parseExpression(reader);
  reader.expect('"]"');
  return { kind: "superIndex", index, isDotted: false, ...place };
}

function parseArray(reader: TokenReader, begin: number): Node {
  const empty = reader.popIf('"]"');
  if (empty) return { kind: "array", items: [], begin, end: empty.end, context: "" };
  const items = [parseExpression(reader)];
  let isSeparated = reader.popIf('","') !== undefined;
  if (reader.popIf("for")) {
    const { spec, end } = parseForSpecs(reader, '"]"');
    return { kind: "arrayComp", body: items[0] as Node, spec, begin, end, context: "" };
  }
  for (;;) {
    const close = reader.popIf('"]"');
    if (close) return { kind: "array", items, begin, end: close.end, context: "" };
    if (!isSeparated) throw reader.fault("Expected a comma before next array element", reader.next);
    items.push(parseExpression(reader));
    isSeparated = reader.popIf('","') !== undefined;
  }
}

/** `x in xs if … for y in ys …` after the `for` that was taken, and what closes it. */
export function parseForSpecs(reader: TokenReader, close: TokenKind): { spec: ForSpec; end: number } {
  let outer: ForSpec | undefined;
  for (;;) {
    const name = reader.expect("IDENTIFIER").data;
    reader.expect("in");
    const items = parseExpression(reader);
    const conditions: Node[] = [];
    let next = reader.pop();
    for (; next.kind === "if"; next = reader.pop()) conditions.push(parseExpression(reader));
    const spec: ForSpec = { name, items, conditions, outer };
    if (next.kind === close) return { spec, end: next.end };
    if (next.kind !== "for") {
      throw reader.fault(`Expected for, if or ${close} after for clause, got: ${describeToken(next)}`, next);
    }
    outer = spec;
  }
}
