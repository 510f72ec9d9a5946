import { byteLength, byteSlice, fromBytes, runes, toBytes } from "../values/text.ts";
import {
  isLetter,
  isLower,
  isNumber,
  isPunct,
  isSpace,
  isTitle,
  isUpper,
  lowerRune,
  titleRune,
  upperRune,
} from "../values/unicode.ts";

/** Text functions of goutils 1.1 and xstrings 1.5, which sprig passes on. Several count bytes: so do these. */

const ELLIPSIS = "...";

/** At most `width` bytes, with an ellipsis; `left` bytes may be cut off the front, with an ellipsis of their own. */
export function abbreviate(text: string, left: number, width: number): string {
  const length = byteLength(text);
  if (text === "" || width < 4) return "";
  if (length <= width) return text;
  let offset = Math.min(left, length);
  if (length - offset < width - 3) offset = length - (width - 3);
  if (offset <= 4) return byteSlice(text, 0, width - 3) + ELLIPSIS;
  if (width < 7) return "";
  if (offset + width - 3 < length) return ELLIPSIS + abbreviate(byteSlice(text, offset), 0, width - 3);
  return ELLIPSIS + byteSlice(text, length - (width - 3));
}

/** Each byte is taken for a rune: text that is not ASCII comes out garbled when it has a space, as it does in Go. */
export function deleteWhiteSpace(text: string): string {
  const chars = byteChars(text);
  const kept = chars.filter((char) => !isSpace(char));
  return kept.length === chars.length ? text : kept.join("");
}

export function initials(text: string): string {
  let isAfterGap = true;
  let found = "";
  for (const char of byteChars(text)) {
    if (isSpace(char)) isAfterGap = true;
    else if (isAfterGap) {
      found += char;
      isAfterGap = false;
    }
  }
  return found;
}

function byteChars(text: string): string[] {
  return Array.from(toBytes(text), (byte) => String.fromCharCode(byte));
}

/** The first letter of every word in lower case. */
export function uncapitalize(text: string): string {
  let isNext = true;
  return runes(text)
    .map((char) => {
      if (isSpace(char)) {
        isNext = true;
        return char;
      }
      if (!isNext) return char.isWellFormed() ? char : "\uFFFD";
      isNext = false;
      return lowerRune(char);
    })
    .join("");
}

/** Upper to lower and lower to upper; a lower case letter that starts a word goes to title case. */
export function swapCase(text: string): string {
  let isStart = true;
  return runes(text)
    .map((char) => {
      if (isUpper(char) || isTitle(char)) {
        isStart = false;
        return lowerRune(char);
      }
      if (isLower(char)) {
        const swapped = isStart ? titleRune(char) : upperRune(char);
        isStart = false;
        return swapped;
      }
      isStart = isSpace(char);
      return char.isWellFormed() ? char : "\uFFFD";
    })
    .join("");
}

/** Wraps one line at spaces, at most `length` bytes a line; longer words stay whole unless `splitsWords`. */
export function wrap(text: string, length: number, newLine: string, splitsWords: boolean): string {
  const bytes = toBytes(text);
  const width = Math.max(length, 1);
  const separator = newLine === "" ? "\n" : newLine;
  const lines: string[] = [];
  let offset = 0;
  const take = (end: number): string => fromBytes(bytes.subarray(offset, end));
  while (bytes.length - offset > width) {
    if (bytes[offset] === 0x20) {
      offset++;
      continue;
    }
    const space = bytes.subarray(offset, offset + width + 1).lastIndexOf(0x20);
    if (space >= 0) {
      lines.push(take(offset + space));
      offset += space + 1;
    } else if (splitsWords) {
      lines.push(take(offset + width));
      offset += width;
    } else {
      const next = bytes.indexOf(0x20, offset + width);
      if (next < 0) break;
      lines.push(take(next));
      offset = next + 1;
    }
  }
  // A long word at the end was written out by Go already; an empty rest follows it.
  return [...lines, take(bytes.length)].join(separator);
}

function isConnector(char: string): boolean {
  return char === "-" || char === "_" || isSpace(char);
}

/** xstrings.ToPascalCase: sprig's camelcase. */
export function pascalCase(text: string): string {
  const chars = runes(text);
  let out = "";
  let at = 0;
  while (at < chars.length && isConnector(chars[at] as string)) out += chars[at++];
  if (at >= chars.length) return out + (chars.at(-1) === undefined ? "" : (chars.at(-1) as string));
  let isFirstUpper = isUpper(chars[at] as string);
  let current = upperRune(chars[at] as string);
  for (at++; at < chars.length; at++) {
    const previous = current;
    current = chars[at] as string;
    if (isConnector(current) && isConnector(previous)) {
      out += previous;
      continue;
    }
    if (isConnector(previous)) {
      isFirstUpper = isUpper(current);
      current = upperRune(current);
      continue;
    }
    if (isFirstUpper) {
      if (isUpper(current)) current = lowerRune(current);
      else isFirstUpper = false;
    }
    out += previous;
  }
  return out + current;
}

type WordType = "invalid" | "number" | "upper" | "alphabet" | "connector" | "punct" | "other";

interface Word {
  readonly type: WordType;
  readonly text: string;
}

/** A letter that is no Chinese character. */
function isAlphabet(char: string): boolean {
  const rune = char.codePointAt(0) ?? 0;
  const isChinese =
    (rune >= 0x4e00 && rune <= 0x9fcc) || (rune >= 0x3400 && rune <= 0x4d85) || (rune >= 0x20000 && rune <= 0x2b81d);
  return isLetter(char) && !isChinese;
}

/** Splits as xstrings' nextWord does: `HTTPServer2go` is HTTP, Server, 2, go. */
function words(text: string): Word[] {
  const chars = runes(text).filter((char) => char.isWellFormed());
  const found: Word[] = [];
  for (let at = 0; at < chars.length;) {
    const end = wordEnd(chars, at);
    found.push({ type: wordType(chars[at] as string), text: chars.slice(at, end).join("") });
    at = end;
  }
  return found;
}

function wordType(char: string): WordType {
  if (isConnector(char)) return "connector";
  if (isPunct(char)) return "punct";
  if (isUpper(char)) return "upper";
  if (isAlphabet(char)) return "alphabet";
  return isNumber(char) ? "number" : "other";
}

function wordEnd(chars: readonly string[], start: number): number {
  const run = (from: number, belongs: (char: string) => boolean): number => {
    let at = from;
    while (at < chars.length && belongs(chars[at] as string)) at++;
    return at;
  };
  const isLowerAlphabet = (char: string): boolean => isAlphabet(char) && !isUpper(char);
  switch (wordType(chars[start] as string)) {
    case "connector":
      return run(start + 1, isConnector);
    case "punct":
      return run(start + 1, isPunct);
    case "upper": {
      const next = chars[start + 1];
      if (next === undefined) return start + 1;
      if (!isUpper(next)) return run(start + 1, isLowerAlphabet);
      const end = run(start + 1, isUpper);
      // The last capital of a run belongs to the word it starts.
      return end < chars.length && isAlphabet(chars[end] as string) ? end - 1 : end;
    }
    case "alphabet":
      return run(start + 1, isLowerAlphabet);
    case "number":
      return run(start + 1, isNumber);
    default:
      return run(start + 1, (char) => wordType(char) === "other");
  }
}

/** xstrings' snake and kebab case: words in lower case with one connector between them; digits cling to what follows. */
export function separatedCase(text: string, connector: "_" | "-"): string {
  const reader = new WordReader(words(text), connector);
  return reader.run();
}

class WordReader {
  readonly #words: readonly Word[];
  readonly #connector: string;
  #at = 0;
  #out = "";

  constructor(all: readonly Word[], connector: string) {
    this.#words = all;
    this.#connector = connector;
  }

  run(): string {
    let word = this.#next();
    while (this.#at < this.#words.length) {
      if (word.type !== "connector") this.#write(word);
      const previous = word;
      word = this.#after(previous, this.#next());
    }
    this.#write(word);
    return this.#out;
  }

  #next(): Word {
    return this.#words[this.#at++] ?? { type: "invalid", text: "" };
  }

  #connect(): void {
    this.#out += this.#connector;
  }

  #write({ type, text }: Word): void {
    if (type !== "upper" && type !== "connector") this.#out += text;
    else
      this.#out += runes(text)
        .map((char) => (isConnector(char) ? this.#connector : lowerRune(char)))
        .join("");
  }

  /** Writes what goes between two words; gives the word that is still to be written. */
  #after(previous: Word, word: Word): Word {
    switch (previous.type) {
      case "number": {
        const last = this.#writeWhile(word);
        if (!["invalid", "punct", "connector"].includes(last.type)) this.#connect();
        return last;
      }
      case "connector":
        this.#write(previous);
        return word;
      case "punct":
        return word;
      default:
        return this.#afterLetters(word);
    }
  }

  #writeWhile(first: Word): Word {
    let word = first;
    while (word.type === "alphabet" || word.type === "number") {
      this.#write(word);
      word = this.#next();
    }
    return word;
  }

  #afterLetters(word: Word): Word {
    if (word.type !== "number") {
      if (word.type !== "connector" && word.type !== "punct") this.#connect();
      return word;
    }
    if (this.#at >= this.#words.length) return word;
    const next = this.#next();
    if (next.type !== "alphabet") {
      this.#write(word);
      if (next.type !== "connector" && next.type !== "punct") this.#connect();
      return next;
    }
    this.#connect();
    this.#write(word);
    const last = this.#writeWhile(next);
    if (!["invalid", "punct", "connector"].includes(last.type)) this.#connect();
    return last;
  }
}
