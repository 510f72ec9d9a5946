import { quoteRune } from "@fairlead/gotemplate";
import type { Source } from "./source.ts";
import { StaticFault } from "./static-fault.ts";
import type { Token } from "./token.ts";

const DIGIT = /^[0-9]$/;

/**
 * A number without a sign. `_` may stand between digits, and is dropped.
 * @throws StaticFault where a part of the number is begun and not finished
 */
export function lexNumber(source: Source, begin: number): Token {
  const { text } = source;
  let at = begin;
  const isDigit = (): boolean => DIGIT.test(text[at] ?? "");
  const demandDigit = (after: string): void => {
    if (isDigit()) return;
    const rune = at < text.length ? (text.codePointAt(at) as number) : -1;
    throw new StaticFault(`Couldn't lex number, junk after ${after}: ${quoteRune(rune, true)}`, source, at);
  };
  const digits = (): void => {
    while (isDigit() || text[at] === "_") {
      const isUnderscore = text[at] === "_";
      at++;
      if (isUnderscore) demandDigit("'_'");
    }
  };
  if (text[at] === "0") {
    at++;
    if (text[at] === "_") throw new StaticFault("Couldn't lex number, _ not allowed after leading 0", source, at);
  } else digits();
  if (text[at] === ".") {
    at++;
    demandDigit("decimal point");
    digits();
  }
  if (text[at] === "e" || text[at] === "E") {
    at++;
    if (text[at] === "+" || text[at] === "-") {
      at++;
      demandDigit("exponent sign");
    } else demandDigit("'E'");
    digits();
  }
  return { kind: "NUMBER", data: text.slice(begin, at).replaceAll("_", ""), begin, end: at };
}
