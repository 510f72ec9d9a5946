import { constants, createPrivateKey, createPublicKey, privateDecrypt, X509Certificate } from "node:crypto";
import { fn, fromBytes, P, STRING, STRING_SLICE, toBytes, type FunctionSet } from "@fairlead/gotemplate";
import { parseJsonText } from "../values/json-text.ts";
import { certificatePem, chainOf, isRoot, pemBlocks, writePem } from "./pem.ts";

function filterPem(type: string, input: string): string {
  const blocks = pemBlocks(input);
  if (blocks.length === 0 && input !== "") throw new Error("error filtering pem: found junk");
  return blocks
    .filter((block) => block.type.toUpperCase() === type.toUpperCase())
    .map(writePem)
    .join("");
}

function filterChain(type: string, input: string): string {
  const chain = chainOf(input);
  const [leaf, ...others] = chain;
  const last = chain.at(-1);
  if (leaf === undefined || last === undefined) return "";
  if (type === "leaf") return isRoot(leaf) ? "" : certificatePem(leaf);
  if (type === "root") return isRoot(last) ? certificatePem(last) : "";
  if (type !== "intermediate") return "";
  return others
    .filter((one) => !isRoot(one))
    .map(certificatePem)
    .join("");
}

/** DNS names, addresses and URIs of the first certificate. */
function subjectAltNames(input: string): string[] {
  const block = pemBlocks(input).find(({ type }) => type === "CERTIFICATE");
  if (block === undefined) throw new Error("failed to decode PEM block");
  const names = new X509Certificate(block.der).subjectAltName ?? "";
  return [...names.matchAll(/(?:^|, )(?:DNS|IP Address|URI|email):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = ""]) =>
    name.startsWith('"') ? (JSON.parse(name) as string) : name,
  );
}

function keyOf(text: string): NodeJS.Dict<string> {
  if (parseJsonText(text)?.kind !== "object") throw new Error("not a JSON Web Key");
  return JSON.parse(text) as NodeJS.Dict<string>;
}

function rsaDecrypt(scheme: string, hash: string, data: string, pem: string): string {
  if (scheme === "None") return data;
  if (scheme !== "RSA-OAEP") throw new Error(`decryption scheme ${scheme} is not supported`);
  const oaepHash = hash === "SHA1" ? "sha1" : hash === "SHA512" ? "sha512" : "sha256";
  const options = { key: createPrivateKey(pem), padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash };
  return fromBytes(privateDecrypt(options, toBytes(data)));
}

/** External Secrets' own functions about keys and certificates. None of them reads anything but its arguments. */
export const cryptoFunctions: FunctionSet = {
  filterPEM: fn([P.string, P.string], STRING, (_, type, input) => filterPem(type, input)),
  filterCertChain: fn([P.string, P.string], STRING, (_, type, input) => filterChain(type, input)),
  certSANs: fn([P.string], STRING_SLICE, (_, input) => subjectAltNames(input)),
  jwkPublicKeyPem: fn([P.string], STRING, (_, text) => {
    const { d: _private, ...open } = keyOf(text);
    return createPublicKey({ key: open, format: "jwk" }).export({ type: "spki", format: "pem" });
  }),
  jwkPrivateKeyPem: fn([P.string], STRING, (_, text) =>
    createPrivateKey({ key: keyOf(text), format: "jwk" }).export({ type: "pkcs8", format: "pem" }),
  ),
  rsaDecrypt: fn([P.string, P.string, P.string, P.string], STRING, (_, scheme, hash, data, key) =>
    rsaDecrypt(scheme, hash, data, key),
  ),
};
