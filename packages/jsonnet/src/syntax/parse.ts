import { addContext } from "./context.ts";
import { lex } from "./lex.ts";
import type { BinaryOperator, Bind, Node, UnaryOperator } from "./nodes.ts";
import { parseParameters } from "./parse-parameters.ts";
import { parseSuffix, startsSuffix } from "./parse-suffix.ts";
import { parseTerminal } from "./parse-terminal.ts";
import type { Source } from "./source.ts";
import { describeToken, type Token } from "./token.ts";
import { TokenReader } from "./token-reader.ts";

const UNARY: ReadonlySet<string> = new Set<UnaryOperator>(["!", "~", "+", "-"]);
const ANY_PRECEDENCE = 16;

/** The lower, the tighter. */
const BINARY: ReadonlyMap<string, number> = new Map<BinaryOperator, number>([
  ["*", 5],
  ["/", 5],
  ["%", 5],
  ["+", 6],
  ["-", 6],
  ["<<", 7],
  [">>", 7],
  [">", 8],
  [">=", 8],
  ["<", 8],
  ["<=", 8],
  ["in", 8],
  ["==", 9],
  ["!=", 9],
  ["&", 10],
  ["^", 11],
  ["|", 12],
  ["&&", 13],
  ["||", 14],
]);

/** @throws StaticFault for the first fault: what comes after it cannot be told */
export function parse(source: Source): Node {
  const reader = new TokenReader(source, lex(source), (inner) => parseBinary(inner, ANY_PRECEDENCE));
  const node = reader.expression();
  const end = reader.next;
  if (end.kind !== "end of file") throw reader.fault(`Did not expect: ${describeToken(end)}`, end);
  addContext(node, "$", "anonymous");
  return node;
}

function parseBinary(reader: TokenReader, loosest: number): Node {
  const { begin } = reader.next;
  let left = parseOperand(reader);
  for (;;) {
    const found = binaryOperator(reader);
    const precedence = found === undefined ? undefined : BINARY.get(found);
    if (precedence === undefined || precedence > loosest) return left;
    reader.pop();
    if (found === "in" && reader.next.kind === "super") {
      left = { kind: "inSuper", index: left, begin, end: reader.pop().end, context: "" };
      continue;
    }
    const right = parseBinary(reader, precedence - 1);
    left = { kind: "binary", op: found as BinaryOperator, left, right, begin, end: right.end, context: "" };
  }
}

/** The operator that comes next. `:` and `::` end an expression: an assert's message, a computed name, a slice. */
function binaryOperator(reader: TokenReader): string | undefined {
  const { kind, data } = reader.next;
  if (kind === "in") return "in";
  if (kind !== "OPERATOR" || data === ":" || data === "::") return undefined;
  if (!BINARY.has(data)) throw reader.fault(`Not a binary operator: ${data}`, reader.next);
  return data;
}

/** What stands between binary operators: one of the constructs that reach as far as they can, or a value with what is done to it. */
function parseOperand(reader: TokenReader): Node {
  const begin = reader.next;
  const construct = parseConstruct(reader, begin);
  if (construct !== undefined) return construct;
  if (begin.kind === "OPERATOR") {
    if (!UNARY.has(begin.data)) throw reader.fault(`Not a unary operator: ${begin.data}`, begin);
    reader.pop();
    const operand = reader.nested(() => parseOperand(reader));
    const op = begin.data as UnaryOperator;
    return { kind: "unary", op, operand, begin: begin.begin, end: operand.end, context: "" };
  }
  let node = parseTerminal(reader);
  // Every level of precedence looks at the operator that comes next; a wrong one is told before anything else is read.
  for (binaryOperator(reader); startsSuffix(reader.next.kind); binaryOperator(reader)) {
    node = parseSuffix(reader, node, begin.begin);
  }
  return node;
}

function parseConstruct(reader: TokenReader, start: Token): Node | undefined {
  const { begin } = start;
  switch (start.kind) {
    case "assert":
      return parseAssert(reader);
    case "error": {
      reader.pop();
      const message = reader.expression();
      return { kind: "error", message, begin, end: message.end, context: "" };
    }
    case "if":
      return parseIf(reader);
    case "function": {
      reader.pop();
      const open = reader.pop();
      if (open.kind !== '"("') throw reader.fault(`Expected ( but got ${describeToken(open)}`, open);
      const params = parseParameters(reader, "function parameter");
      const body = reader.expression();
      return { kind: "function", params, body, begin, end: body.end, context: "" };
    }
    case "import":
    case "importstr":
    case "importbin":
      return parseImport(reader, start.kind);
    case "local":
      return parseLocal(reader);
    default:
      return undefined;
  }
}

function parseAssert(reader: TokenReader): Node {
  const { begin } = reader.pop();
  const test = reader.expression();
  const message = reader.popOperatorIf(":") ? reader.expression() : undefined;
  reader.expect('";"');
  const rest = reader.expression();
  return { kind: "assert", test, message, rest, begin, end: rest.end, context: "" };
}

function parseIf(reader: TokenReader): Node {
  const { begin } = reader.pop();
  const test = reader.expression();
  reader.expect("then");
  const yes = reader.expression();
  const no = reader.popIf("else") ? reader.expression() : undefined;
  return { kind: "if", test, yes, no, begin, end: (no ?? yes).end, context: "" };
}

function parseImport(reader: TokenReader, kind: "import" | "importstr" | "importbin"): Node {
  const { begin } = reader.pop();
  const isBlock = reader.next.kind === "STRING_BLOCK";
  const path = reader.expression();
  if (path.kind !== "literal" || typeof path.value !== "string") {
    throw reader.fault("Computed imports are not allowed", path);
  }
  if (isBlock) throw reader.fault("Block string literals not allowed in imports", path);
  return { kind, path: path.value, begin, end: path.end, context: "" };
}

function parseLocal(reader: TokenReader): Node {
  const { begin } = reader.pop();
  const binds: Bind[] = [];
  const names = new Set<string>();
  for (;;) {
    const name = reader.expect("IDENTIFIER");
    if (names.has(name.data)) throw reader.fault(`Duplicate local var: ${name.data}`, name);
    names.add(name.data);
    const params = reader.popIf('"("') ? parseParameters(reader, "function parameter") : undefined;
    reader.expectOperator("=");
    const body = reader.expression();
    const place = { begin: name.begin, end: body.end, context: "" };
    binds.push({ name: name.data, value: params ? { kind: "function", params, body, ...place } : body });
    const close = reader.pop();
    if (close.kind === '";"') break;
    if (close.kind !== '","') throw reader.fault(`Expected , or ; but got ${describeToken(close)}`, close);
  }
  const body = reader.expression();
  return { kind: "local", binds, body, begin, end: body.end, context: "" };
}
