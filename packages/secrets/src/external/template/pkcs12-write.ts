import {
  createCipheriv,
  createHash,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  type KeyObject,
  type X509Certificate,
} from "node:crypto";
import { bmpBytes, der, integer, octets, oid, sequence, TAG } from "./der.ts";

/** The settings of go-pkcs12's "Modern" files, which External Secrets writes: AES-256-CBC, PBKDF2 and MAC with SHA-256. */
const ITERATIONS = 2048;
const SALT_BYTES = 16;
const BLOCK_BYTES = 64;
const OID = {
  data: "1.2.840.113549.1.7.1",
  encryptedData: "1.2.840.113549.1.7.6",
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificateBag: "1.2.840.113549.1.12.10.1.3",
  x509: "1.2.840.113549.1.9.22.1",
  localKeyId: "1.2.840.113549.1.9.21",
  friendlyName: "1.2.840.113549.1.9.20",
  javaTrust: "2.16.840.1.113894.746875.1.1",
  anyUsage: "2.5.29.37.0",
  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
  hmacSha256: "1.2.840.113549.2.9",
  aes256: "2.16.840.1.101.3.4.1.42",
  sha256: "2.16.840.1.101.3.4.2.1",
} as const;

/** A key with its certificate and those that issued it. */
export function keyStore(
  key: KeyObject,
  leaf: X509Certificate,
  others: readonly X509Certificate[],
  password: string,
): Buffer {
  const mark = attribute(OID.localKeyId, octets(createHash("sha1").update(leaf.raw).digest()));
  const certificates = [certificateBag(leaf, mark), ...others.map((one) => certificateBag(one))];
  const { algorithm, ciphertext } = encrypted(key.export({ type: "pkcs8", format: "der" }), password);
  const keyBag = bag(OID.shroudedKey, sequence(algorithm, octets(ciphertext)), mark);
  return file([encryptedContent(sequence(...certificates), password), content(sequence(keyBag))], password);
}

/** Certificates that Java is to trust, each under its subject as its alias. */
export function trustStore(certificates: readonly X509Certificate[], password: string): Buffer {
  const bags = certificates.map((one) => {
    const alias = attribute(OID.friendlyName, der(TAG.bmp, bmpBytes(one.subject.split("\n").toReversed().join(","))));
    return certificateBag(one, alias, attribute(OID.javaTrust, oid(OID.anyUsage)));
  });
  return file([encryptedContent(sequence(...bags), password)], password);
}

function bag(type: string, value: Buffer, ...attributes: readonly Buffer[]): Buffer {
  const marks = attributes.length > 0 ? [der(TAG.set, ...attributes)] : [];
  return sequence(oid(type), der(0xa0, value), ...marks);
}

function certificateBag(certificate: X509Certificate, ...attributes: readonly Buffer[]): Buffer {
  return bag(OID.certificateBag, sequence(oid(OID.x509), der(0xa0, octets(certificate.raw))), ...attributes);
}

function attribute(type: string, value: Buffer): Buffer {
  return sequence(oid(type), der(TAG.set, value));
}

function content(inner: Buffer): Buffer {
  return sequence(oid(OID.data), der(0xa0, octets(inner)));
}

function encryptedContent(inner: Buffer, password: string): Buffer {
  const { algorithm, ciphertext } = encrypted(inner, password);
  const info = sequence(oid(OID.data), algorithm, der(0x80, ciphertext));
  return sequence(oid(OID.encryptedData), der(0xa0, sequence(integer(0), info)));
}

function encrypted(plain: Buffer, password: string): { algorithm: Buffer; ciphertext: Buffer } {
  const [salt, iv] = [randomBytes(SALT_BYTES), randomBytes(16)];
  const key = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const derivation = sequence(octets(salt), integer(ITERATIONS), sequence(oid(OID.hmacSha256), der(TAG.null)));
  const algorithm = sequence(
    oid(OID.pbes2),
    sequence(sequence(oid(OID.pbkdf2), derivation), sequence(oid(OID.aes256), octets(iv))),
  );
  return { algorithm, ciphertext: Buffer.concat([cipher.update(plain), cipher.final()]) };
}

function file(contents: readonly Buffer[], password: string): Buffer {
  const safe = sequence(...contents);
  const salt = randomBytes(SALT_BYTES);
  const digest = createHmac("sha256", macKey(password, salt)).update(safe).digest();
  const info = sequence(sequence(oid(OID.sha256), der(TAG.null)), octets(digest));
  return sequence(integer(3), content(safe), sequence(info, octets(salt), integer(ITERATIONS)));
}

/** RFC 7292, appendix B: the key for the MAC. One round of SHA-256 is as long as the key. */
function macKey(password: string, salt: Buffer): Buffer {
  const secret = Buffer.concat([bmpBytes(password), Buffer.alloc(2)]);
  let hash = createHash("sha256")
    .update(Buffer.alloc(BLOCK_BYTES, 3))
    .update(filled(salt))
    .update(filled(secret))
    .digest();
  for (let round = 1; round < ITERATIONS; round++) hash = createHash("sha256").update(hash).digest();
  return hash;
}

/** Repeated to whole blocks. */
function filled(bytes: Buffer): Buffer {
  return Buffer.alloc(Math.ceil(bytes.length / BLOCK_BYTES) * BLOCK_BYTES, bytes);
}
