import { execFileSync } from "node:child_process";
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

/** A certificate that a TLS server of this name can show, made by openssl; it is its own authority. */
export function serverCertificate(name: string): { certificate: string; key: string } {
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"];
  const args = [
    "req",
    ...kind,
    "-subj",
    `/CN=${name}`,
    "-addext",
    `subjectAltName=DNS:${name}`,
    "-keyout",
    "-",
    "-out",
    "-",
  ];
  const text = execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] }).toString();
  const [key = "", certificate = ""] = text.match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----\n/g) ?? [];
  return { certificate, key };
}
