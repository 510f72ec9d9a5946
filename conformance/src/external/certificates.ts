import { execFileSync } from "node:child_process";

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate that is its own authority, made by openssl; `addresses` as subjectAltName has them. */
export function selfSigned(name: string, addresses: string): Certificate {
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9"];
  const about = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${addresses}`];
  const args = ["req", ...kind, ...about, "-keyout", "-", "-out", "-"];
  const text = execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] }).toString();
  const [key = "", certificate = ""] = text.match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----\n/g) ?? [];
  return { certificate, key };
}
