/** Certificates to seal with, private keys to unseal with, and the backups people keep of them. */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isJsonObject, problemError, type JsonObject } from "@fairlead/base";
import { decodeDocuments } from "@fairlead/yaml";
import { SECRETS_LIMITS } from "../limits.ts";

const PRIVATE_KEY = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[\s\S]*?-----END (?:RSA |EC )?PRIVATE KEY-----/g;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/;
/** A backup in YAML may hold keys as plain text too (stringData); there they are indented or follow a field. */
const STARTS_AS_PEM = /^\s*-----BEGIN /;
/** Where kubernetes.io/tls Secrets have their private key. */
const TLS_KEY = "tls.key";

/**
 * The public key of the first certificate in PEM text.
 * @throws ProblemError InvalidKey: none there, not RSA, or no longer valid at `now` (milliseconds since 1970)
 */
export function sealingKey(pem: string, now: number, file?: string): KeyObject {
  const text = CERTIFICATE.exec(pem)?.[0];
  // kubeseal's own words, which scripts look for.
  if (text === undefined) throw badKey("data does not contain any valid RSA or ECDSA certificates", file, CERT_HINT);
  const certificate = parseCertificate(text, file);
  if (certificate.publicKey.asymmetricKeyType !== "rsa") {
    throw badKey(`expected RSA public key but found ${certificate.publicKey.asymmetricKeyType ?? "another"}`, file);
  }
  if (certificate.validToDate.getTime() <= now) {
    const end = certificate.validToDate.toISOString();
    throw badKey(
      `failed to encrypt using an expired certificate on ${end}`,
      file,
      "fetch the newest: kubeseal --fetch-cert",
    );
  }
  return certificate.publicKey;
}

const CERT_HINT = "give a certificate in PEM, as kubeseal --fetch-cert prints it";

function parseCertificate(pem: string, file: string | undefined): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw badKey("the certificate cannot be read", file, CERT_HINT);
  }
}

/**
 * Every RSA private key in a file: PEM (PKCS#1 or PKCS#8, several one after another), or a backup of the controller's key
 * Secrets as `kubectl get -o yaml|json` prints them, one, several documents or a v1 List.
 * @throws ProblemError InvalidKey naming each part that cannot be read
 */
export function privateKeysIn(text: string, file?: string): KeyObject[] {
  const blocks = text.match(PRIVATE_KEY);
  if (blocks && STARTS_AS_PEM.test(text)) return blocks.map((pem) => parsePrivateKey(pem, file));
  const keys = secretsIn(text, file).map((secret) => parsePrivateKey(keyOf(secret, file), file));
  if (keys.length === 0) throw badKey("no private key in it", file, "PEM, or a backup of the controller's Secrets");
  if (keys.length > SECRETS_LIMITS.privateKeys) throw badKey(`more than ${SECRETS_LIMITS.privateKeys} keys`, file);
  return keys;
}

function secretsIn(text: string, file: string | undefined): JsonObject[] {
  const { documents, problems } = decodeDocuments(text, file === undefined ? {} : { file });
  if (problems.length > 0) throw badKey("neither PEM nor the YAML or JSON of a Secret", file);
  return documents.flatMap(({ value }) => {
    if (!isJsonObject(value)) return [];
    const items = value["items"];
    return Array.isArray(items) ? items.filter(isJsonObject) : [value];
  });
}

function keyOf(secret: JsonObject, file: string | undefined): string {
  const { data, stringData } = secret;
  const plain = isJsonObject(stringData) ? stringData[TLS_KEY] : undefined;
  if (typeof plain === "string") return plain;
  const encoded = isJsonObject(data) ? data[TLS_KEY] : undefined;
  // kubeseal says 'tls.data' here; the key it looks for is this one.
  if (typeof encoded !== "string") throw badKey(`secret must contain a '${TLS_KEY}' key`, file);
  return Buffer.from(encoded, "base64").toString("utf8");
}

function parsePrivateKey(pem: string, file: string | undefined): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw badKey("a private key cannot be read", file, "PKCS#1 or PKCS#8 in PEM, without a passphrase");
  }
  if (key.asymmetricKeyType !== "rsa")
    throw badKey(`a private key is ${key.asymmetricKeyType ?? "odd"}, not RSA`, file);
  return key;
}

function badKey(message: string, file: string | undefined, hint?: string): Error {
  return problemError("InvalidKey", message, { file, hint });
}
