import type { Source } from "./source.ts";
import { StaticFault } from "./static-fault.ts";
import type { Token } from "./token.ts";

/** `@"…"`: nothing is an escape, and the quote stands twice for itself. */
export function lexVerbatim(source: Source, begin: number): Token {
  const { text } = source;
  const quote = text[begin + 1];
  if (quote !== '"' && quote !== "'") {
    const code = text.codePointAt(begin + 1) ?? -1;
    throw new StaticFault(`Couldn't lex verbatim string, junk after '@': ${code}`, source, begin);
  }
  let end = begin + 2;
  for (;;) {
    end = text.indexOf(quote, end);
    if (end < 0) throw new StaticFault("Unterminated String", source, begin);
    if (text[end + 1] !== quote) break;
    end += 2;
  }
  const data = text.slice(begin + 2, end).replaceAll(quote + quote, quote);
  const kind = quote === '"' ? "VERBATIM_STRING_DOUBLE" : "VERBATIM_STRING_SINGLE";
  return { kind, data, begin, end: end + 1 };
}

/** `|||`, lines that share the first one's indentation, `|||`. `|||-` drops the last line end. */
export function lexTextBlock(source: Source, begin: number): Token {
  const { text } = source;
  const fault = (what: string): StaticFault => new StaticFault(what, source, begin);
  let at = begin + 3;
  const isChomped = text[at] === "-";
  if (isChomped) at++;
  while (text[at] === " " || text[at] === "\t" || text[at] === "\r") at++;
  if (text[at] !== "\n") throw fault("Text block requires new line after |||.");
  at++;
  let data = "";
  const blankLines = (): void => {
    for (; text[at] === "\n"; at++) data += "\n";
  };
  blankLines();
  const indent = /^[ \t]*/.exec(text.slice(at, at + 4096))?.[0] ?? "";
  if (indent === "") throw fault("Text block's first line must start with whitespace");
  while (text.startsWith(indent, at)) {
    const end = text.indexOf("\n", at);
    if (end < 0) throw fault("Unexpected EOF");
    data += text.slice(at + indent.length, end + 1);
    at = end + 1;
    blankLines();
  }
  while (text[at] === " " || text[at] === "\t") at++;
  if (!text.startsWith("|||", at)) throw fault("Text block not terminated with |||");
  return { kind: "STRING_BLOCK", data: isChomped ? data.slice(0, -1) : data, begin, end: at + 3 };
}
