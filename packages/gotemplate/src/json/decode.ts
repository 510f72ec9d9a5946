import { setOwn } from "@fairlead/base";
import { GoError } from "../errors.ts";
import { goQuote } from "../fmt/quote.ts";
import { toBytes } from "../values/text.ts";

/** encoding/json refuses deeper nesting; JavaScript's stack would not hold it. */
const DEPTH_MAX = 1000;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// eslint-disable-next-line no-control-regex
const STRING_PLAIN = /[^"\\\x00-\x1f]*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  "\\": "\\",
  "/": "/",
  '"': '"',
};

/** JSON as encoding/json reads it into an interface: numbers are float64. @throws GoError with Go's words */
export function decodeJson(text: string): unknown {
  return new Decoder(text).document();
}

class Decoder {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) this.#invalid("after top-level value");
    return value;
  }

  #skipSpace(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return;
    }
  }

  /** Go reads a space after the end: what was begun and may not hold one is told so, all else is "unexpected end". */
  #invalid(context: string, readsEndAsSpace = false): never {
    const char = this.#text[this.#at];
    if (char === undefined) {
      throw new GoError(readsEndAsSpace ? `invalid character ' ' ${context}` : "unexpected end of JSON input");
    }
    // Go names the byte, not the character.
    const byte = toBytes(String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0))[0] ?? 0;
    throw new GoError(`invalid character ${quoteByte(byte)} ${context}`);
  }

  #value(depth: number): unknown {
    this.#skipSpace();
    const char = this.#text[this.#at];
    switch (char) {
      case "{":
        return this.#object(depth + 1);
      case "[":
        return this.#array(depth + 1);
      case '"':
        return this.#string();
      case "t":
        return this.#literal("true", true);
      case "f":
        return this.#literal("false", false);
      case "n":
        return this.#literal("null", null);
    }
    if (char !== undefined && /[-0-9]/.test(char)) return this.#number();
    return this.#invalid("looking for beginning of value");
  }

  #enter(depth: number): void {
    if (depth > DEPTH_MAX) this.#invalid("exceeded max depth");
    this.#at++;
    this.#skipSpace();
  }

  #object(depth: number): unknown {
    const object: Record<string, unknown> = {};
    this.#enter(depth);
    if (this.#text[this.#at] === "}") return this.#close(object);
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') this.#invalid("looking for beginning of object key string");
      const key = this.#string();
      this.#skipSpace();
      if (this.#text[this.#at] !== ":") this.#invalid("after object key");
      this.#at++;
      setOwn<unknown>(object, key, this.#value(depth));
      this.#skipSpace();
      if (this.#text[this.#at] === "}") return this.#close(object);
      if (this.#text[this.#at] !== ",") this.#invalid("after object key:value pair");
      this.#at++;
    }
  }

  #array(depth: number): unknown {
    const items: unknown[] = [];
    this.#enter(depth);
    if (this.#text[this.#at] === "]") return this.#close(items);
    for (;;) {
      items.push(this.#value(depth));
      this.#skipSpace();
      if (this.#text[this.#at] === "]") return this.#close(items);
      if (this.#text[this.#at] !== ",") this.#invalid("after array element");
      this.#at++;
    }
  }

  #close<T>(value: T): T {
    this.#at++;
    return value;
  }

  #literal<T>(word: string, value: T): T {
    for (const [index, letter] of Array.from(word).entries()) {
      if (this.#text[this.#at] !== letter) {
        if (index === 0) this.#invalid("looking for beginning of value");
        this.#invalid(`in literal ${word} (expecting '${letter}')`, true);
      }
      this.#at++;
    }
    return value;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const digits = NUMBER.exec(this.#text)?.[0] ?? "";
    this.#at += digits === "" ? 1 : digits.length;
    const next = this.#text[this.#at] ?? "";
    if (digits === "") this.#invalid("in numeric literal", true);
    // A point or an exponent begun and not carried on: the fault is at what follows it.
    if (next === "." && !/[.eE]/.test(digits)) {
      this.#at++;
      this.#invalid("after decimal point in numeric literal", true);
    }
    if (/[eE]/.test(next) && !/[eE]/.test(digits)) {
      this.#at += /[+-]/.test(this.#text[this.#at + 1] ?? "") ? 2 : 1;
      this.#invalid("in exponent of numeric literal", true);
    }
    const value = Number(digits);
    if (!Number.isFinite(value)) {
      throw new GoError(`json: cannot unmarshal number ${digits} into Go value of type float64`);
    }
    return value;
  }

  #string(): string {
    let text = "";
    this.#at++;
    for (;;) {
      STRING_PLAIN.lastIndex = this.#at;
      const plain = STRING_PLAIN.exec(this.#text)?.[0] ?? "";
      text += plain;
      this.#at += plain.length;
      const char = this.#text[this.#at];
      if (char === '"') break;
      if (char !== "\\") this.#invalid("in string literal");
      this.#at++;
      text += this.#escape();
    }
    this.#at++;
    // Bytes that are no text, and halves of surrogate pairs, become U+FFFD.
    return text.toWellFormed();
  }

  #escape(): string {
    const char = this.#text[this.#at] ?? "";
    const known = ESCAPES[char];
    if (known !== undefined) {
      this.#at++;
      return known;
    }
    if (char !== "u") this.#invalid("in string escape code", true);
    this.#at++;
    let code = 0;
    for (let count = 0; count < 4; count++) {
      const digit = this.#text[this.#at] ?? "";
      if (!/^[0-9a-fA-F]$/.test(digit)) this.#invalid("in \\u hexadecimal character escape", true);
      code = code * 16 + Number.parseInt(digit, 16);
      this.#at++;
    }
    return String.fromCharCode(code);
  }
}

function quoteByte(byte: number): string {
  if (byte === 0x27) return "'\\''";
  if (byte === 0x22) return "'\"'";
  return `'${goQuote(String.fromCharCode(byte)).slice(1, -1)}'`;
}
