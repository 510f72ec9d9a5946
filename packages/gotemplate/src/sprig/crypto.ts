import { encodeBase64, hashSync } from "bcryptjs";
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";
import { GoError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { derivePassword } from "../crypto/password.ts";
import { fn, P } from "../functions/define.ts";
import { randomBelow } from "../random.ts";
import { byteLength, fromBytes, toBytes } from "../values/text.ts";
import { STRING, type FunctionSet } from "../values/types.ts";
import { decodeBase64 } from "./encoding.ts";

/** Steps a slow hash counts for, so that thousands of them end in a limit. */
const SLOW_STEPS = 20_000;
const BCRYPT_COST = 10;
const BCRYPT_BYTES_MAX = 72;

const DIGITS = "0123456789";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PRINTABLE = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("");

/** Hashes, passwords, ciphers and random text of sprig. */
export const cryptoFunctions: FunctionSet = {
  sha1sum: fn([P.string], STRING, (_, text) => digest("sha1", text)),
  sha256sum: fn([P.string], STRING, (_, text) => digest("sha256", text)),
  sha512sum: fn([P.string], STRING, (_, text) => digest("sha512", text)),
  adler32sum: fn([P.string], STRING, (_, text) => adler32(toBytes(text))),
  bcrypt: fn([P.string], STRING, (context, password) => bcrypt(context, password)),
  htpasswd: fn([P.string, P.string], STRING, (context, user, password) => {
    return user.includes(":") ? `invalid username: ${user}` : `${user}:${bcrypt(context, password)}`;
  }),
  derivePassword: fn(
    [P.uint32, P.string, P.string, P.string, P.string],
    STRING,
    (context, counter, type, password, user, site) => {
      context.spend(SLOW_STEPS);
      return derivePassword(counter, type, password, user, site);
    },
  ),
  encryptAES: fn([P.string, P.string], STRING, (context, password, text) => encryptAes(context, password, text)),
  decryptAES: fn([P.string, P.string], STRING, (_, password, text) => decryptAes(password, text)),

  randAlphaNum: fn([P.int], STRING, (context, count) => randomText(context, LETTERS + DIGITS, count)),
  randAlpha: fn([P.int], STRING, (context, count) => randomText(context, LETTERS, count)),
  randNumeric: fn([P.int], STRING, (context, count) => randomText(context, DIGITS, count)),
  randAscii: fn([P.int], STRING, (context, count) => randomText(context, PRINTABLE, count)),
  randBytes: fn([P.int], STRING, (context, count) => {
    if (count < 0) throw new GoError("runtime error: makeslice: len out of range");
    context.reserve(count);
    return Buffer.from(context.random().bytes(count)).toString("base64");
  }),
  uuidv4: fn([], STRING, (context) => uuid(context.random().bytes(16))),
};

function digest(algorithm: string, text: string): string {
  return createHash(algorithm).update(toBytes(text)).digest("hex");
}

function adler32(bytes: Uint8Array): string {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  return String(b * 65_536 + a);
}

function bcrypt(context: CallContext, password: string): string {
  context.spend(SLOW_STEPS);
  if (byteLength(password) > BCRYPT_BYTES_MAX) {
    return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes";
  }
  const salt = encodeBase64(Array.from(context.random().bytes(16)), 16);
  return hashSync(password, `$2a$${BCRYPT_COST}$${salt}`);
}

/** The first 32 bytes of the password, zeros behind a shorter one. */
function aesKey(password: string): Uint8Array {
  const key = Buffer.alloc(32);
  key.set(toBytes(password).subarray(0, 32));
  return key;
}

function encryptAes(context: CallContext, password: string, text: string): string {
  if (text === "") return "";
  const iv = context.random().bytes(16);
  const cipher = createCipheriv("aes-256-cbc", aesKey(password), iv);
  return Buffer.concat([iv, cipher.update(toBytes(text)), cipher.final()]).toString("base64");
}

function decryptAes(password: string, text: string): string {
  if (text === "") return "";
  const bytes = decodeBase64(text);
  if (typeof bytes === "number") throw new GoError(`illegal base64 data at input byte ${bytes}`);
  if (bytes.length < 16)
    throw new GoError(`runtime error: slice bounds out of range [:16] with capacity ${capacityOf(text)}`);
  if (bytes.length % 16 !== 0) throw new GoError("crypto/cipher: input not full blocks");
  const decipher = createDecipheriv("aes-256-cbc", aesKey(password), bytes.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]);
  if (plain.length === 0) throw new GoError("runtime error: index out of range [-1]");
  const end = plain.length - (plain.at(-1) ?? 0);
  if (end < 0) throw new GoError(`runtime error: slice bounds out of range [:${end}]`);
  return fromBytes(plain.subarray(0, end));
}

/** What Go's decoder allocates for a text. */
function capacityOf(text: string): number {
  return Math.floor(text.length / 4) * 3;
}

function randomText(context: CallContext, chars: string, count: number): string {
  if (count <= 0) return "";
  context.reserve(count);
  context.spend(count);
  const random = context.random();
  let text = "";
  for (let made = 0; made < count; made++) text += chars[randomBelow(random, chars.length)];
  return text;
}

/** A version 4 UUID. */
function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes);
  hex[6] = ((hex[6] ?? 0) & 0x0f) | 0x40;
  hex[8] = ((hex[8] ?? 0) & 0x3f) | 0x80;
  return hex.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
