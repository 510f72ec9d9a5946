import { JSONNET_LIMITS } from "../limits.ts";
import type { Node } from "./nodes.ts";
import type { Source } from "./source.ts";
import { StaticFault } from "./static-fault.ts";
import { describeToken, type Token, type TokenKind } from "./token.ts";

/** Tokens one after another, and the faults that name them. */
export class TokenReader {
  readonly source: Source;
  readonly #parseExpression: (reader: TokenReader) => Node;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  /** @param parseExpression what the parts of the grammar come back to */
  constructor(source: Source, tokens: readonly Token[], parseExpression: (reader: TokenReader) => Node) {
    this.source = source;
    this.#tokens = tokens;
    this.#parseExpression = parseExpression;
  }

  /** Reads an expression as far as it goes. @throws StaticFault */
  expression(): Node {
    return this.nested(() => this.#parseExpression(this));
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  get afterNext(): Token {
    return (this.#tokens[this.#at + 1] ?? this.#tokens[this.#at]) as Token;
  }

  /** Takes the next token. The last one, the end of the file, can be taken for ever. */
  pop(): Token {
    const token = this.next;
    if (this.#at < this.#tokens.length - 1) this.#at++;
    return token;
  }

  popIf(kind: TokenKind): Token | undefined {
    return this.next.kind === kind ? this.pop() : undefined;
  }

  popOperatorIf(data: string): Token | undefined {
    return this.isOperator(data) ? this.pop() : undefined;
  }

  isOperator(data: string): boolean {
    return this.next.kind === "OPERATOR" && this.next.data === data;
  }

  expect(kind: TokenKind): Token {
    const token = this.pop();
    if (token.kind !== kind) throw this.fault(`Expected token ${kind} but got ${describeToken(token)}`, token);
    return token;
  }

  expectOperator(data: string): Token {
    const token = this.pop();
    if (token.kind === "OPERATOR" && token.data === data) return token;
    throw this.fault(`Expected operator ${data} but got ${describeToken(token)}`, token);
  }

  fault(what: string, at: { readonly begin: number; readonly end: number }): StaticFault {
    return new StaticFault(what, this.source, at.begin, at.end);
  }

  /** Goes one expression deeper for as long as `read` takes. */
  nested<T>(read: () => T): T {
    if (++this.#depth > JSONNET_LIMITS.expressionDepthMax) {
      throw this.fault(`expressions are nested deeper than ${JSONNET_LIMITS.expressionDepthMax} levels`, this.next);
    }
    const result = read();
    this.#depth--;
    return result;
  }
}
