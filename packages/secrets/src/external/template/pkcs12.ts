import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import type * as NodeForge from "node-forge";
import { fn, P, STRING, toBytes, type FunctionSet } from "@fairlead/gotemplate";
import { certificatePem, orderedChain, pemBlocks } from "./pem.ts";
import { keyStore, trustStore } from "./pkcs12-write.ts";

type Forge = typeof NodeForge;

/** Reads files of any age, RC2 and triple DES included; large, so it is only there once a template wants it. */
let forge: Forge | undefined;

/** To be called before a template is filled that names one of the functions below. */
export async function loadPkcs12(): Promise<void> {
  if (forge !== undefined) return;
  forge = ((await import("node-forge")) as unknown as { default: Forge }).default;
  // PKCS#5 takes a password as UTF-8 and the file's MAC as UTF-16; the library hands one text to both.
  const pbe = (forge.pki as unknown as { pbe: Record<string, (...args: unknown[]) => unknown> }).pbe;
  const original = pbe["getCipherForPBES2"];
  pbe["getCipherForPBES2"] = (oid, parameters, password) =>
    original?.(oid, parameters, Buffer.from(String(password)).toString("latin1"));
}

export function needsPkcs12(text: string): boolean {
  return /pkcs12/i.test(text);
}

interface Opened {
  readonly key: KeyObject;
  readonly certificates: readonly X509Certificate[];
}

function opened(input: string, password: string): Opened {
  if (forge === undefined) throw new Error("PKCS#12 is not loaded");
  const { asn1, pkcs12, pki } = forge;
  const bags = pkcs12
    .pkcs12FromAsn1(asn1.fromDer(Buffer.from(toBytes(input)).toString("latin1")), false, password)
    .safeContents.flatMap(({ safeBags }) => safeBags);
  const derOf = (node: NodeForge.asn1.Asn1): Buffer => Buffer.from(asn1.toDer(node).getBytes(), "latin1");
  const keys: KeyObject[] = [];
  const certificates: X509Certificate[] = [];
  for (const { type, key, cert, asn1: node } of bags) {
    const { pkcs8ShroudedKeyBag, keyBag, certBag } = pki.oids;
    if (type === pkcs8ShroudedKeyBag || type === keyBag) {
      // The library knows RSA only; what it does not know it leaves as it was.
      const whole = key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(key)) : node;
      keys.push(createPrivateKey({ key: derOf(whole), format: "der", type: "pkcs8" }));
    } else if (type === certBag)
      certificates.push(new X509Certificate(derOf(cert ? pki.certificateToAsn1(cert) : node)));
  }
  const [first] = keys;
  if (first === undefined || certificates.length === 0) throw new Error("expected a key and a certificate");
  return { key: first, certificates };
}

/** Key and certificate, in PEM, of a file without a password. @throws whatever the file is wrong with, which may quote it */
export async function pemOfPkcs12(input: string): Promise<{ readonly key: string; readonly certificate: string }> {
  await loadPkcs12();
  return { key: keyPem("", input), certificate: certificates("", input) };
}

function keyPem(password: string, input: string): string {
  return opened(input, password).key.export({ type: "pkcs8", format: "pem" }).toString();
}

function certificates(password: string, input: string): string {
  const { certificates: all } = opened(input, password);
  try {
    return orderedChain(all).map(certificatePem).join("");
  } catch {
    // Several leaves, or none that belong together: as they are.
    return all.map(certificatePem).join("");
  }
}

function certificatesOf(pem: string): X509Certificate[] {
  const all = pemBlocks(pem).map(({ der }) => new X509Certificate(der));
  if (all.length === 0) throw new Error("no certificate in PEM");
  return all;
}

function store(pem: string, key: string, password: string, isWhole: boolean): string {
  const [leaf, ...others] = certificatesOf(pem);
  if (leaf === undefined) throw new Error("no certificate in PEM");
  return keyStore(createPrivateKey(key), leaf, isWhole ? others : [], password).toString("base64");
}

/** External Secrets' functions about PKCS#12 files. Files go in as bytes and come out in base64. */
export const pkcs12Functions: FunctionSet = {
  pkcs12key: fn([P.string], STRING, (_, input) => keyPem("", input)),
  pkcs12keyPass: fn([P.string, P.string], STRING, (_, password, input) => keyPem(password, input)),
  pkcs12cert: fn([P.string], STRING, (_, input) => certificates("", input)),
  pkcs12certPass: fn([P.string, P.string], STRING, (_, password, input) => certificates(password, input)),
  pemToPkcs12: fn([P.string, P.string], STRING, (_, pem, key) => store(pem, key, "", false)),
  pemToPkcs12Pass: fn([P.string, P.string, P.string], STRING, (_, pem, key, password) =>
    store(pem, key, password, false),
  ),
  fullPemToPkcs12: fn([P.string, P.string], STRING, (_, pem, key) => store(pem, key, "", true)),
  fullPemToPkcs12Pass: fn([P.string, P.string, P.string], STRING, (_, pem, key, password) =>
    store(pem, key, password, true),
  ),
  pemTruststoreToPKCS12: fn([P.string], STRING, (_, pem) => trustStore(certificatesOf(pem), "").toString("base64")),
  pemTruststoreToPKCS12Pass: fn([P.string, P.string], STRING, (_, pem, password) =>
    trustStore(certificatesOf(pem), password).toString("base64"),
  ),
};
