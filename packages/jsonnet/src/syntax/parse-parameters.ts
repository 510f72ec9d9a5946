import type { Param } from "./nodes.ts";
import { describeToken } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";
import { StaticFault } from "./static-fault.ts";

/** Parameters after the `(` that was taken, and the `)`. @param what they are called in an error */
export function parseParameters(reader: TokenReader, what: string): Param[] {
  const params: Param[] = [];
  let isSeparated = true;
  while (!reader.popIf('")"')) {
    const { next } = reader;
    if (!isSeparated) throw reader.fault(`Expected a comma before next ${what}, got ${describeToken(next)}`, next);
    if (next.kind !== "IDENTIFIER") {
      const got = `Expected token IDENTIFIER but got ${describeToken(next)}`;
      throw new StaticFault(`${got} while parsing parameter`, reader.source, next.begin, next.end);
    }
    const name = reader.pop().data;
    const fallback = reader.popOperatorIf("=") ? reader.expression() : undefined;
    params.push({ name, fallback });
    isSeparated = reader.popIf('","') !== undefined;
  }
  return params;
}
