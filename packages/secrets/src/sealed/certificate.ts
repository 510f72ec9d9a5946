/**
 * The self-signed certificate beside a sealing key, as the peer makes it: CA, keyUsage encipherOnly. Its only use is to carry the
 * public key and the time the key was made and ends; the DER is small enough to write out (X.509, RFC 5280).
 */
import { createHash, randomBytes, sign, type KeyObject } from "node:crypto";

const OID = {
  sha256WithRsa: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b],
  commonName: [0x55, 0x04, 0x03],
  keyUsage: [0x55, 0x1d, 0x0f],
  basicConstraints: [0x55, 0x1d, 0x13],
  subjectKeyIdentifier: [0x55, 0x1d, 0x0e],
} as const;

const SEQUENCE = 0x30;
const SET = 0x31;
const SERIAL_BYTES = 16;

export interface CertificateOptions {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly commonName: string;
}

/** PEM. */
export function selfSignedCertificate(options: CertificateOptions): string {
  const { publicKey, privateKey, notBefore, notAfter, commonName } = options;
  const spki = publicKey.export({ type: "spki", format: "der" });
  const algorithm = der(SEQUENCE, der(0x06, Buffer.from(OID.sha256WithRsa)), der(0x05));
  const name = nameOf(commonName);
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serialNumber()),
    algorithm,
    name,
    der(SEQUENCE, time(notBefore), time(notAfter)),
    name,
    spki,
    der(0xa3, der(SEQUENCE, ...extensions(spki))),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = der(SEQUENCE, body, algorithm, der(0x03, Buffer.of(0), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function nameOf(commonName: string): Buffer {
  if (commonName === "") return der(SEQUENCE);
  return der(
    SEQUENCE,
    der(SET, der(SEQUENCE, der(0x06, Buffer.from(OID.commonName)), der(0x0c, Buffer.from(commonName)))),
  );
}

function extensions(spki: Buffer): Buffer[] {
  const identifier = createHash("sha1").update(spki).digest();
  return [
    // encipherOnly is the eighth bit: the last of the first byte.
    extension(OID.keyUsage, der(0x03, Buffer.of(0, 1)), true),
    extension(OID.basicConstraints, der(SEQUENCE, der(0x01, Buffer.of(0xff))), true),
    extension(OID.subjectKeyIdentifier, der(0x04, identifier), false),
  ];
}

function extension(oid: readonly number[], value: Buffer, isCritical: boolean): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.of(0xff))] : [];
  return der(SEQUENCE, der(0x06, Buffer.from(oid)), ...critical, der(0x04, value));
}

function serialNumber(): Buffer {
  const serial = randomBytes(SERIAL_BYTES);
  // Positive, and without a first byte of zero.
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  return serial;
}

/** Years from 2050 on need the longer form. */
function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "")}`;
  return text < "2050" ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const size = Buffer.from(length.toString(16).padStart(length > 0xffff ? 6 : length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.of(tag, 0x80 | size.length), size, content]);
}
