import { createPublicKey, verify, type KeyObject } from "node:crypto";

/** PKCS #10 (RFC 2986) as far as whoever signs needs it. */
export interface SigningRequest {
  /** DER of the name. */
  readonly subject: Buffer;
  /** DER of the key. */
  readonly publicKey: Buffer;
  /** DER of the extension that holds other names, where one was asked for. */
  readonly otherNames?: Buffer;
  /** Values of the subject's organizations and its common name, as text. */
  readonly organizations: readonly string[];
  readonly commonName: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n(?:[\w-]+:[^\n]*\n)*\s*([A-Za-z0-9+/=\s]+?)-----END \1-----/;

/** The blocks of a PEM text, by type, in order. What stands between them is no part of it. */
export function pemBlocks(text: string): { readonly type: string; readonly der: Buffer }[] {
  return [...text.matchAll(new RegExp(BLOCK, "g"))].map(([, type = "", body = ""]) => ({
    type,
    der: Buffer.from(body, "base64"),
  }));
}

/** A request from its PEM, or what Go says is wrong with it. */
export function readSigningRequest(pem: string): SigningRequest | { readonly fault: string } {
  const [block] = pemBlocks(pem);
  if (block?.type !== "CERTIFICATE REQUEST") return { fault: "PEM block type must be CERTIFICATE REQUEST" };
  try {
    return parse(block.der);
  } catch {
    return { fault: "asn1: structure error: malformed certificate request" };
  }
}

const OID_COMMON_NAME = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03]);
const OID_ORGANIZATION = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x0a]);
const OID_EXTENSION_REQUEST = Buffer.from([0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e]);
const OID_OTHER_NAMES = Buffer.from([0x06, 0x03, 0x55, 0x1d, 0x11]);

/** Digests by the last parts of the signature algorithms' names: RSA's 5, 11, 12, 13 and ECDSA's 1, 2, 3, 4. */
const RSA_DIGESTS: Readonly<Record<number, string>> = { 5: "sha1", 11: "sha256", 12: "sha384", 13: "sha512" };
const ECDSA_DIGESTS: Readonly<Record<number, string>> = { 2: "sha256", 3: "sha384", 4: "sha512" };

/** @throws RangeError or Error for what is no request */
function parse(der: Buffer): SigningRequest | { readonly fault: string } {
  const [information, algorithm, signature] = partsOf(der, 0x30);
  const [, subject, publicKey, attributes] = partsOf(information, 0x30);
  if (subject === undefined || publicKey === undefined || algorithm === undefined || signature === undefined)
    throw new RangeError("parts are missing");
  const key = createPublicKey({ key: publicKey, format: "der", type: "spki" });
  const bits = signature.subarray(headerLength(signature) + 1);
  if (!isSigned(key, information as Buffer, partsOf(algorithm, 0x30)[0] as Buffer, bits))
    return {
      fault: key.asymmetricKeyType === "ec" ? "x509: ECDSA verification failure" : "crypto/rsa: verification error",
    };
  const otherNames = attributes === undefined ? undefined : otherNamesIn(attributes);
  const values = (id: Buffer): string[] =>
    partsOf(subject, 0x30)
      .flatMap((set) => partsOf(set, 0x31))
      .map((pair) => partsOf(pair, 0x30))
      .filter(([name]) => name?.equals(id) === true)
      .map(([, value]) => (value as Buffer).subarray(headerLength(value as Buffer)).toString("utf8"));
  return {
    subject,
    publicKey,
    ...(otherNames === undefined ? {} : { otherNames }),
    organizations: values(OID_ORGANIZATION),
    commonName: values(OID_COMMON_NAME).at(-1) ?? "",
  };
}

function isSigned(key: KeyObject, signed: Buffer, oid: Buffer, signature: Buffer): boolean {
  const last = oid.at(-1) ?? 0;
  const kind = key.asymmetricKeyType;
  const digest = kind === "ed25519" ? null : (kind === "ec" ? ECDSA_DIGESTS : RSA_DIGESTS)[last];
  return digest !== undefined && verify(digest, signed, key, signature);
}

/** The extension of other names among the extensions that are asked for. */
function otherNamesIn(attributes: Buffer): Buffer | undefined {
  for (const attribute of partsOf(attributes, 0xa0)) {
    const [id, values] = partsOf(attribute, 0x30);
    if (id?.equals(OID_EXTENSION_REQUEST) !== true) continue;
    for (const extensions of partsOf(values, 0x31)) {
      const found = partsOf(extensions, 0x30).find((one) => partsOf(one, 0x30)[0]?.equals(OID_OTHER_NAMES) === true);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** What is inside a constructed element of DER, each part whole. @throws RangeError */
function partsOf(der: Buffer | undefined, tag: number): Buffer[] {
  if (der === undefined || der[0] !== tag) throw new RangeError("another element was expected");
  const parts: Buffer[] = [];
  for (let at = headerLength(der); at < der.length;) {
    const end = at + lengthOf(der.subarray(at));
    if (end > der.length || end <= at) throw new RangeError("an element is longer than what it is in");
    parts.push(der.subarray(at, end));
    at = end;
  }
  return parts;
}

function headerLength(der: Buffer): number {
  const first = der[1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
}

/** Of a whole element, its header included. @throws RangeError */
function lengthOf(der: Buffer): number {
  const first = der[1];
  if (first === undefined) throw new RangeError("an element has no length");
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  if (count < 1 || count > 4) throw new RangeError("a length that no request has");
  return 2 + count + der.readUIntBE(2, count);
}
