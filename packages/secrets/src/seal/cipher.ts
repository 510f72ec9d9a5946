/**
 * The ciphertext of Sealed Secrets: a session key wrapped by RSA-OAEP, and the value under it in AES-256-GCM.
 *
 *     uint16 big-endian length L · L bytes RSA-OAEP(SHA-256, label) of 32 random bytes · AES-256-GCM(value) · 16 bytes tag
 *
 * The nonce is twelve zero bytes: a session key seals one value and never a second. Format: facts/secrets.md 1A.
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { SECRETS_LIMITS } from "../limits.ts";

const SESSION_KEY_BYTES = 32;
const TAG_BYTES = 16;
const LENGTH_BYTES = 2;
const NONCE = Buffer.alloc(12);

type Random = (bytes: number) => Uint8Array;

/** Seals `value` for the holder of the private key. `label` binds it to where it may be unsealed (labelFor in scope.ts). */
export function sealBytes(
  publicKey: KeyObject,
  value: Uint8Array,
  label: string,
  random: Random = randomBytes,
): Buffer {
  const sessionKey = random(SESSION_KEY_BYTES);
  const wrapped = publicEncrypt({ key: publicKey, ...oaep(label) }, sessionKey);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(wrapped.length);
  const cipher = createCipheriv("aes-256-gcm", sessionKey, NONCE);
  return Buffer.concat([length, wrapped, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
}

/** The value, or undefined when this key does not open it: whatever the cause, none is told to whoever asks. */
export function unsealBytes(privateKey: KeyObject, sealed: Uint8Array, label: string): Buffer | undefined {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < LENGTH_BYTES || bytes.length > SECRETS_LIMITS.sealedBytes) return undefined;
  const end = LENGTH_BYTES + bytes.readUInt16BE();
  if (bytes.length < end + TAG_BYTES) return undefined;
  try {
    const sessionKey = privateDecrypt({ key: privateKey, ...oaep(label) }, bytes.subarray(LENGTH_BYTES, end));
    const decipher = createDecipheriv("aes-256-gcm", sessionKey, NONCE);
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(end, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function oaep(label: string): { padding: number; oaepHash: string; oaepLabel: Buffer } {
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256", oaepLabel: Buffer.from(label) };
}
