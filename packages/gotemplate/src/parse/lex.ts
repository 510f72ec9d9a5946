import { goQuote, isPrint } from "../fmt/quote.ts";

export type ItemType =
  | "error"
  | "bool"
  | "char"
  | "charConstant"
  | "comment"
  | "complex"
  | "assign"
  | "declare"
  | "eof"
  | "field"
  | "identifier"
  | "leftDelim"
  | "leftParen"
  | "number"
  | "pipe"
  | "rawString"
  | "rightDelim"
  | "rightParen"
  | "space"
  | "string"
  | "text"
  | "variable"
  | Keyword;

type Keyword =
  | "block"
  | "break"
  | "continue"
  | "dot"
  | "define"
  | "else"
  | "end"
  | "if"
  | "nil"
  | "range"
  | "template"
  | "with";

export interface Item {
  readonly type: ItemType;
  readonly pos: number;
  readonly value: string;
  readonly line: number;
}

const KEYWORDS: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  [".", "dot"],
  ["block", "block"],
  ["break", "break"],
  ["continue", "continue"],
  ["define", "define"],
  ["else", "else"],
  ["end", "end"],
  ["if", "if"],
  ["nil", "nil"],
  ["range", "range"],
  ["template", "template"],
  ["with", "with"],
]);
const KEYWORD_TYPES: ReadonlySet<ItemType> = new Set(KEYWORDS.values());

const ALPHANUMERIC = /[\p{L}\p{Nd}_]*/uy;
const LETTER = /[\p{L}\p{Nd}]/u;
const SPACES = /[ \t\r\n]*/y;
const NUMBER_HEX = /[+-]?0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*(?:[pP][+-]?[0-9_]*)?i?/y;
const NUMBER_OCTAL = /[+-]?0[oO][0-7_]*\.?[0-7_]*i?/y;
const NUMBER_BINARY = /[+-]?0[bB][01_]*\.?[01_]*i?/y;
const NUMBER_DECIMAL = /[+-]?[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]*)?i?/y;
const TERMINATORS: ReadonlySet<string> = new Set(["", " ", "\t", "\r", "\n", ".", ",", "|", ":", ")", "("]);

/** How Go's parser names an item in "unexpected … in …". */
export function describeItem({ type, value }: Item): string {
  if (type === "eof") return "EOF";
  if (type === "error") return value;
  if (KEYWORD_TYPES.has(type)) return `<${value}>`;
  const chars = Array.from(value);
  return chars.length > 10 || value.length > 10 ? `${goQuote(chars.slice(0, 10).join(""))}...` : goQuote(value);
}

/** Splits a template into items, one at a time: the parser decides by what it has seen whether break is a keyword. */
export class Lexer {
  readonly #input: string;
  readonly #left: string;
  readonly #right: string;
  readonly #isBreakKeyword: boolean;
  readonly #isContinueKeyword: boolean;
  #pos = 0;
  #start = 0;
  #line = 1;
  #startLine = 1;
  #isInsideAction = false;
  #parenDepth = 0;
  #failed = false;

  constructor(
    input: string,
    options: { left: string; right: string; breakKeyword: boolean; continueKeyword: boolean },
  ) {
    this.#input = input;
    this.#left = options.left;
    this.#right = options.right;
    this.#isBreakKeyword = options.breakKeyword;
    this.#isContinueKeyword = options.continueKeyword;
  }

  next(): Item {
    if (this.#failed) return { type: "eof", pos: 0, value: "EOF", line: this.#startLine };
    return this.#isInsideAction ? this.#insideAction() : this.#text();
  }

  #item(type: ItemType): Item {
    const value = this.#input.slice(this.#start, this.#pos);
    const item = { type, pos: this.#start, value, line: this.#startLine };
    for (let at = value.indexOf("\n"); at >= 0; at = value.indexOf("\n", at + 1)) this.#line++;
    this.#start = this.#pos;
    this.#startLine = this.#line;
    return item;
  }

  #skipTo(pos: number): void {
    this.#pos = pos;
    this.#item("text");
  }

  #error(message: string): Item {
    this.#failed = true;
    return { type: "error", pos: this.#start, value: message, line: this.#startLine };
  }

  #at(text: string, pos = this.#pos): boolean {
    return this.#input.startsWith(text, pos);
  }

  #isSpaceAt(pos: number): boolean {
    const char = this.#input[pos];
    return char === " " || char === "\t" || char === "\n" || char === "\r";
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#pos;
    return pattern.exec(this.#input)?.[0] ?? "";
  }

  /** 0: no closing delimiter here; 1: a plain one; 2: one with a trim marker. */
  #rightDelimAt(pos: number): 0 | 1 | 2 {
    if (this.#isSpaceAt(pos) && this.#input[pos + 1] === "-" && this.#at(this.#right, pos + 2)) return 2;
    return this.#at(this.#right, pos) ? 1 : 0;
  }

  #hasLeftTrim(pos: number): boolean {
    return this.#input[pos] === "-" && this.#isSpaceAt(pos + 1);
  }

  #text(): Item {
    for (;;) {
      const found = this.#input.indexOf(this.#left, this.#pos);
      if (found < 0) {
        this.#pos = this.#input.length;
        return this.#item(this.#pos > this.#start ? "text" : "eof");
      }
      if (found > this.#pos) {
        this.#pos = found;
        if (this.#hasLeftTrim(found + this.#left.length)) {
          while (this.#pos > this.#start && this.#isSpaceAt(this.#pos - 1)) this.#pos--;
        }
        const item = this.#item("text");
        this.#skipTo(found);
        if (item.value !== "") return item;
      }
      const item = this.#leftDelim();
      if (item !== undefined) return item;
    }
  }

  /** The opening of an action; undefined after a comment, which leaves nothing behind. */
  #leftDelim(): Item | undefined {
    this.#pos += this.#left.length;
    const marker = this.#hasLeftTrim(this.#pos) ? 2 : 0;
    if (this.#at("/*", this.#pos + marker)) {
      this.#skipTo(this.#pos + marker);
      return this.#comment();
    }
    const item = this.#item("leftDelim");
    this.#isInsideAction = true;
    this.#skipTo(this.#pos + marker);
    this.#parenDepth = 0;
    return item;
  }

  #comment(): Item | undefined {
    const end = this.#input.indexOf("*/", this.#pos + 2);
    if (end < 0) return this.#error("unclosed comment");
    const delim = this.#rightDelimAt(end + 2);
    if (delim === 0) return this.#error("comment ends before closing delimiter");
    this.#pos = end + 2 + (delim === 2 ? 2 : 0) + this.#right.length;
    if (delim === 2) this.#pos += this.#match(SPACES).length;
    this.#skipTo(this.#pos);
    return undefined;
  }

  #rightDelim(kind: 1 | 2): Item {
    if (kind === 2) this.#skipTo(this.#pos + 2);
    this.#pos += this.#right.length;
    const item = this.#item("rightDelim");
    if (kind === 2) this.#skipTo(this.#pos + this.#match(SPACES).length);
    this.#isInsideAction = false;
    return item;
  }

  #insideAction(): Item {
    const delim = this.#rightDelimAt(this.#pos);
    if (delim !== 0) return this.#parenDepth === 0 ? this.#rightDelim(delim) : this.#error("unclosed left paren");
    const rune = this.#input.codePointAt(this.#pos);
    if (rune === undefined) return this.#error("unclosed action");
    const char = String.fromCodePoint(rune);
    if (this.#isSpaceAt(this.#pos)) return this.#space();
    switch (char) {
      case '"':
        return this.#quoted('"', "string", "unterminated quoted string");
      case "'":
        return this.#quoted("'", "charConstant", "unterminated character constant");
      case "`":
        return this.#rawQuoted();
      case "$":
        this.#pos++;
        return this.#fieldOrVariable("variable");
      case ".":
        // A dot that ends the text is read as the start of a number, as Go does.
        if (this.#pos + 1 === this.#input.length || isDigit(this.#input.charCodeAt(this.#pos + 1)))
          return this.#number();
        this.#pos++;
        return this.#fieldOrVariable("field");
    }
    if (char === "+" || char === "-" || isDigit(rune)) return this.#number();
    if (isWordCode(rune) || (rune >= 0x80 && LETTER.test(char))) return this.#identifier();
    return this.#punctuation(char, rune);
  }

  #punctuation(char: string, rune: number): Item {
    this.#pos += char.length;
    switch (char) {
      case "=":
        return this.#item("assign");
      case "|":
        return this.#item("pipe");
      case ":":
        if (this.#input[this.#pos] !== "=") return this.#error("expected :=");
        this.#pos++;
        return this.#item("declare");
      case "(":
        this.#parenDepth++;
        return this.#item("leftParen");
      case ")":
        this.#parenDepth--;
        return this.#parenDepth < 0 ? this.#error("unexpected right paren") : this.#item("rightParen");
    }
    if (rune < 0x80 && isPrint(rune)) return this.#item("char");
    return this.#error(`unrecognized character in action: ${describeRune(rune)}`);
  }

  #space(): Item {
    const spaces = this.#match(SPACES).length;
    const last = this.#pos + spaces - 1;
    if (this.#rightDelimAt(last) === 2) {
      // The last space belongs to the trim marker.
      if (spaces === 1) return this.#rightDelim(2);
      this.#pos = last;
    } else {
      this.#pos += spaces;
    }
    return this.#item("space");
  }

  #isAtTerminator(): boolean {
    return TERMINATORS.has(this.#input[this.#pos] ?? "") || this.#at(this.#right);
  }

  #badCharacter(): Item {
    return this.#error(`bad character ${describeRune(this.#input.codePointAt(this.#pos) ?? 0)}`);
  }

  /** Passes letters, digits and underscores; nearly all are ASCII, so the expression is only asked about the rest. */
  #skipWord(): void {
    while (isWordCode(this.#input.charCodeAt(this.#pos))) this.#pos++;
    if (this.#input.charCodeAt(this.#pos) >= 0x80) this.#pos += this.#match(ALPHANUMERIC).length;
  }

  #identifier(): Item {
    this.#skipWord();
    if (!this.#isAtTerminator()) return this.#badCharacter();
    const word = this.#input.slice(this.#start, this.#pos);
    const keyword = KEYWORDS.get(word);
    const isWord =
      (keyword === "break" && !this.#isBreakKeyword) || (keyword === "continue" && !this.#isContinueKeyword);
    if (keyword !== undefined && !isWord) return this.#item(keyword);
    return this.#item(word === "true" || word === "false" ? "bool" : "identifier");
  }

  #fieldOrVariable(type: "field" | "variable"): Item {
    if (this.#isAtTerminator()) return this.#item(type === "variable" ? "variable" : "dot");
    this.#skipWord();
    return this.#isAtTerminator() ? this.#item(type) : this.#badCharacter();
  }

  #quoted(quote: string, type: "string" | "charConstant", unterminated: string): Item {
    for (this.#pos++; ; this.#pos++) {
      const char = this.#input[this.#pos];
      if (char === undefined || char === "\n") return this.#error(unterminated);
      if (char === quote) break;
      if (char !== "\\") continue;
      const escaped = this.#input[++this.#pos];
      if (escaped === undefined || escaped === "\n") return this.#error(unterminated);
    }
    this.#pos++;
    return this.#item(type);
  }

  #rawQuoted(): Item {
    const end = this.#input.indexOf("`", this.#pos + 1);
    if (end < 0) return this.#error("unterminated raw quoted string");
    this.#pos = end + 1;
    return this.#item("rawString");
  }

  #number(): Item {
    if (!this.#scanNumber()) return this.#badNumber();
    const sign = this.#input[this.#pos];
    if (sign !== "+" && sign !== "-") return this.#item("number");
    if (!this.#scanNumber() || this.#input[this.#pos - 1] !== "i") return this.#badNumber();
    return this.#item("complex");
  }

  #scanNumber(): boolean {
    for (const pattern of [NUMBER_HEX, NUMBER_OCTAL, NUMBER_BINARY, NUMBER_DECIMAL]) {
      const found = this.#match(pattern);
      if (found === "") continue;
      this.#pos += found.length;
      break;
    }
    const extra = this.#match(ALPHANUMERIC);
    if (extra === "") return true;
    this.#pos += String.fromCodePoint(extra.codePointAt(0) ?? 0).length;
    return false;
  }

  #badNumber(): Item {
    return this.#error(`bad number syntax: ${goQuote(this.#input.slice(this.#start, this.#pos))}`);
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Of ASCII. */
function isWordCode(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || isDigit(code);
}

/** fmt's %#U: U+0040 '@'. */
function describeRune(rune: number): string {
  const hex = rune.toString(16).toUpperCase().padStart(4, "0");
  return isPrint(rune) ? `U+${hex} '${String.fromCodePoint(rune)}'` : `U+${hex}`;
}
