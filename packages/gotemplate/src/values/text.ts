/**
 * Go strings are bytes. Here they are JavaScript strings, and a byte that is no part of valid UTF-8 is the lone surrogate
 * U+DC00 + byte (U+DC80…U+DCFF), as Python's surrogateescape has it. Decoded text never holds lone surrogates otherwise, so
 * nothing is lost and well-formed text costs nothing.
 */
const RAW_FIRST = 0xdc80;
const RAW_LAST = 0xdcff;

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 127) return false;
  return true;
}

function isRawUnit(code: number): boolean {
  return code >= RAW_FIRST && code <= RAW_LAST;
}

/** The bytes of a Go string. */
export function toBytes(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const parts: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (isRawUnit(code)) parts.push(code - 0xdc00);
    else parts.push(...encoder.encode(char));
  }
  return Uint8Array.from(parts);
}

/** The Go string with these bytes. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeLossless(bytes);
  }
}

function decodeLossless(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length;) {
    const size = runeSizeAt(bytes, index);
    if (size === 0) text += String.fromCharCode(0xdc00 + (bytes[index++] ?? 0));
    else {
      text += strictDecoder.decode(bytes.subarray(index, index + size));
      index += size;
    }
  }
  return text;
}

/** Bytes of the valid UTF-8 sequence at `index`; 0 when there is none. Surrogates and overlong forms are not valid. */
function runeSizeAt(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  if (first < 0x80) return 1;
  const size =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  const second = bytes[index + 1] ?? 0;
  if (size === 0 || index + size > bytes.length) return 0;
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  for (let at = 1; at < size; at++) if (((bytes[index + at] ?? 0) & 0xc0) !== 0x80) return 0;
  return size;
}

/** Joins raw bytes that have come together to a valid sequence, as concatenation of bytes does by itself in Go. */
export function rejoin(text: string): string {
  return text.isWellFormed() ? text : fromBytes(toBytes(text));
}

/** Go's len(s). */
export function byteLength(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    if (code < 0x800) length += 1;
    else if (code < 0xd800 || code > 0xdfff) length += 2;
    // A pair is four bytes for two units; a lone raw byte is one for one.
    else if (code < 0xdc00) {
      length += 2;
      index++;
    }
  }
  return length;
}

/** Go's s[start:end] with byte offsets; the caller has checked the bounds. */
export function byteSlice(text: string, start: number, end?: number): string {
  if (isAscii(text)) return text.slice(start, end);
  return fromBytes(toBytes(text).subarray(start, end));
}

/** Code points; a raw byte is one of its own. */
export function runes(text: string): string[] {
  return Array.from(text);
}

export function runeCount(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0xd800 && code < 0xdc00) index++;
    count++;
  }
  return count;
}

/** The byte a lone surrogate stands for; undefined for anything else. */
export function rawByteOf(char: string): number | undefined {
  const code = char.charCodeAt(0);
  return char.length === 1 && isRawUnit(code) ? code - 0xdc00 : undefined;
}

/** Order of Go's strings: by bytes, which for well-formed text is by code point. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x === y) continue;
    if (x < 0xd800 && y < 0xd800) return x - y;
    return compareBytes(toBytes(a), toBytes(b));
  }
  return a.length - b.length;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
