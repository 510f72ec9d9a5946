/**
 * Why a text is no JSON, in the words of Go's encoding/json; undefined when it is. Only asked after JSON.parse has refused, so it
 * need not be fast.
 */
export function goSyntaxError(text: string): string | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.value("looking for beginning of value");
    scanner.space();
    if (!scanner.isAtEnd) scanner.fail("after top-level value");
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return error.message;
    throw error;
  }
}

class SyntaxFault extends Error {}

const LITERALS: readonly (readonly [first: string, word: string])[] = [
  ["t", "true"],
  ["f", "false"],
  ["n", "null"],
];

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  fail(context: string): never {
    const char = this.#text[this.#at];
    if (char === undefined) throw new SyntaxFault("unexpected end of JSON input");
    throw new SyntaxFault(`invalid character ${quoteChar(char)} ${context}`);
  }

  value(context: string): void {
    this.space();
    const char = this.#text[this.#at] ?? "";
    if (char === "{") this.#object();
    else if (char === "[") this.#array();
    else if (char === '"') this.#string();
    else if (char === "-" || /\d/.test(char)) this.#number();
    else this.#literal(char, context);
  }

  #object(): void {
    this.#at++;
    this.space();
    if (this.#take("}")) return;
    for (;;) {
      this.space();
      if (this.#text[this.#at] !== '"') this.fail("looking for beginning of object key string");
      this.#string();
      this.space();
      if (!this.#take(":")) this.fail("after object key");
      this.value("looking for beginning of value");
      this.space();
      if (this.#take("}")) return;
      if (!this.#take(",")) this.fail("after object key:value pair");
    }
  }

  #array(): void {
    this.#at++;
    this.space();
    if (this.#take("]")) return;
    for (;;) {
      this.value("looking for beginning of value");
      this.space();
      if (this.#take("]")) return;
      if (!this.#take(",")) this.fail("after array element");
    }
  }

  #string(): void {
    this.#at++;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) this.fail("");
      if (char < " ") this.fail("in string literal");
      this.#at++;
      if (char === '"') return;
      if (char === "\\") this.#escape();
    }
  }

  #escape(): void {
    const char = this.#text[this.#at] ?? "";
    if (char === "u") {
      this.#at++;
      for (let count = 0; count < 4; count++, this.#at++) {
        if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? "")) this.fail("in \\u hexadecimal character escape");
      }
    } else if (char !== "" && '"\\/bfnrt'.includes(char)) this.#at++;
    else this.fail("in string escape code");
  }

  #number(): void {
    this.#take("-");
    if (!this.#take("0")) this.#digits("in numeric literal");
    if (this.#take(".")) this.#digits("after decimal point in numeric literal");
    if (this.#take("e") || this.#take("E")) {
      if (!this.#take("+")) this.#take("-");
      this.#digits("in exponent of numeric literal");
    }
  }

  #digits(context: string): void {
    if (!/\d/.test(this.#text[this.#at] ?? "")) this.fail(context);
    while (/\d/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #literal(char: string, context: string): void {
    const word = LITERALS.find(([first]) => first === char)?.[1];
    if (word === undefined) this.fail(context);
    for (const [index, wanted] of Array.from(word).entries()) {
      if (this.#text[this.#at] !== wanted) this.fail(`in literal ${word} (expecting ${quoteChar(word[index] ?? "")})`);
      this.#at++;
    }
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
}

function quoteChar(char: string): string {
  if (char === "'") return `'\\''`;
  if (char === '"') return `'"'`;
  // Go looks at bytes.
  const first = char > "\u007f" ? String.fromCharCode(Buffer.from(char)[0] ?? 0) : char;
  return `'${JSON.stringify(first).slice(1, -1)}'`;
}
