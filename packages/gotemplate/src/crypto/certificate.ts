import { createHash, createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { GoError } from "../errors.ts";
import type { RandomSource } from "../random.ts";
import { civilOf } from "../time/civil.ts";
import {
  bitString,
  bytesToBig,
  der,
  integerDer,
  objectId,
  octetString,
  readElements,
  sequence,
  TRUE_DER,
} from "./der.ts";
import { keyPem, publicKeyInfo, type PrivateKey } from "./keys.ts";
import { encodePem } from "./pem.ts";
import { signatureAlgorithm, signWith } from "./sign.ts";

/** What sprig puts into a certificate. */
export interface CertificateRequest {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  /** Unix seconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isAuthority: boolean;
}

/** Who signs: its subject as DER, its key identifier if it has one, its key. */
export interface Issuer {
  readonly subject: Uint8Array;
  readonly keyId: Uint8Array | undefined;
  readonly key: PrivateKey;
  /** The key in the issuer's certificate; its private key must belong to it. */
  readonly publicKey: Uint8Array;
}

export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/**
 * A certificate as crypto/x509.CreateCertificate lays it out, and the key, both as PEM. `issuer` undefined signs itself.
 * @throws GoError in the words of sprig and Go
 */
export function createCertificate(
  request: CertificateRequest,
  key: PrivateKey,
  issuer: Issuer | undefined,
  random: RandomSource,
): IssuedCertificate {
  const signer = issuer?.key ?? key;
  if (signer.kind === "dsa") throw failed("x509: certificate private key does not implement crypto.Signer");
  if (key.kind === "dsa") throw failed("x509: unsupported public key type: *dsa.PublicKey");
  const algorithm = signatureAlgorithm(signer.key);
  if (algorithm === undefined) throw failed("x509: unsupported elliptic curve");
  if (issuer !== undefined && !Buffer.from(publicKeyInfo(signer.key)).equals(issuer.publicKey)) {
    throw failed("x509: provided PrivateKey doesn't match parent's PublicKey");
  }
  const subject = nameDer(request.commonName);
  const body = sequence(
    der(0xa0, integerDer(2)),
    integerDer(bytesToBig(random.bytes(16))),
    algorithm,
    issuer?.subject ?? subject,
    sequence(timeDer(request.notBefore), timeDer(request.notAfter)),
    subject,
    publicKeyInfo(key.key),
    der(0xa3, sequence(...extensions(request, key.key, subject, issuer))),
  );
  const signature = signWith(signer.key, body, random.isSeeded);
  const bytes = sequence(body, algorithm, bitString(signature));
  return { certificate: encodePem({ type: "CERTIFICATE", bytes }), key: keyPem(key) };
}

function failed(reason: string): GoError {
  return new GoError(`error creating certificate: ${reason}`);
}

/** A name of one common name, or of nothing. Text is PrintableString where every character allows it. */
function nameDer(commonName: string): Uint8Array {
  if (commonName === "") return sequence();
  const tag = /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(commonName) ? 0x13 : 0x0c;
  const value = der(tag, Buffer.from(commonName, "utf8"));
  return sequence(der(0x31, sequence(objectId("2.5.4.3"), value)));
}

/** UTCTime from 1950 to 2049, GeneralizedTime outside. */
function timeDer(seconds: number): Uint8Array {
  const { year, month, day, hour, minute, second } = civilOf(seconds);
  const rest = [month, day, hour, minute, second].map((part) => String(part).padStart(2, "0")).join("");
  if (year < 0 || year > 9999) throw failed("asn1: structure error: cannot represent time as GeneralizedTime");
  if (year >= 1950 && year < 2050) return der(0x17, Buffer.from(`${String(year % 100).padStart(2, "0")}${rest}Z`));
  return der(0x18, Buffer.from(`${String(year).padStart(4, "0")}${rest}Z`));
}

function extension(oid: string, isCritical: boolean, value: Uint8Array): Uint8Array {
  return sequence(objectId(oid), ...(isCritical ? [TRUE_DER] : []), octetString(value));
}

/** In Go's order: key usage, extended usage, constraints, key identifiers, alternative names. */
function extensions(
  request: CertificateRequest,
  key: KeyObject,
  subject: Uint8Array,
  issuer: Issuer | undefined,
): Uint8Array[] {
  // Digital signature and key encipherment; an authority signs certificates too.
  const usage = request.isAuthority ? bitString(Uint8Array.of(0xa4), 2) : bitString(Uint8Array.of(0xa0), 5);
  const list = [
    extension("2.5.29.15", true, usage),
    extension("2.5.29.37", false, sequence(objectId("1.3.6.1.5.5.7.3.1"), objectId("1.3.6.1.5.5.7.3.2"))),
    extension("2.5.29.19", true, sequence(...(request.isAuthority ? [TRUE_DER] : []))),
  ];
  if (request.isAuthority) list.push(extension("2.5.29.14", false, octetString(keyIdOf(key))));
  if (issuer?.keyId !== undefined && !Buffer.from(issuer.subject).equals(subject)) {
    list.push(extension("2.5.29.35", false, sequence(der(0x80, issuer.keyId))));
  }
  const names = [
    ...request.dnsNames.map((name) => der(0x82, Buffer.from(name, "utf8"))),
    ...request.addresses.map((address) => der(0x87, addressBytes(address))),
  ];
  if (names.length > 0) list.push(extension("2.5.29.17", request.commonName === "", sequence(...names)));
  return list;
}

/** The SHA-1 of the key's bits, as Go does for programs written for a Go before 1.25, Helm 3 among them. */
function keyIdOf(key: KeyObject): Uint8Array {
  const [outer] = readElements(publicKeyInfo(key)) ?? [];
  const bits = readElements(outer?.content ?? new Uint8Array())?.[1]?.content.subarray(1) ?? new Uint8Array();
  return createHash("sha1").update(bits).digest();
}

/** An IP address as bytes; undefined for what is none. Leading zeros are no address, as for Go's net.ParseIP. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (isIP(text) === 4) return Uint8Array.from(text.split(".").map(Number));
  if (isIP(text) !== 6 || text.includes("%")) return undefined;
  let groups = text;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted !== null) {
    const [, head = "", a, b, c, d] = dotted;
    const hex = (high: string | undefined, low: string | undefined): string =>
      (Number(high) * 256 + Number(low)).toString(16);
    groups = `${head}${hex(a, b)}:${hex(c, d)}`;
  }
  const [before = "", after] = groups.split("::");
  const left = before === "" ? [] : before.split(":");
  const right = after === undefined || after === "" ? [] : after.split(":");
  const middle = Array.from({ length: 8 - left.length - right.length }, () => "0");
  const bytes = [...left, ...middle, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
  const all = Uint8Array.from(bytes);
  // An IPv4 address written as IPv6 is one of four bytes to Go.
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return isMapped ? all.subarray(12) : all;
}

function addressBytes(text: string): Uint8Array {
  return parseAddress(text) ?? new Uint8Array();
}

/** What is needed of a certificate to sign in its name; undefined for what is none. */
export function readIssuer(bytes: Uint8Array): Omit<Issuer, "key"> | undefined {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(bytes);
  } catch {
    return undefined;
  }
  const [outer] = readElements(bytes) ?? [];
  const [body] = readElements(outer?.content ?? new Uint8Array()) ?? [];
  const parts = readElements(body?.content ?? new Uint8Array()) ?? [];
  const offset = parts[0]?.tag === 0xa0 ? 1 : 0;
  const subject = parts[offset + 4]?.whole;
  if (subject === undefined) return undefined;
  const list = parts.find(({ tag }) => tag === 0xa3);
  return {
    subject,
    keyId: list === undefined ? undefined : subjectKeyId(list.content),
    publicKey: createPublicKey(parsed.publicKey.export({ type: "spki", format: "pem" })).export({
      type: "spki",
      format: "der",
    }),
  };
}

function subjectKeyId(content: Uint8Array): Uint8Array | undefined {
  const [outer] = readElements(content) ?? [];
  const wanted = Buffer.from(objectId("2.5.29.14"));
  for (const entry of readElements(outer?.content ?? new Uint8Array()) ?? []) {
    const parts = readElements(entry.content) ?? [];
    if (parts[0] === undefined || !wanted.equals(parts[0].whole)) continue;
    const value = parts.at(-1)?.content ?? new Uint8Array();
    return readElements(value)?.[0]?.content;
  }
  return undefined;
}
