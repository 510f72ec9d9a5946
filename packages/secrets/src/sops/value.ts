/** One encrypted value: ENC[AES256_GCM,data:…,iv:…,tag:…,type:…], each part in standard base64. Format: facts/secrets.md 1B. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { fromBytes, toBytes } from "@fairlead/gotemplate";
import { Comment, Timestamp, type Leaf } from "./tree.ts";

const IV_BYTES = 32;
const TAG_BYTES = 16;
/** Anchored at the start only, as the real reader is. */
const ENCRYPTED = /^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]/s;

type Random = (bytes: number) => Buffer;

/** Why a value cannot be decrypted; never holds the value. */
export class DecryptError extends Error {}

/**
 * Encrypts and decrypts leaves under one data key. The vectors of what was decrypted are kept: what is encrypted again unchanged at
 * the same place gets the same text, so a file's diff shows what really changed. Vectors are reused for equal plaintexts only.
 */
export class ValueCipher {
  readonly #key: Buffer;
  readonly #random: Random;
  readonly #vectors = new Map<string, Buffer>();

  /** @param key 32 bytes */
  constructor(key: Uint8Array, random: Random = randomBytes) {
    this.#key = Buffer.from(key);
    this.#random = random;
  }

  /** Empty text stays empty: there is nothing to hide, and sops has it so. */
  encrypt(leaf: Leaf, additional: string): string {
    const plain = bytesOf(leaf);
    const type = typeOf(leaf);
    if (plain.length === 0) return "";
    const iv = this.#vectors.get(vectorKey(type, plain, additional)) ?? this.#random(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv).setAAD(Buffer.from(additional));
    const data = Buffer.concat([cipher.update(plain), cipher.final()]).toString("base64");
    const tag = cipher.getAuthTag().toString("base64");
    return `ENC[AES256_GCM,data:${data},iv:${iv.toString("base64")},tag:${tag},type:${type}]`;
  }

  /** @throws DecryptError */
  decrypt(text: string, additional: string): Leaf {
    if (text === "") return "";
    const [, data = "", vector = "", mark = "", type = ""] = ENCRYPTED.exec(text) ?? [];
    if (type === "") throw new DecryptError("it is not in sops' form");
    const iv = Buffer.from(vector, "base64");
    const tag = Buffer.from(mark, "base64");
    // A short tag would be accepted by the cipher and is a thousand times easier to forge.
    if (tag.length !== TAG_BYTES || iv.length === 0) throw new DecryptError("its tag or vector has a wrong length");
    const plain = this.#open(Buffer.from(data, "base64"), iv, tag, additional);
    this.#vectors.set(vectorKey(type, plain, additional), iv);
    return leafOf(type, plain);
  }

  #open(data: Buffer, iv: Buffer, tag: Buffer, additional: string): Buffer {
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.#key, iv).setAAD(Buffer.from(additional)).setAuthTag(tag);
      return Buffer.concat([decipher.update(data), decipher.final()]);
    } catch {
      throw new DecryptError("it was changed, moved, or encrypted under another key");
    }
  }
}

function vectorKey(type: string, plain: Buffer, additional: string): string {
  return `${type}\0${additional}\0${plain.toString("base64")}`;
}

function typeOf(leaf: Leaf): string {
  if (leaf instanceof Comment) return "comment";
  if (leaf instanceof Timestamp) return "time";
  if (typeof leaf === "bigint") return "int";
  if (typeof leaf === "number") return "float";
  return typeof leaf === "boolean" ? "bool" : "str";
}

/** What is encrypted, and what the MAC is taken over. */
export function bytesOf(leaf: Leaf): Buffer {
  if (leaf instanceof Comment || leaf instanceof Timestamp) return Buffer.from(toBytes(leaf.text));
  if (typeof leaf === "boolean") return Buffer.from(leaf ? "True" : "False");
  return Buffer.from(toBytes(typeof leaf === "number" ? decimalOf(leaf) : String(leaf)));
}

function leafOf(type: string, plain: Buffer): Leaf {
  const text = fromBytes(plain);
  switch (type) {
    case "str":
    case "bytes":
      return text;
    case "int":
      if (/^[+-]?\d+$/.test(text)) return BigInt(text);
      break;
    case "float":
      if (/^[+-]?(?:\d|\.\d|inf|nan)/i.test(text)) return floatOf(text);
      break;
    case "bool":
      if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
      if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
      break;
    case "time":
      return new Timestamp(text);
    case "comment":
      return new Comment(text);
    default:
      throw new DecryptError(`its type ${JSON.stringify(type)} is unknown`);
  }
  throw new DecryptError(`what it holds is no ${type}`);
}

function floatOf(text: string): number {
  if (/^[+-]?inf/i.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** The shortest digits that read back, without an exponent, as Go's 'f' format gives them. */
export function decimalOf(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential()) ?? [];
  const digits = whole + fraction;
  const point = 1 + Number(exponent);
  if (Object.is(value, -0)) return "-0";
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
