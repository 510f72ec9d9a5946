import { createPrivateKey, X509Certificate } from "node:crypto";
import { problemError } from "@fairlead/base";
import { fromBytes } from "@fairlead/gotemplate";
import type { Fields } from "../../model/fields.ts";
import { memberOf, textOf, type JsonNode } from "../../values/json-text.ts";
import { MANAGED_BY, MANAGED_BY_VALUE, parseTags, readPushMetadata, refuseForeign } from "../push-metadata.ts";
import type { PushTarget, PushValue, RemoteWrites } from "../types.ts";
import type { AzureApi } from "./api.ts";
import { collectionOf, objectOf, type ObjectKind } from "./objects.ts";

interface Metadata {
  readonly tags: Record<string, string>;
  /** Seconds since 1970. */
  readonly expires: number | undefined;
  readonly contentType: string;
}

const NOUNS = { secret: "Secret", cert: "Certificate", key: "Key" } as const;

/** Pushing to Azure Key Vault: secrets, certificates and keys. */
export class KeyVaultWrites implements RemoteWrites {
  readonly #api: AzureApi;

  constructor(api: AzureApi) {
    this.#api = api;
  }

  async exists({ key }: PushTarget, signal: AbortSignal): Promise<boolean> {
    const { kind, name } = objectOf(key);
    return (await this.#existing(kind, name, signal)) !== undefined;
  }

  async push({ bytes }: PushValue, target: PushTarget, signal: AbortSignal): Promise<void> {
    if (target.property !== "")
      throw problemError(
        "InvalidExternalSecret",
        "Azure Key Vault keeps whole values: remoteRef.property cannot be given",
      );
    const { kind, name } = objectOf(target.key);
    const metadata = readPushMetadata(target.metadata, parseMetadata);
    const existing = await this.#existing(kind, name, signal);
    if (existing !== undefined) refuseForeign(isManaged(existing));
    const path = `${collectionOf(kind)}/${encodeURIComponent(name)}`;
    if (kind === "secret") return this.#pushSecret(path, bytes, metadata, existing, signal);
    if (kind === "key") return this.#pushKey(path, bytes, metadata, existing, signal);
    return this.#pushCertificate(path, bytes, metadata, existing, signal);
  }

  async remove({ key }: PushTarget, signal: AbortSignal): Promise<void> {
    const { kind, name } = objectOf(key);
    const existing = await this.#existing(kind, name, signal);
    if (existing === undefined || !isManaged(existing)) return;
    const path = `${collectionOf(kind)}/${encodeURIComponent(name)}`;
    await this.#api.call(`Delete${NOUNS[kind]}`, "DELETE", path, signal);
  }

  #existing(kind: ObjectKind, name: string, signal: AbortSignal): Promise<JsonNode | undefined> {
    return this.#api.call(`Get${NOUNS[kind]}`, "GET", `${collectionOf(kind)}/${encodeURIComponent(name)}`, signal);
  }

  async #pushSecret(
    path: string,
    bytes: Uint8Array,
    { tags, expires, contentType }: Metadata,
    existing: JsonNode | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const value = fromBytes(bytes);
    const before = Number(memberOf(memberOf(existing, "attributes"), "exp")?.raw ?? "NaN");
    const isSame =
      textOf(existing, "value") === value &&
      (Number.isNaN(before) ? undefined : before) === expires &&
      (contentType === "" || textOf(existing, "contentType") === contentType);
    if (isSame) return;
    const type = contentType || textOf(existing, "contentType");
    const body = {
      value,
      tags,
      attributes: { enabled: true, ...(expires !== undefined && { exp: expires }) },
      ...(type && { contentType: type }),
    };
    await this.#api.call("SetSecret", "PUT", path, signal, body);
  }

  async #pushKey(
    path: string,
    bytes: Uint8Array,
    { tags }: Metadata,
    existing: JsonNode | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const key = jwkOf(bytes);
    const before = memberOf(existing, "key");
    const open = key["kty"] === "RSA" ? ["n", "e"] : ["crv", "x", "y"];
    if (key["kty"] !== "oct" && open.every((name) => textOf(before, name) === key[name])) return;
    await this.#api.call("ImportKey", "PUT", path, signal, { key, tags });
  }

  async #pushCertificate(
    path: string,
    bytes: Uint8Array,
    { tags }: Metadata,
    existing: JsonNode | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const own = certificateOf(bytes);
    const before = textOf(existing, "cer");
    if (own !== undefined && before !== undefined && own.equals(Buffer.from(before, "base64"))) return;
    const text = fromBytes(bytes);
    // PEM goes as it is, PKCS#12 in base64.
    const isPem = text.includes("-----BEGIN ");
    const body = {
      value: isPem ? text : Buffer.from(bytes).toString("base64"),
      tags,
      ...(isPem && { policy: { secret_props: { contentType: "application/x-pem-file" } } }),
    };
    await this.#api.call("ImportCertificate", "POST", `${path}/import`, signal, body);
  }
}

function parseMetadata(spec: Fields): Metadata {
  const date = spec.text("expirationDate");
  const expires = date === "" ? undefined : Date.parse(date) / 1000;
  if (expires !== undefined && (Number.isNaN(expires) || !/^\d{4}-\d\d-\d\dT/.test(date)))
    spec.fault("expirationDate", "must be a time such as 2024-12-31T20:00:00Z");
  return { tags: parseTags(spec, "tags"), expires, contentType: spec.text("contentType") };
}

function isManaged(node: JsonNode): boolean {
  return textOf(memberOf(node, "tags"), MANAGED_BY) === MANAGED_BY_VALUE;
}

/** The certificate's DER where it can be told; a PKCS#12 file is only opened by Azure. */
function certificateOf(bytes: Uint8Array): Buffer | undefined {
  try {
    return new X509Certificate(bytes).raw;
  } catch {
    return undefined;
  }
}

/** A private key in PEM as a JSON Web Key; anything else is a symmetric key. @throws ProblemError InvalidRemoteValue */
function jwkOf(bytes: Uint8Array): Record<string, string> {
  const text = fromBytes(bytes);
  if (!text.includes("-----BEGIN ")) return { kty: "oct", k: Buffer.from(bytes).toString("base64url") };
  try {
    return createPrivateKey(text).export({ format: "jwk" }) as Record<string, string>;
  } catch {
    throw problemError("InvalidRemoteValue", "the value is not a private key in PEM that could be imported");
  }
}
