import { fn, P } from "../functions/define.ts";
import { fromBytes, toBytes } from "../values/text.ts";
import { STRING, type FunctionSet } from "../values/types.ts";

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** base64 and base32 of sprig: text that does not decode gives Go's error text instead. */
export const encodingFunctions: FunctionSet = {
  b64enc: fn([P.string], STRING, (_, text) => Buffer.from(toBytes(text)).toString("base64")),
  b64dec: fn([P.string], STRING, (_, text) => textOrFault(decodeBase64(text), "base64")),
  b32enc: fn([P.string], STRING, (_, text) => encodeBase32(toBytes(text))),
  b32dec: fn([P.string], STRING, (_, text) => textOrFault(decodeBase32(text), "base32")),
};

function textOrFault(decoded: Uint8Array | number, name: string): string {
  return typeof decoded === "number" ? `illegal ${name} data at input byte ${decoded}` : fromBytes(decoded);
}

/** The bytes, or the offset Go's base64.StdEncoding names in its error. Line breaks are skipped. */
export function decodeBase64(text: string): Uint8Array | number {
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return Buffer.from(text, "base64");
  const source = toBytes(text);
  const digits: number[] = [];
  let quantumStart = 0;
  for (let at = 0; at < source.length; at++) {
    const char = String.fromCharCode(source[at] ?? 0);
    if (char === "\n" || char === "\r") continue;
    const digit = BASE64.indexOf(char);
    if (digit >= 0) {
      if (digits.length % 4 === 0) quantumStart = at;
      digits.push(digit);
      continue;
    }
    if (char !== "=") return at;
    const fault = paddingFault(source, at, digits.length % 4);
    return fault ?? packed(digits);
  }
  const rest = digits.length % 4;
  // Input that ends inside a group is named by where the group should have gone on.
  if (rest !== 0) return quantumEnd(source, quantumStart, rest);
  return packed(digits);
}

function quantumEnd(source: Uint8Array, _start: number, rest: number): number {
  return source.length - rest;
}

/** Padding stands only where two or three digits do, and nothing but line breaks follows it. */
function paddingFault(source: Uint8Array, at: number, count: number): number | undefined {
  if (count < 2) return at;
  let next = at + 1;
  const skip = (): void => {
    while (source[next] === 0x0a || source[next] === 0x0d) next++;
  };
  if (count === 2) {
    skip();
    if (next === source.length) return source.length;
    if (source[next] !== 0x3d) return next - 1;
    next++;
  }
  skip();
  return next < source.length ? next : undefined;
}

function packed(digits: readonly number[]): Uint8Array {
  return Buffer.from(digits.map((digit) => BASE64[digit]).join(""), "base64");
}

function encodeBase32(bytes: Uint8Array): string {
  let bits = 0;
  let held = 0;
  let text = "";
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(held >> bits) & 31];
    }
  }
  if (bits > 0) text += BASE32[(held << (5 - bits)) & 31];
  return text.padEnd(Math.ceil(text.length / 8) * 8, "=");
}

function decodeBase32(text: string): Uint8Array | number {
  const source = toBytes(text).filter((byte) => byte !== 0x0a && byte !== 0x0d);
  const digits: number[] = [];
  for (let at = 0; at < source.length; at++) {
    const place = digits.length % 8;
    const left = source.length - at - 1;
    if (source[at] === 0x3d && place >= 2 && left < 8) {
      const fault = base32PaddingFault(source, at, place, left);
      return fault ?? packed32(digits);
    }
    const digit = BASE32.indexOf(String.fromCharCode(source[at] ?? 0));
    if (digit < 0) return at;
    digits.push(digit);
  }
  const rest = digits.length % 8;
  return rest === 0 ? packed32(digits) : source.length - rest;
}

function base32PaddingFault(source: Uint8Array, at: number, place: number, left: number): number | undefined {
  if (left + place < 7) return source.length;
  for (let index = 0; index < 7 - place; index++) {
    if (left > index && source[at + 1 + index] !== 0x3d) return at + index;
  }
  return place === 3 || place === 6 || place === 1 ? at : undefined;
}

function packed32(digits: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const digit of digits) {
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((held >> bits) & 0xff);
  }
  return Uint8Array.from(bytes);
}
