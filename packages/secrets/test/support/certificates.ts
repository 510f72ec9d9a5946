import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { selfSignedCertificate } from "../../src/sealed/certificate.ts";
import { NOW_MS } from "./provider.ts";

/** An RSA key and a certificate of it, both in PEM. */
export function selfSigned(commonName: string): { certificate: string; key: string; publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const times = { notBefore: NOW_MS, notAfter: NOW_MS + 86_400_000_000 };
  return { certificate: selfSignedCertificate({ publicKey, privateKey, commonName, ...times }), key, publicKey };
}
