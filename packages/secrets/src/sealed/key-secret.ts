/** Sealing keys as Secrets in the controller's namespace, in the form the real controller keeps and reads them. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  X509Certificate,
  type KeyObject,
} from "node:crypto";
import { promisify } from "node:util";
import type { KubeObject } from "@fairlead/apimachinery";
import { isJsonObject } from "@fairlead/base";
import { selfSignedCertificate } from "./certificate.ts";

export const KEY_LABEL = "sealedsecrets.bitnami.com/sealed-secrets-key";
/** Any other value retires a key. */
export const KEY_ACTIVE = "active";

export interface KeyOptions {
  /** Bits. */
  readonly keySize: number;
  readonly keyTtlMs: number;
  readonly keyPrefix: string;
  readonly commonName: string;
}

export interface SealingKey {
  readonly name: string;
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** Milliseconds since 1970: what the newest is told by. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint: string;
  /** Of the key itself, whatever certificates it had. */
  readonly id: string;
}

/** SHA-256 of the public key (SubjectPublicKeyInfo), in hexadecimal: the same in the cluster, in a backup and after a restore. */
export function keyIdOf(key: KeyObject): string {
  const { type } = key;
  const spki = (type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex");
}

/** RSA keys are made in libuv's threads: a 4096-bit one takes seconds. */
export async function newKeySecret(namespace: string, now: number, options: KeyOptions): Promise<KubeObject> {
  const keys = await promisify(generateKeyPair)("rsa", { modulusLength: options.keySize });
  const certificate = selfSignedCertificate({
    ...keys,
    notBefore: now,
    notAfter: now + options.keyTtlMs,
    commonName: options.commonName,
  });
  const pem = keys.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace, generateName: options.keyPrefix, labels: { [KEY_LABEL]: KEY_ACTIVE } },
    type: "kubernetes.io/tls",
    data: {
      "tls.crt": Buffer.from(certificate).toString("base64"),
      "tls.key": Buffer.from(pem).toString("base64"),
    },
  };
}

/** A key, or why the Secret is none: the real controller ends at such a Secret, others must go on. */
export function readKeySecret(secret: KubeObject): SealingKey | { readonly fault: string } {
  const name = secret.metadata.name ?? "";
  const data = isJsonObject(secret["data"]) ? secret["data"] : {};
  const certificate = textOf(data["tls.crt"]);
  const privateKey = textOf(data["tls.key"]);
  try {
    const key = createPrivateKey(privateKey);
    if (key.asymmetricKeyType !== "rsa") return { fault: "its tls.key is no RSA key" };
    const parsed = new X509Certificate(certificate);
    if (!parsed.checkPrivateKey(key)) return { fault: "its certificate is of another key" };
    return {
      name,
      certificate,
      privateKey,
      notBefore: parsed.validFromDate.getTime(),
      notAfter: parsed.validToDate.getTime(),
      fingerprint: parsed.fingerprint256.replaceAll(":", "").toLowerCase(),
      id: keyIdOf(parsed.publicKey),
    };
  } catch {
    return { fault: "its tls.crt or tls.key cannot be read" };
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? Buffer.from(value, "base64").toString("utf8") : "";
}

/** Newest first. */
export function byAge(a: SealingKey, b: SealingKey): number {
  return b.notBefore - a.notBefore || (a.name < b.name ? -1 : 1);
}
