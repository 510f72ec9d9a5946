import type { Node } from "./nodes.ts";
import { parseObject } from "./parse-object.ts";
import type { TokenReader } from "./token-reader.ts";
import { describeToken, type TokenKind } from "./token.ts";

export function startsSuffix(kind: TokenKind): boolean {
  return kind === '"."' || kind === '"["' || kind === '"("' || kind === '"{"';
}

/** What is done to a value: a field, an index or slice, a call, an object laid over it. */
export function parseSuffix(reader: TokenReader, target: Node, begin: number): Node {
  const open = reader.pop();
  switch (open.kind) {
    case '"."': {
      const name = reader.expect("IDENTIFIER");
      const index = literal(name.data, name);
      return { kind: "index", target, index, isDotted: true, begin, end: name.end, context: "" };
    }
    case '"["':
      return parseBrackets(reader, target, begin);
    case '"("':
      return parseCall(reader, target, begin);
    default: {
      const right = parseObject(reader, open);
      return { kind: "applyBrace", left: target, right, begin, end: right.end, context: "" };
    }
  }
}

function literal(value: string, { begin, end }: { readonly begin: number; readonly end: number }): Node {
  return { kind: "literal", value, begin, end, context: "" };
}

/** `[i]`, `[from:to:step]` with any of them left out. */
function parseBrackets(reader: TokenReader, target: Node, begin: number): Node {
  const parts: [Node | undefined, Node | undefined, Node | undefined] = [undefined, undefined, undefined];
  let colons = 0;
  let isReady = true;
  let last = reader.next;
  while (colons < 3) {
    const { next } = reader;
    if (next.kind === '"]"') {
      last = reader.pop();
      break;
    }
    if (next.data === ":" || next.data === "::") {
      last = reader.pop();
      colons += next.data.length;
      isReady = true;
    } else if (isReady) {
      parts[colons as 0 | 1 | 2] = reader.expression();
      isReady = false;
    } else throw reader.fault(`Expected token "]" but got ${describeToken(next)}`, next);
  }
  const { end } = last;
  if (colons > 2) throw reader.fault("Invalid slice: too many colons", last);
  const [from, to, step] = parts;
  if (colons > 0) return { kind: "slice", target, from, to, step, begin, end, context: "" };
  if (from === undefined) throw reader.fault("ast.Index requires an expression", last);
  return { kind: "index", target, index: from, isDotted: false, begin, end, context: "" };
}

function parseCall(reader: TokenReader, target: Node, begin: number): Node {
  const args: Node[] = [];
  const named: { name: string; value: Node }[] = [];
  let isSeparated = true;
  let close = reader.popIf('")"');
  while (close === undefined) {
    const { next } = reader;
    if (!isSeparated) {
      throw reader.fault(`Expected a comma before next function argument, got ${describeToken(next)}`, next);
    }
    const isNamed = next.kind === "IDENTIFIER" && reader.afterNext.kind === "OPERATOR" && reader.afterNext.data === "=";
    if (isNamed) {
      reader.pop();
      reader.pop();
      named.push({ name: next.data, value: reader.expression() });
    } else {
      const value = reader.expression();
      if (named.length > 0) throw reader.fault("Positional argument after a named argument is not allowed", next);
      args.push(value);
    }
    isSeparated = reader.popIf('","') !== undefined;
    close = reader.popIf('")"');
  }
  const isTailStrict = reader.popIf("tailstrict") !== undefined;
  return { kind: "apply", target, args, named, isTailStrict, begin, end: close.end, context: "" };
}
