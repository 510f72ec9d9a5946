import { rawByteOf } from "../values/text.ts";

const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
export function isPrint(rune: number): boolean {
  if (rune < 0x7f) return rune >= 0x20;
  return PRINTABLE.test(String.fromCodePoint(rune));
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

// eslint-disable-next-line no-control-regex
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** strconv.Quote; with `asciiOnly` strconv.QuoteToASCII. */
export function goQuote(text: string, asciiOnly = false): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const char of text) quoted += escapeRune(char, '"', asciiOnly);
  return `${quoted}"`;
}

/** strconv.QuoteRune: 'x'. A rune that is no character becomes U+FFFD. */
export function quoteRune(rune: number, asciiOnly = false): string {
  const valid = rune >= 0 && rune <= 0x10ffff && (rune < 0xd800 || rune > 0xdfff) ? rune : 0xfffd;
  return `'${escapeRune(String.fromCodePoint(valid), "'", asciiOnly)}'`;
}

function escapeRune(char: string, quote: string, asciiOnly: boolean): string {
  const raw = rawByteOf(char);
  if (raw !== undefined) return `\\x${raw.toString(16).padStart(2, "0")}`;
  if (char === quote) return `\\${quote}`;
  const known = ESCAPES[char];
  if (known !== undefined) return known;
  const rune = char.codePointAt(0) ?? 0;
  if (isPrint(rune) && (!asciiOnly || rune < 0x80)) return char;
  if (rune < 0x20 || rune === 0x7f) return `\\x${rune.toString(16).padStart(2, "0")}`;
  return rune < 0x10000 ? `\\u${rune.toString(16).padStart(4, "0")}` : `\\U${rune.toString(16).padStart(8, "0")}`;
}

/** strconv.CanBackquote: one line of printable text without a backquote. */
export function canBackquote(text: string): boolean {
  for (const char of text) {
    if (rawByteOf(char) !== undefined) return false;
    const rune = char.codePointAt(0) ?? 0;
    if (rune === 0xfeff || rune === 0x60 || rune === 0x7f) return false;
    if (rune < 0x20 && rune !== 0x09) return false;
  }
  return true;
}
