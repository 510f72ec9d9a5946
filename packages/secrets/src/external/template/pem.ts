import { X509Certificate } from "node:crypto";

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n?([A-Za-z0-9+/=\s]*?)-----END \1-----/g;

export interface PemBlock {
  readonly type: string;
  readonly der: Buffer;
}

export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(PEM)].map(([, type = "", body = ""]) => ({ type, der: Buffer.from(body, "base64") }));
}

export function writePem({ type, der }: PemBlock): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${type}-----\n`;
}

/** Certificates from the leaf up: each followed by the one that issued it, whatever order they came in. */
export function orderedChain(certificates: readonly X509Certificate[]): X509Certificate[] {
  const left = [...certificates];
  const isIssuerOfAnother = (one: X509Certificate): boolean =>
    left.some((other) => other !== one && other.issuer === one.subject);
  const leaf = left.find((one) => !isIssuerOfAnother(one));
  if (leaf === undefined) throw new Error("failed to parse certificate chain");
  const chain = [leaf];
  const rest = new Set(left.filter((one) => one !== leaf));
  for (let last = leaf; rest.size > 0;) {
    const next = [...rest].find((one) => one.subject === last.issuer && last.checkIssued(one));
    if (next === undefined) throw new Error("certificate chain is not a chain");
    rest.delete(next);
    chain.push(next);
    last = next;
  }
  return chain;
}

export const isRoot = (one: X509Certificate): boolean => one.issuer === one.subject;
export const certificatePem = (one: X509Certificate): string => writePem({ type: "CERTIFICATE", der: one.raw });

/** The certificates of a PEM text, from the leaf up. */
export function chainOf(input: string): X509Certificate[] {
  const blocks = pemBlocks(input).filter(({ type }) => type === "CERTIFICATE");
  return orderedChain(blocks.map(({ der }) => new X509Certificate(der)));
}
