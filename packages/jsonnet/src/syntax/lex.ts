import { quoteRune } from "@fairlead/gotemplate";
import { JSONNET_LIMITS } from "../limits.ts";
import { lexNumber } from "./lex-number.ts";
import { lexTextBlock, lexVerbatim } from "./lex-string.ts";
import type { Source } from "./source.ts";
import { StaticFault } from "./static-fault.ts";
import { KEYWORDS, type Token, type TokenKind } from "./token.ts";

const SPACE = /[ \t\r\n]*/y;
const LINE = /[^\n]*/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const SYMBOLS = new Set("!$:~+-&|^=<>*/%");
const BREAK = /^(?:\/\/|\/\*|\|\|\|)/;
/** What an operator may not end with, unless it is all there is. */
const NOT_LAST = new Set("+-~!$");
const PUNCTUATION = new Set("{}[],.();");

/** @throws StaticFault */
export function lex(source: Source): Token[] {
  const { text } = source;
  if (text.length > JSONNET_LIMITS.sourceCharsMax) {
    throw new StaticFault(`text is longer than ${JSONNET_LIMITS.sourceCharsMax} characters`, source, 0);
  }
  const tokens: Token[] = [];
  let run: SymbolRun = { end: 0, last: 0 };
  let at = skip(SPACE, text, 0);
  while (at < text.length) {
    const comment = skipComment(source, at);
    if (comment !== undefined) {
      at = skip(SPACE, text, comment);
      continue;
    }
    const token = isSymbol(text, at)
      ? operator(text, at, (run = at < run.end ? run : symbolRun(text, at)))
      : nextToken(source, at);
    tokens.push(token);
    at = skip(SPACE, text, token.end);
  }
  tokens.push({ kind: "end of file", data: "", begin: text.length, end: text.length });
  return tokens;
}

function isSymbol(text: string, at: number): boolean {
  return SYMBOLS.has(text[at] as string) && !text.startsWith("|||", at);
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

/** Where the comment that begins here ends; undefined where none does. */
function skipComment(source: Source, at: number): number | undefined {
  const { text } = source;
  if (text[at] === "#" || text.startsWith("//", at)) return skip(LINE, text, at);
  if (!text.startsWith("/*", at)) return undefined;
  const end = text.indexOf("*/", at + 2);
  if (end < 0) throw new StaticFault("Multi-line comment has no terminating */", source, at);
  return end + 2;
}

function nextToken(source: Source, at: number): Token {
  const { text } = source;
  const char = text[at] as string;
  if (PUNCTUATION.has(char)) return { kind: `"${char}"` as TokenKind, data: char, begin: at, end: at + 1 };
  if (char >= "0" && char <= "9") return lexNumber(source, at);
  if (char === '"' || char === "'") return quoted(source, at, char);
  if (char === "@") return lexVerbatim(source, at);
  const end = skip(IDENTIFIER, text, at);
  if (end > at) {
    const data = text.slice(at, end);
    return { kind: KEYWORDS.has(data) ? (data as TokenKind) : "IDENTIFIER", data, begin: at, end };
  }
  if (text.startsWith("|||", at)) return lexTextBlock(source, at);
  throw new StaticFault(`Could not lex the character ${quoteRune(text.codePointAt(at) as number, true)}`, source, at);
}

/** A string with escapes: they are looked at later, here a backslash only guards the character after it. */
function quoted(source: Source, at: number, quote: string): Token {
  const { text } = source;
  for (let next = at + 1; next < text.length; next++) {
    if (text[next] === "\\") next++;
    else if (text[next] === quote) {
      const kind = quote === '"' ? "STRING_DOUBLE" : "STRING_SINGLE";
      return { kind, data: text.slice(at + 1, next), begin: at, end: next + 1 };
    }
  }
  throw new StaticFault("Unterminated String", source, at);
}

/** Symbols in a row: where they end (a comment or a text block ends them), and the last one that an operator may end with. */
interface SymbolRun {
  readonly end: number;
  readonly last: number;
}

function symbolRun(text: string, at: number): SymbolRun {
  let end = at + 1;
  while (SYMBOLS.has(text[end] ?? "") && !BREAK.test(text.slice(end, end + 3))) end++;
  let last = end - 1;
  while (last >= at && NOT_LAST.has(text[last] as string)) last--;
  return { end, last };
}

/** An operator is as long as the symbols go; the run is found once for all operators in it. */
function operator(text: string, at: number, { last }: SymbolRun): Token {
  const end = last > at ? last + 1 : at + 1;
  const data = text.slice(at, end);
  return { kind: data === "$" ? '"$"' : "OPERATOR", data, begin: at, end };
}
