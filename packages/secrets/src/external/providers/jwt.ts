import { createHash, createPrivateKey, sign, X509Certificate, type KeyObject } from "node:crypto";
import { problemError } from "@fairlead/base";

/** A JSON Web Token signed with RS256. Claims that are undefined are left out. */
export function signedJwt(
  key: KeyObject,
  header: Readonly<Record<string, string | undefined>>,
  claims: Readonly<Record<string, string | number | undefined>>,
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT", ...header })}.${part(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

/** `what` names where the key stands. @throws ProblemError InvalidStore */
export function rsaKeyOf(pem: string, what: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // The parser's message could quote the key.
  }
  throw problemError("InvalidStore", `${what} is not a private RSA key in PEM`);
}

/** SHA-1 and SHA-256 of a certificate's DER, as `x5t` and `x5t#S256` hold them. @throws ProblemError InvalidStore */
export function thumbprints(pem: string, what: string): { sha1: string; sha256: string } {
  try {
    const { raw } = new X509Certificate(pem);
    const of = (hash: string): string => createHash(hash).update(raw).digest("base64url");
    return { sha1: of("sha1"), sha256: of("sha256") };
  } catch {
    throw problemError("InvalidStore", `${what} holds no certificate in PEM`);
  }
}
