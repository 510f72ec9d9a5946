/** Go's unicode package on runes, as far as sprig needs it. Case mapping is simple: one rune to one rune, context does not count. */

/** unicode.IsSpace. */
const SPACE = "\\t\\n\\v\\f\\r \\u0085\\u00A0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const SPACE_CHAR = new RegExp(`^[${SPACE}]$`);

export function isSpace(char: string): boolean {
  return SPACE_CHAR.test(char);
}

/** strings.TrimSpace. JavaScript's trim takes a byte order mark away and leaves U+0085. */
export function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && isSpaceCode(text.charCodeAt(end - 1))) end--;
  return trimSpaceStart(text.slice(0, end));
}

/** strings.TrimLeftFunc with unicode.IsSpace. */
export function trimSpaceStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpaceCode(text.charCodeAt(start))) start++;
  return text.slice(start);
}

function isSpaceCode(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 9 && code <= 13);
  return isSpace(String.fromCharCode(code));
}

export function isUpper(char: string): boolean {
  return /^\p{Lu}$/u.test(char);
}

export function isLower(char: string): boolean {
  return /^\p{Ll}$/u.test(char);
}

export function isTitle(char: string): boolean {
  return /^\p{Lt}$/u.test(char);
}

export function isLetter(char: string): boolean {
  return /^\p{L}$/u.test(char);
}

function isDigit(char: string): boolean {
  return /^\p{Nd}$/u.test(char);
}

export function isNumber(char: string): boolean {
  return /^\p{N}$/u.test(char);
}

export function isPunct(char: string): boolean {
  return /^\p{P}$/u.test(char);
}

/** A raw byte reads as U+FFFD wherever Go goes through runes. */
function readable(char: string): string {
  return char.isWellFormed() ? char : "\uFFFD";
}

/** Greek letters with iota below, whose full upper case is two letters and whose simple one is the title case letter. */
function simpleGreekUpper(rune: number): number | undefined {
  const low = rune & 0xf;
  const inBlock = rune >= 0x1f80 && rune <= 0x1faf && low < 8;
  if (inBlock) return rune + 8;
  return rune === 0x1fb3 || rune === 0x1fc3 || rune === 0x1ff3 ? rune + 9 : undefined;
}

export function upperRune(char: string): string {
  const upper = char.toUpperCase();
  if (isOneRune(upper)) return readable(upper);
  const greek = simpleGreekUpper(char.codePointAt(0) ?? 0);
  return greek === undefined ? readable(char) : String.fromCodePoint(greek);
}

export function lowerRune(char: string): string {
  const lower = char.toLowerCase();
  if (isOneRune(lower)) return readable(lower);
  // U+0130, the dotted capital I: its simple lower case is a plain i.
  return char === "\u0130" ? "i" : readable(char);
}

const TITLES: Readonly<Record<string, string>> = {
  Ǆ: "ǅ",
  ǆ: "ǅ",
  ǅ: "ǅ",
  Ǉ: "ǈ",
  ǉ: "ǈ",
  ǈ: "ǈ",
  Ǌ: "ǋ",
  ǌ: "ǋ",
  ǋ: "ǋ",
  Ǳ: "ǲ",
  ǳ: "ǲ",
  ǲ: "ǲ",
};

export function titleRune(char: string): string {
  return TITLES[char] ?? upperRune(char);
}

function isOneRune(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}

// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

export function toUpper(text: string): string {
  return ASCII.test(text) ? text.toUpperCase() : Array.from(text, upperRune).join("");
}

export function toLower(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : Array.from(text, lowerRune).join("");
}

/** strings.Title: the first letter of every word in title case; a word ends where neither letter, digit nor underscore is. */
export function toTitle(text: string): string {
  let previous = " ";
  return Array.from(text, (char) => {
    const mapped = isWordEnd(previous) ? titleRune(char) : readable(char);
    previous = char;
    return mapped;
  }).join("");
}

function isWordEnd(char: string): boolean {
  if ((char.codePointAt(0) ?? 0) < 0x80) return !/[A-Za-z0-9_]/.test(char);
  return !isLetter(char) && !isDigit(char) && isSpace(char);
}
