/**
 * SSH keys as age recipients and identities (facts/secrets.md 1C): ssh-rsa by OAEP, ssh-ed25519 over its Montgomery form. Private
 * keys in OpenSSH's own form or PEM, without a passphrase.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { Stanza, type Identity, type Recipient } from "age-encryption";

const RSA_TYPE = "ssh-rsa";
const ED25519_TYPE = "ssh-ed25519";
const RSA_LABEL = Buffer.from("age-encryption.org/v1/ssh-rsa");
const ED25519_LABEL = "age-encryption.org/v1/ssh-ed25519";
const RSA_BITS_MIN = 2048;
const TAG_BYTES = 4;
const KEY_BYTES = 32;
const MAC_BYTES = 16;
/** A file key is 16 bytes; its wrapped form has a tag behind. */
const BODY_BYTES = 32;

/** @param text one line of an authorized_keys file: `ssh-ed25519 AAAA… comment`; undefined when it is none */
export function sshRecipient(text: string): Recipient | undefined {
  const [type = "", encoded = ""] = text.trim().split(/\s+/);
  const wire = Buffer.from(encoded, "base64");
  const [name, ...parts] = readStrings(wire);
  if (name?.toString() !== type) return undefined;
  if (type === ED25519_TYPE && parts[0]?.length === KEY_BYTES) return ed25519Recipient(wire, parts[0]);
  const [e, n] = parts;
  if (type !== RSA_TYPE || e === undefined || n === undefined) return undefined;
  const key = createPublicKey({
    format: "jwk",
    key: { kty: "RSA", e: e.toString("base64url"), n: withoutZeros(n).toString("base64url") },
  });
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN ? undefined : rsaRecipient(wire, key);
}

/** @returns undefined for what is no private key, or is locked by a passphrase */
export function sshIdentity(pem: string): Identity | undefined {
  if (pem.includes("BEGIN OPENSSH PRIVATE KEY")) return openSshIdentity(pem);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType !== "rsa") return undefined;
    const { e = "", n = "" } = key.export({ format: "jwk" });
    return rsaIdentity(rsaWire(Buffer.from(e, "base64url"), Buffer.from(n, "base64url")), key);
  } catch {
    return undefined;
  }
}

function rsaRecipient(wire: Buffer, key: KeyObject): Recipient {
  return {
    wrapFileKey: (fileKey) => [new Stanza([RSA_TYPE, tagOf(wire)], publicEncrypt({ key, ...oaep() }, fileKey))],
  };
}

function rsaIdentity(wire: Buffer, key: KeyObject): Identity {
  return {
    unwrapFileKey(stanzas) {
      const own = stanzas.find(({ args }) => args.length === 2 && args[0] === RSA_TYPE && args[1] === tagOf(wire));
      return own === undefined ? null : privateDecrypt({ key, ...oaep() }, own.body);
    },
  };
}

function oaep(): { padding: number; oaepHash: string; oaepLabel: Buffer } {
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256", oaepLabel: RSA_LABEL };
}

function ed25519Recipient(wire: Buffer, point: Buffer): Recipient {
  return {
    wrapFileKey(fileKey) {
      const theirs = ed25519.utils.toMontgomery(point);
      const secret = randomBytes(KEY_BYTES);
      const ephemeral = x25519.scalarMultBase(secret);
      const shared = x25519.scalarMult(tweakOf(wire), x25519.scalarMult(secret, theirs));
      const cipher = createCipheriv("chacha20-poly1305", wrapKey(shared, ephemeral, theirs), Buffer.alloc(12), {
        authTagLength: MAC_BYTES,
      });
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
      return [new Stanza([ED25519_TYPE, tagOf(wire), unpadded(ephemeral)], body)];
    },
  };
}

function ed25519Identity(wire: Buffer, seed: Buffer): Identity {
  const secret = ed25519.utils.toMontgomerySecret(seed);
  const ours = x25519.scalarMultBase(secret);
  return {
    unwrapFileKey(stanzas) {
      const own = stanzas.find(({ args }) => args.length === 3 && args[0] === ED25519_TYPE && args[1] === tagOf(wire));
      if (own === undefined) return null;
      const ephemeral = Buffer.from(own.args[2] ?? "", "base64");
      if (ephemeral.length !== KEY_BYTES || own.body.length !== BODY_BYTES) throw new Error("malformed stanza");
      const shared = x25519.scalarMult(tweakOf(wire), x25519.scalarMult(secret, ephemeral));
      const key = wrapKey(shared, ephemeral, ours);
      const cipher = createDecipheriv("chacha20-poly1305", key, Buffer.alloc(12), { authTagLength: MAC_BYTES });
      cipher.setAuthTag(own.body.subarray(-MAC_BYTES));
      return Buffer.concat([cipher.update(own.body.subarray(0, -MAC_BYTES)), cipher.final()]);
    },
  };
}

/** Binds the shared secret to the SSH key and not only to its Montgomery form. */
function tweakOf(wire: Buffer): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", Buffer.alloc(0), wire, ED25519_LABEL, KEY_BYTES));
}

function wrapKey(shared: Uint8Array, ephemeral: Uint8Array, theirs: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", shared, Buffer.concat([ephemeral, theirs]), ED25519_LABEL, KEY_BYTES));
}

function tagOf(wire: Buffer): string {
  return unpadded(createHash("sha256").update(wire).digest().subarray(0, TAG_BYTES));
}

function unpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

const MAGIC = "openssh-key-v1\0";

function openSshIdentity(pem: string): Identity | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/.exec(pem)?.[1] ?? "";
  const bytes = Buffer.from(body.replace(/\s/g, ""), "base64");
  if (!bytes.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) return undefined;
  const [cipher, , options = Buffer.alloc(0)] = readStrings(bytes.subarray(MAGIC.length), 3);
  if (cipher?.toString() !== "none") return undefined;
  const COUNT_BYTES = 4;
  const rest = bytes.subarray(MAGIC.length + 4 * 3 + cipher.length + "none".length + options.length + COUNT_BYTES);
  const [wire, secret] = readStrings(rest, 2);
  if (wire === undefined || secret === undefined) return undefined;
  // Two equal check numbers stand before the key.
  const [type, ...parts] = readStrings(secret.subarray(8));
  if (type?.toString() === ED25519_TYPE) {
    const pair = parts[1];
    return pair?.length === KEY_BYTES * 2 ? ed25519Identity(wire, pair.subarray(0, KEY_BYTES)) : undefined;
  }
  const [n, e, d, qi, p, q] = parts;
  if (type?.toString() !== RSA_TYPE || !n || !e || !d || !qi || !p || !q) return undefined;
  return rsaIdentity(wire, rsaPrivateKey({ n, e, d, qi, p, q }));
}

function rsaPrivateKey(parts: Readonly<Record<"n" | "e" | "d" | "qi" | "p" | "q", Buffer>>): KeyObject {
  const text = (bytes: Buffer): string => withoutZeros(bytes).toString("base64url");
  const { n, e, d, qi, p, q } = parts;
  const numbers = { n: text(n), e: text(e), d: text(d), qi: text(qi), p: text(p), q: text(q) };
  const remainder = (prime: Buffer): string => {
    const value = toBigInt(d) % (toBigInt(prime) - 1n);
    const hex = value.toString(16);
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
  };
  return createPrivateKey({ format: "jwk", key: { kty: "RSA", ...numbers, dp: remainder(p), dq: remainder(q) } });
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString("hex") || "0"}`);
}

function withoutZeros(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  return bytes.subarray(start);
}

/** SSH writes numbers with a zero byte before a first bit that is set. */
function rsaWire(e: Buffer, n: Buffer): Buffer {
  const number = (bytes: Buffer): Buffer => ((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
  return Buffer.concat([Buffer.from(RSA_TYPE), number(e), number(n)].flatMap((part) => [lengthOf(part), part]));
}

function lengthOf(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}

/** Parts with their lengths before them, until the bytes or `max` end. */
function readStrings(bytes: Buffer, max = 16): Buffer[] {
  const parts: Buffer[] = [];
  let offset = 0;
  while (parts.length < max && offset + 4 <= bytes.length) {
    const length = bytes.readUInt32BE(offset);
    if (offset + 4 + length > bytes.length) break;
    parts.push(bytes.subarray(offset + 4, offset + 4 + length));
    offset += 4 + length;
  }
  return parts;
}
