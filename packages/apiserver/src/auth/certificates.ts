import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from "node:crypto";
import { bits, boolean, explicit, implicit, integer, octets, oid, sequence, set, time, utf8 } from "./der.ts";

const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  extendedKeyUsage: "2.5.29.37",
  subjectAltName: "2.5.29.17",
  subjectKeyIdentifier: "2.5.29.14",
  authorityKeyIdentifier: "2.5.29.35",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
} as const;

const DAY_MS = 86_400_000;
export const AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
export const LEAF_LIFETIME_MS = 365 * DAY_MS;
/** A leaf that ends sooner is made anew when the server starts. */
export const LEAF_RENEWAL_MS = 30 * DAY_MS;
/** Clocks differ; a certificate made now must be good for one that is a little behind. */
const BACKDATED_MS = 3_600_000;

/** A certificate and its private key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

interface CertificateFields {
  readonly commonName: string;
  readonly organizations?: readonly string[];
  readonly lifetimeMs: number;
  readonly nowMs: number;
  readonly usage: "authority" | "server" | "client";
  /** DNS names and IP addresses. */
  readonly names?: readonly string[];
}

/** P-256 keys: made in under a millisecond, understood by every client. */
export function newKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

export function exportKey(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Issues a certificate: signed by `issuer`, or by itself when absent. */
export function issueCertificate(
  fields: CertificateFields,
  issuer?: { readonly cert: string; readonly key: KeyObject },
): Identity {
  const { publicKey, privateKey } = newKey();
  const spki = publicKey.export({ type: "spki", format: "der" });
  const subject = nameOf(fields.commonName, fields.organizations ?? []);
  const parent = issuer === undefined ? undefined : new X509Certificate(issuer.cert);
  const issuerName = parent === undefined ? subject : subjectOf(parent);
  const parentKey = parent === undefined ? spki : parent.publicKey.export({ type: "spki", format: "der" });
  const cert = signed(
    {
      issuerName,
      fromMs: fields.nowMs - BACKDATED_MS,
      untilMs: fields.nowMs + fields.lifetimeMs,
      subject,
      spki,
      extensions: extensionsOf(fields, spki, parentKey),
    },
    issuer?.key ?? privateKey,
  );
  return { cert, key: exportKey(privateKey) };
}

/** A key of somebody else's that is to be vouched for. */
export interface CertificateRequest {
  /** DER of the name, the key, and the extension with other names, if any. */
  readonly subject: Buffer;
  readonly publicKey: Buffer;
  readonly otherNames?: Buffer;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly usages: readonly ("client auth" | "server auth" | "digital signature" | "key encipherment")[];
}

/** The certificate of a request, PEM. */
export function signRequest(
  request: CertificateRequest,
  issuer: { readonly cert: string; readonly key: KeyObject },
): string {
  const parent = new X509Certificate(issuer.cert);
  const parentKey = parent.publicKey.export({ type: "spki", format: "der" });
  const { usages } = request;
  const keyUsages =
    (usages.includes("digital signature") ? 0b1000_0000 : 0) | (usages.includes("key encipherment") ? 0b0010_0000 : 0);
  const purposes = [
    ...(usages.includes("server auth") ? [oid(OID.serverAuth)] : []),
    ...(usages.includes("client auth") ? [oid(OID.clientAuth)] : []),
  ];
  const extensions = [
    ...(keyUsages === 0
      ? []
      : [extension(OID.keyUsage, true, bits(Buffer.from([keyUsages]), keyUsages & 0b0010_0000 ? 5 : 7))]),
    ...(purposes.length === 0 ? [] : [extension(OID.extendedKeyUsage, false, sequence(...purposes))]),
    extension(OID.basicConstraints, true, sequence()),
    extension(OID.authorityKeyIdentifier, false, sequence(implicit(0, keyIdOf(parentKey)))),
    ...(request.otherNames === undefined ? [] : [request.otherNames]),
  ];
  const { fromMs, untilMs, subject, publicKey } = request;
  return signed({ issuerName: subjectOf(parent), fromMs, untilMs, subject, spki: publicKey, extensions }, issuer.key);
}

interface ToBeSigned {
  readonly issuerName: Buffer;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly subject: Buffer;
  readonly spki: Buffer;
  readonly extensions: readonly Buffer[];
}

/** PEM. */
function signed(fields: ToBeSigned, key: KeyObject): string {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial()),
    algorithm,
    fields.issuerName,
    sequence(time(fields.fromMs), time(fields.untilMs)),
    fields.subject,
    fields.spki,
    explicit(3, sequence(...fields.extensions)),
  );
  return pem("CERTIFICATE", sequence(body, algorithm, bits(sign("sha256", body, key))));
}

function extensionsOf(fields: CertificateFields, spki: Buffer, parentKey: Buffer): Buffer[] {
  const isAuthority = fields.usage === "authority";
  const extensions = [
    extension(OID.basicConstraints, true, isAuthority ? sequence(boolean(true)) : sequence()),
    // keyCertSign and digitalSignature for the authority; digitalSignature for the others.
    extension(OID.keyUsage, true, bits(Buffer.from([isAuthority ? 0b1000_0100 : 0b1000_0000]), isAuthority ? 2 : 7)),
    extension(OID.subjectKeyIdentifier, false, octets(keyIdOf(spki))),
    extension(OID.authorityKeyIdentifier, false, sequence(implicit(0, keyIdOf(parentKey)))),
  ];
  if (!isAuthority) {
    const purpose = fields.usage === "server" ? OID.serverAuth : OID.clientAuth;
    extensions.push(extension(OID.extendedKeyUsage, false, sequence(oid(purpose))));
  }
  if (fields.names !== undefined && fields.names.length > 0) {
    extensions.push(extension(OID.subjectAltName, false, sequence(...fields.names.map(generalName))));
  }
  return extensions;
}

function extension(id: string, isCritical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octets(value));
}

function generalName(name: string): Buffer {
  return isAddress(name) ? implicit(7, addressBytes(name)) : implicit(2, Buffer.from(name, "ascii"));
}

/** No name of a host has a colon, or digits and dots only. Cheaper than node:net's, whose pattern takes 10 ms to compile. */
function isAddress(name: string): boolean {
  return name.includes(":") || IPV4.test(name);
}

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

function addressBytes(address: string): Buffer {
  if (IPV4.test(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail = ""] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const groups = address.includes("::")
    ? [...left, ...Array.from({ length: 8 - left.length - right.length }, () => "0"), ...right]
    : left;
  const bytes = Buffer.alloc(16);
  groups.forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2));
  return bytes;
}

/** One RDN a value; Go reads all O's of a subject as groups. */
function nameOf(commonName: string, organizations: readonly string[]): Buffer {
  const attribute = (id: string, value: string): Buffer => set(sequence(oid(id), utf8(value)));
  return sequence(
    ...organizations.map((value) => attribute(OID.organization, value)),
    attribute(OID.commonName, commonName),
  );
}

/** The DER of a certificate's subject, which its children repeat as issuer byte for byte. */
function subjectOf(certificate: X509Certificate): Buffer {
  const fields = elementsOf(elementsOf(certificate.raw)[0] as Buffer);
  return fields[5] as Buffer;
}

/** The elements inside a DER sequence, each whole. */
function elementsOf(der: Buffer): Buffer[] {
  const elements: Buffer[] = [];
  for (let offset = headerOf(der, 0).start; offset < der.length;) {
    const end = headerOf(der, offset).end;
    elements.push(der.subarray(offset, end));
    offset = end;
  }
  return elements;
}

function headerOf(der: Buffer, offset: number): { start: number; end: number } {
  const first = der[offset + 1] as number;
  if (first < 0x80) return { start: offset + 2, end: offset + 2 + first };
  const count = first & 0x7f;
  const length = der.readUIntBE(offset + 2, count);
  return { start: offset + 2 + count, end: offset + 2 + count + length };
}

function keyIdOf(spki: Buffer): Buffer {
  return createHash("sha1").update(spki).digest();
}

function serial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
