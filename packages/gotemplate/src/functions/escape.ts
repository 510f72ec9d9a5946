import { isPrint } from "../fmt/quote.ts";
import { rawByteOf, toBytes } from "../values/text.ts";

const HTML: Readonly<Record<string, string>> = {
  "\0": "\uFFFD",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};

/** Escapes for HTML text and attributes, as template.HTMLEscapeString. */
export function htmlEscape(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\0"'&<>]/g, (char) => HTML[char] ?? char);
}

const JS: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

/** Escapes for a JavaScript string, as template.JSEscapeString. */
export function jsEscape(text: string): string {
  let escaped = "";
  for (const char of text) {
    const rune = char.codePointAt(0) ?? 0;
    const known = JS[char];
    if (known !== undefined) escaped += known;
    else if (rune < 0x20) escaped += `\\u00${rune.toString(16).toUpperCase().padStart(2, "0")}`;
    else if (rune < 0x80 || (rawByteOf(char) === undefined && isPrint(rune))) escaped += char;
    // A raw byte reads as U+FFFD, which is printable: Go copies the byte itself.
    else if (rawByteOf(char) !== undefined) escaped += char;
    else escaped += `\\u${rune.toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return escaped;
}

/** url.QueryEscape: everything but letters, digits and -_.~ is escaped, a space is a plus. */
export function queryEscape(text: string): string {
  let escaped = "";
  for (const byte of toBytes(text)) {
    const char = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(char)) escaped += char;
    else if (char === " ") escaped += "+";
    else escaped += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}
