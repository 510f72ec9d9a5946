export type TokenType =
  | "error"
  | "end"
  | ")"
  | ","
  | "!"
  | "=="
  | "="
  | ">"
  | "identifier"
  | "in"
  | "<"
  | "!="
  | "notin"
  | "(";

export interface Token {
  readonly type: TokenType;
  readonly literal: string;
}

const SYMBOLS: readonly TokenType[] = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"];
const SPECIAL = /[=!(),<>]/;

/** The words of a label selector; the last one is `end`. A zero byte ends the text, as it does for the server's lexer. */
export function lexSelector(input: string): Token[] {
  const zero = input.indexOf("\0");
  const text = zero < 0 ? input : input.slice(0, zero);
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    const char = text.charAt(position);
    if (/[ \t\r\n]/.test(char)) {
      position++;
    } else if (SPECIAL.test(char)) {
      const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, position)) ?? "error";
      tokens.push({ type: symbol, literal: symbol });
      position += symbol.length;
    } else {
      const word = /^[^=!(),<> \t\r\n]+/.exec(text.slice(position))?.[0] ?? char;
      tokens.push({ type: word === "in" || word === "notin" ? word : "identifier", literal: word });
      position += word.length;
    }
  }
  tokens.push({ type: "end", literal: "" });
  return tokens;
}
