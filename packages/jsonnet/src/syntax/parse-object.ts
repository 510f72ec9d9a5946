import type { Field, Node, Param, Visibility } from "./nodes.ts";
import { parseParameters } from "./parse-parameters.ts";
import { parseForSpecs } from "./parse-for.ts";
import { stringLiteral } from "./string-literal.ts";
import type { TokenReader } from "./token-reader.ts";
import { describeToken, isStringToken, type Token } from "./token.ts";

const VISIBILITIES: readonly Visibility[] = ["inherit", "hidden", "visible"];

/** An object, or a comprehension of one, after the `{` that was taken. */
export function parseObject(reader: TokenReader, open: Token): Node {
  const fields: Field[] = [];
  const names = new Set<string>();
  const locals = new Set<string>();
  let isSeparated = true;
  for (;;) {
    const next = reader.pop();
    if (next.kind === '"}"') return { kind: "object", fields, begin: open.begin, end: next.end, context: "" };
    if (next.kind === "for") return parseObjectComp(reader, open, fields, next);
    if (!isSeparated) throw reader.fault("Expected a comma before next field", next);
    if (next.kind === "local") fields.push(parseObjectLocal(reader, locals));
    else if (next.kind === "assert") fields.push(parseObjectAssert(reader, next));
    else if (next.kind === '"["' || next.kind === "IDENTIFIER" || isStringToken(next.kind)) {
      fields.push(parseField(reader, next, names));
    } else throw reader.fault(`Unexpected: ${describeToken(next)} while parsing field definition`, next);
    isSeparated = reader.popIf('","') !== undefined;
  }
}

function parseObjectComp(reader: TokenReader, open: Token, fields: readonly Field[], at: Token): Node {
  const proper = fields.filter(({ kind }) => kind === "field");
  const [field] = proper;
  if (fields.some(({ kind }) => kind === "assert")) {
    throw reader.fault("Object comprehension cannot have asserts", at);
  }
  if (proper.length !== 1 || field?.kind !== "field") {
    throw reader.fault("Object comprehension can only have one field", at);
  }
  if (field.visibility !== "inherit") throw reader.fault("Object comprehensions cannot have hidden fields", at);
  if (!field.isComputed) throw reader.fault("Object comprehensions can only have [e] fields", at);
  const { spec, end } = parseForSpecs(reader, '"}"');
  return { kind: "objectComp", fields, spec, begin: open.begin, end, context: "" };
}

function parseField(reader: TokenReader, start: Token, names: Set<string>): Field {
  const isComputed = start.kind === '"["';
  const name = fieldName(reader, start);
  const params = reader.popIf('"("') ? parseParameters(reader, "method parameter") : undefined;
  const { isPlus, visibility } = parseAssignment(reader);
  if (isPlus && params) throw reader.fault(`Cannot use +: syntax sugar in a method: ${start.data}`, start);
  if (!isComputed) {
    if (names.has(start.data)) throw reader.fault(`Duplicate field: ${start.data}`, start);
    names.add(start.data);
  }
  const body = reader.expression();
  return { kind: "field", name, isComputed, visibility, isPlus, value: methodOr(params, body) };
}

function fieldName(reader: TokenReader, start: Token): Node {
  if (start.kind === "IDENTIFIER") return { kind: "literal", value: start.data, begin: -1, end: -1, context: "" };
  if (isStringToken(start.kind)) return stringLiteral(reader, start);
  const name = reader.expression();
  reader.expect('"]"');
  return name;
}

/** `f(x): body` is a function that has no place of its own. */
function methodOr(params: readonly Param[] | undefined, body: Node): Node {
  return params === undefined ? body : { kind: "function", params, body, begin: -1, end: -1, context: "" };
}

/** `:`, `::`, `:::`, each with a `+` before it or none. */
function parseAssignment(reader: TokenReader): { isPlus: boolean; visibility: Visibility } {
  const operator = reader.expect("OPERATOR");
  const [, plus, colons] = /^(\+?)(:{1,3})$/.exec(operator.data) ?? [];
  const visibility = VISIBILITIES[(colons ?? "").length - 1];
  if (visibility === undefined) {
    throw reader.fault(`Expected one of :, ::, :::, +:, +::, +:::, got: ${operator.data}`, operator);
  }
  return { isPlus: plus === "+", visibility };
}

function parseObjectLocal(reader: TokenReader, locals: Set<string>): Field {
  const name = reader.expect("IDENTIFIER");
  if (locals.has(name.data)) throw reader.fault(`Duplicate local var: ${name.data}`, name);
  const params = reader.popIf('"("') ? parseParameters(reader, "function parameter") : undefined;
  reader.expectOperator("=");
  const body = reader.expression();
  locals.add(name.data);
  return { kind: "local", name: name.data, value: methodOr(params, body) };
}

function parseObjectAssert(reader: TokenReader, start: Token): Field {
  const test = reader.expression();
  const message = reader.popOperatorIf(":") ? reader.expression() : undefined;
  return { kind: "assert", test, message, begin: start.begin, end: (message ?? test).end };
}
