import type { CelFault } from "./syntax.ts";

export interface Token {
  readonly text: string;
  readonly start: number;
}

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?\x60]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})`;
const RAW = String.raw`(?:[rR][bB]?|[bB][rR])(?:"""[^]*?"""|'''[^]*?'''|"[^"\n\r]*"|'[^'\n\r]*')`;
const PLAIN = String.raw`[bB]?(?:"""(?:${ESCAPE}|[^\\])*?"""|'''(?:${ESCAPE}|[^\\])*?'''|"(?:${ESCAPE}|[^"\\\n\r])*"|'(?:${ESCAPE}|[^'\\\n\r])*')`;
const NUMBER = String.raw`\d*\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|0x[0-9a-fA-F]+[uU]?|\d+[uU]?`;
const NAME = String.raw`[A-Za-z_]\w*|\x60[\w.\-/ ]+\x60`;
const SIGN = String.raw`==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]`;

/** The tokens of the language's grammar, the longest that fits first. */
const TOKEN = new RegExp(`${RAW}|${PLAIN}|${NUMBER}|${NAME}|${SIGN}`, "uy");
const SPACE = /(?:\s|\/\/[^\n]*)+/uy;

/** How far a text goes that begins as a token and is none: up to and with the character at which that shows. */
const BROKEN = new RegExp(
  [
    ...[`"`, `'`].map(
      (quote) =>
        String.raw`${quote}(?:${ESCAPE}|[^${quote}\\\n\r])*(?:\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?)?[^]?`,
    ),
    String.raw`\x60[\w.\-/ ]*[^]?`,
    "[=&|][^]?",
    "[^]",
  ].join("|"),
  "uy",
);

/** What an expression is made of; what is no token is told, and left out as cel-go's lexer leaves it out. */
export function readTokens(text: string): { readonly tokens: readonly Token[]; readonly faults: readonly CelFault[] } {
  const [tokens, faults]: [Token[], CelFault[]] = [[], []];
  let start = 0;
  while (start < text.length) {
    const space = matchAt(SPACE, text, start);
    const token = space === "" ? matchAt(TOKEN, text, start) : "";
    if (token !== "") tokens.push({ text: token, start });
    const broken = space + token === "" ? matchAt(BROKEN, text, start) : "";
    if (broken !== "")
      faults.push({ at: start, message: `Syntax error: token recognition error at: '${shown(broken)}'` });
    start += Math.max(1, space.length + token.length + broken.length);
  }
  return { tokens, faults };
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** A piece of an expression as it stands in a fault. */
export function shown(text: string): string {
  return text.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
}
