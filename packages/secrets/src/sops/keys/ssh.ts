/** SSH keys as age recipients and identities (facts/secrets.md 1C): ssh-rsa by OAEP, ssh-ed25519 over its Montgomery form. */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  hkdfSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { problemError } from "@fairlead/base";
import { Stanza, type Identity, type Recipient } from "age-encryption";
import { lockOf, readSshPrivateKey, type SshPrivateKey } from "./ssh-private-key.ts";
import { readSshStrings, wireIn, withoutZeros } from "./ssh-wire.ts";

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
  const wire = wireIn(text);
  if (wire === undefined) return undefined;
  const [name, ...parts] = readSshStrings(wire);
  const type = name?.toString();
  if (type === ED25519_TYPE && parts[0]?.length === KEY_BYTES) return ed25519Recipient(wire, parts[0]);
  const [e, n] = parts;
  if (type !== RSA_TYPE || e === undefined || n === undefined) return undefined;
  const key = createPublicKey({
    format: "jwk",
    key: { kty: "RSA", e: e.toString("base64url"), n: withoutZeros(n).toString("base64url") },
  });
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) < RSA_BITS_MIN ? undefined : rsaRecipient(wire, key);
}

/** A private SSH key behind a passphrase, which is asked for when something is to be opened that is for this key. */
export interface LockedSshKey {
  readonly pem: string;
  /** Where it was found. */
  readonly name: string;
  /** A line of an authorized_keys file, when one lies beside it: keys in PEM do not tell whose they are. */
  readonly publicKey?: string | undefined;
  /** @throws ProblemError KeyUnusable: nobody can be asked */
  passphrase(): Promise<string>;
}

/** Whether a private key cannot be used without a passphrase. */
export function isLockedSshKey(pem: string): boolean {
  return lockOf(pem) !== undefined;
}

/** @returns undefined for what is no private key, or is locked by a passphrase */
export async function sshIdentity(pem: string): Promise<Identity | undefined> {
  const key = await readSshPrivateKey(pem);
  return key && identityOf(key);
}

export function lockedSshIdentity({ pem, name, publicKey, passphrase }: LockedSshKey): Identity {
  const wire = lockOf(pem)?.wire ?? wireIn(publicKey ?? "");
  const isFor = ({ args }: Stanza): boolean =>
    wire === undefined ? args[0] === RSA_TYPE : args[0]?.startsWith("ssh-") === true && args[1] === tagOf(wire);
  return {
    async unwrapFileKey(stanzas) {
      if (!stanzas.some(isFor)) return null;
      const key = await readSshPrivateKey(pem, await passphrase());
      if (key === undefined)
        throw problemError("KeyUnusable", `${name}: incorrect passphrase, or not a usable SSH key`);
      return identityOf(key).unwrapFileKey(stanzas);
    },
  };
}

function identityOf(key: SshPrivateKey): Identity {
  return key.kind === "rsa" ? rsaIdentity(key.wire, key.key) : ed25519Identity(key.wire, key.seed);
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
