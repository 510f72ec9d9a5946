/** Private SSH keys as files have them: OpenSSH's own form and PEM, plain or behind a passphrase. */
import { createDecipheriv, createPrivateKey, type CipherGCMTypes, type KeyObject } from "node:crypto";
import { readSshStrings, rsaWire, withoutZeros } from "./ssh-wire.ts";

export type SshPrivateKey =
  | { readonly kind: "ed25519"; readonly wire: Buffer; readonly seed: Buffer }
  | { readonly kind: "rsa"; readonly wire: Buffer; readonly key: KeyObject };

const OPENSSH = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/;
const MAGIC = Buffer.from("openssh-key-v1\0");
const ED25519_BYTES = 32;
/** ssh-keygen takes 16 or 24; a file that wants far more would hold the process up. */
const ROUNDS_MAX = 1024;

/** What OpenSSH's form says without a passphrase. */
interface OpenSshKey {
  readonly cipher: string;
  readonly salt: Buffer;
  readonly rounds: number;
  /** The public key's. */
  readonly wire: Buffer;
  readonly secret: Buffer;
  readonly tag: Buffer;
}

/** Whether the key needs a passphrase; its public key, when the file tells it all the same. */
export function lockOf(pem: string): { readonly wire: Buffer | undefined } | undefined {
  const open = readOpenSsh(pem);
  if (open !== undefined) return open.cipher === "none" ? undefined : { wire: open.wire };
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem) ? { wire: undefined } : undefined;
}

/** undefined: it is no key that can be used, or the passphrase is another. */
export async function readSshPrivateKey(pem: string, passphrase?: string): Promise<SshPrivateKey | undefined> {
  const open = readOpenSsh(pem);
  try {
    return open === undefined ? readPem(pem, passphrase) : keyIn(open.wire, await secretOf(open, passphrase));
  } catch {
    return undefined;
  }
}

function readPem(pem: string, passphrase: string | undefined): SshPrivateKey | undefined {
  const key = createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  if (key.asymmetricKeyType !== "rsa") return undefined;
  const { e = "", n = "" } = key.export({ format: "jwk" });
  return { kind: "rsa", wire: rsaWire(Buffer.from(e, "base64url"), Buffer.from(n, "base64url")), key };
}

function readOpenSsh(pem: string): OpenSshKey | undefined {
  const bytes = Buffer.from((OPENSSH.exec(pem)?.[1] ?? "").replace(/\s/g, ""), "base64");
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const [cipher, kdf, options] = readSshStrings(bytes.subarray(MAGIC.length), 3);
  if (cipher === undefined || kdf === undefined || options === undefined) return undefined;
  const NUMBER_BYTES = 4;
  // Four lengths or counts: of the three texts, and of keys, of which there is one.
  const head = MAGIC.length + NUMBER_BYTES * 4 + cipher.length + kdf.length + options.length;
  const [wire, secret] = readSshStrings(bytes.subarray(head), 2);
  if (wire === undefined || secret === undefined) return undefined;
  const [salt = Buffer.alloc(0)] = readSshStrings(options, 1);
  const rounds = options.length >= NUMBER_BYTES ? options.readUInt32BE(options.length - NUMBER_BYTES) : 0;
  const tag = bytes.subarray(head + NUMBER_BYTES * 2 + wire.length + secret.length);
  return { cipher: cipher.toString(), salt, rounds, wire, secret, tag };
}

/** Under OpenSSH's names: bytes of the key and the vector. */
const CIPHERS: Readonly<Record<string, readonly [name: string, keyBytes: number, vectorBytes: number]>> = {
  "aes128-ctr": ["aes-128-ctr", 16, 16],
  "aes192-ctr": ["aes-192-ctr", 24, 16],
  "aes256-ctr": ["aes-256-ctr", 32, 16],
  "aes128-cbc": ["aes-128-cbc", 16, 16],
  "aes192-cbc": ["aes-192-cbc", 24, 16],
  "aes256-cbc": ["aes-256-cbc", 32, 16],
  "aes128-gcm@openssh.com": ["aes-128-gcm", 16, 12],
  "aes256-gcm@openssh.com": ["aes-256-gcm", 32, 12],
};
const TAG_BYTES = 16;

/** @throws Error when it cannot be decrypted */
async function secretOf({ cipher, salt, rounds, secret, tag }: OpenSshKey, passphrase?: string): Promise<Buffer> {
  if (cipher === "none") return secret;
  const [name = "", keyBytes = 0, vectorBytes = 0] = Object.hasOwn(CIPHERS, cipher) ? (CIPHERS[cipher] ?? []) : [];
  if (name === "" || !passphrase || rounds > ROUNDS_MAX) throw new Error("it cannot be decrypted");
  const { pbkdf } = await import("bcrypt-pbkdf");
  const derived = Buffer.alloc(keyBytes + vectorBytes);
  const password = Buffer.from(passphrase);
  if (pbkdf(password, password.length, salt, salt.length, derived, derived.length, rounds) !== 0)
    throw new Error("no key can be derived");
  const [key, vector] = [derived.subarray(0, keyBytes), derived.subarray(keyBytes)];
  const decipher = name.endsWith("gcm")
    ? createDecipheriv(name as CipherGCMTypes, key, vector).setAuthTag(tag.subarray(0, TAG_BYTES))
    : createDecipheriv(name, key, vector).setAutoPadding(false);
  return Buffer.concat([decipher.update(secret), decipher.final()]);
}

const CHECK_BYTES = 4;

function keyIn(wire: Buffer, secret: Buffer): SshPrivateKey | undefined {
  // Two numbers that are equal when the passphrase is right stand before the key.
  if (!secret.subarray(0, CHECK_BYTES).equals(secret.subarray(CHECK_BYTES, CHECK_BYTES * 2))) return undefined;
  const [type, ...parts] = readSshStrings(secret.subarray(CHECK_BYTES * 2));
  if (type?.toString() === "ssh-ed25519") {
    const pair = parts[1];
    return pair?.length === ED25519_BYTES * 2
      ? { kind: "ed25519", wire, seed: pair.subarray(0, ED25519_BYTES) }
      : undefined;
  }
  const [n, e, d, qi, p, q] = parts;
  if (type?.toString() !== "ssh-rsa" || !n || !e || !d || !qi || !p || !q) return undefined;
  return { kind: "rsa", wire, key: rsaPrivateKey({ n, e, d, qi, p, q }) };
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
