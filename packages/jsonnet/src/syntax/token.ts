/** Kinds of tokens, in the words that errors use for them. */
export type TokenKind =
  | '"{"'
  | '"}"'
  | '"["'
  | '"]"'
  | '","'
  | '"$"'
  | '"."'
  | '"("'
  | '")"'
  | '";"'
  | "IDENTIFIER"
  | "NUMBER"
  | "OPERATOR"
  | "STRING_BLOCK"
  | "STRING_DOUBLE"
  | "STRING_SINGLE"
  | "VERBATIM_STRING_DOUBLE"
  | "VERBATIM_STRING_SINGLE"
  | Keyword
  | "end of file";

export type Keyword = (typeof KEYWORD_LIST)[number];

const KEYWORD_LIST = [
  "assert",
  "else",
  "error",
  "false",
  "for",
  "function",
  "if",
  "import",
  "importstr",
  "importbin",
  "in",
  "local",
  "null",
  "self",
  "super",
  "tailstrict",
  "then",
  "true",
] as const;

export const KEYWORDS: ReadonlySet<string> = new Set(KEYWORD_LIST);

export interface Token {
  readonly kind: TokenKind;
  /** The text it stands for: quotes are gone, escapes are not. */
  readonly data: string;
  readonly begin: number;
  readonly end: number;
}

export function isStringToken(kind: TokenKind): boolean {
  return kind.endsWith("STRING_DOUBLE") || kind.endsWith("STRING_SINGLE") || kind === "STRING_BLOCK";
}

/** A token as an error names it. */
export function describeToken({ kind, data }: Token): string {
  if (data === "") return kind;
  const hasContent = kind === "IDENTIFIER" || kind === "NUMBER" || kind === "OPERATOR" || isStringToken(kind);
  return hasContent ? `(${kind}, "${data}")` : `"${data}"`;
}
