import { createHash, createPrivateKey } from "node:crypto";
import { problemError } from "@fairlead/base";
import { toBytes, type RandomSource } from "@fairlead/gotemplate";
import type { RemoteRef } from "../../model/types.ts";
import { memberOf, textOf } from "../../values/json-text.ts";
import type { Entries } from "../../values/keys.ts";
import type { ProviderClient } from "../types.ts";
import { isAwsError, type AwsApi } from "./api.ts";
import { AwsReader, type ReaderParts } from "./reader.ts";

/** AWS takes letters and digits, and no `#`, `$` or `%`. */
const PASSPHRASE_BYTES = 16;
/** Exports kept, since AWS takes money for each. */
const EXPORTS_MAX = 128;

interface Exported {
  readonly fingerprint: string;
  readonly pem: Uint8Array;
}

/** AWS Certificate Manager: certificate, chain and private key of an ARN, one PEM text; only of those whose export is allowed. */
export class CertificateManagerClient extends AwsReader implements ProviderClient {
  readonly #random: RandomSource;
  readonly #exported = new Map<string, Exported>();

  constructor(parts: ReaderParts, random: RandomSource) {
    super(parts);
    this.#random = random;
  }

  identityOf(ref: RemoteRef): string {
    return ref.key;
  }

  override valueOf(payload: Uint8Array): Uint8Array {
    return payload;
  }

  override mapOf(): Entries {
    throw notSupported();
  }

  find(): Promise<Entries> {
    return Promise.reject(notSupported());
  }

  async read({ key, metadata }: RemoteRef, signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (metadata) throw notSupported();
    const input = { CertificateArn: key };
    let fingerprint: string;
    try {
      const current = await this.call("GetCertificate", input, signal);
      fingerprint = fingerprintOf(textOf(current, "Certificate"), textOf(current, "CertificateChain"));
    } catch (error) {
      if (isAwsError(error, "ResourceNotFoundException")) return undefined;
      throw error;
    }
    const known = this.#exported.get(key);
    if (known?.fingerprint === fingerprint) return known.pem;
    const described = memberOf(await this.call("DescribeCertificate", input, signal), "Certificate");
    if (textOf(memberOf(described, "Options"), "Export") !== "ENABLED")
      throw problemError("ProviderRefused", `certificate ${key} is not exportable (Options.Export is not ENABLED)`);
    const pem = await this.#export(key, signal);
    this.#exported.set(key, { fingerprint, pem });
    if (this.#exported.size > EXPORTS_MAX) this.#exported.delete(this.#exported.keys().next().value ?? "");
    return pem;
  }

  async #export(arn: string, signal: AbortSignal): Promise<Uint8Array> {
    const passphrase = Buffer.from(this.#random.bytes(PASSPHRASE_BYTES)).toString("hex");
    const input = { CertificateArn: arn, Passphrase: Buffer.from(passphrase).toString("base64") };
    const exported = await this.call("ExportCertificate", input, signal);
    const key = textOf(exported, "PrivateKey");
    const parts = [
      textOf(exported, "Certificate"),
      textOf(exported, "CertificateChain"),
      key === undefined ? undefined : openKey(key, passphrase),
    ].flatMap((part) => (part === undefined || part.trim() === "" ? [] : [part.trimEnd()]));
    if (parts.length === 0) throw problemError("ProviderFailed", `AWS exported nothing of ${arn}`);
    return toBytes(`${parts.join("\n")}\n`);
  }
}

/** @throws ProblemError InvalidRemoteValue; never with what was not understood */
function openKey(pem: string, passphrase: string): string {
  try {
    return String(createPrivateKey({ key: pem, passphrase }).export({ type: "pkcs8", format: "pem" }));
  } catch {
    throw problemError("InvalidRemoteValue", "failed to decrypt exported private key");
  }
}

function notSupported(): Error {
  return problemError("InvalidExternalSecret", "operation not supported by AWS Certificate Manager provider");
}

/** Of a certificate and its chain; line ends at the end do not count. */
export function fingerprintOf(certificate: string | undefined, chain: string | undefined): string {
  const hash = createHash("sha256");
  for (const part of [certificate, chain]) hash.update((part ?? "").replace(/[\r\n]+$/, ""));
  return hash.digest("hex");
}

/** The certificate of a name that was given to it when it was pushed; the first of several in the order of their ARNs. */
export async function taggedCertificate(
  tagging: AwsApi,
  tags: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const filters = Object.entries(tags).map(([Key, value]) => ({ Key, Values: [value] }));
  const found: string[] = [];
  let token: string | undefined;
  do {
    const input = {
      ResourceTypeFilters: ["acm:certificate"],
      TagFilters: filters,
      ...(token && { PaginationToken: token }),
    };
    const page = await tagging.call("GetResources", input, signal);
    const list = memberOf(page, "ResourceTagMappingList");
    for (const item of list?.kind === "array" ? list.items : []) found.push(textOf(item, "ResourceARN") ?? "");
    token = textOf(page, "PaginationToken") || undefined;
  } while (token !== undefined);
  return found.filter((arn) => arn !== "").sort()[0];
}
