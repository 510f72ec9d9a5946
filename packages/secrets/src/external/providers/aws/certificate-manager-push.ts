import { X509Certificate } from "node:crypto";
import { problemError } from "@fairlead/base";
import { fromBytes } from "@fairlead/gotemplate";
import { textOf } from "../../values/json-text.ts";
import { MANAGED_BY, MANAGED_BY_VALUE, parseTags, readPushMetadata, refuseForeign } from "../push-metadata.ts";
import type { PushTarget, PushValue, RemoteWrites } from "../types.ts";
import { isAwsError, tagsOf, type AwsApi } from "./api.ts";
import { fingerprintOf, taggedCertificate } from "./certificate-manager.ts";
import { tagList } from "./secrets-manager-push.ts";

/** Certificates have no names: what was pushed is found again by this tag. */
const NAME_TAG = "external-secrets-remote-key";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Imports Secrets of type kubernetes.io/tls. */
export class CertificateManagerWrites implements RemoteWrites {
  readonly #api: AwsApi;
  readonly #tagging: AwsApi;
  readonly #prefix: string;
  /** Remote key → ARN: the search by tags lags behind imports. */
  readonly #arns = new Map<string, string>();

  constructor(api: AwsApi, tagging: AwsApi, prefix: string) {
    this.#api = api;
    this.#tagging = tagging;
    this.#prefix = prefix;
  }

  async exists({ key }: PushTarget, signal: AbortSignal): Promise<boolean> {
    const name = this.#prefix + key;
    const arn = await this.#find(name, signal);
    return arn !== undefined && (await this.#tags(name, arn, signal)) !== undefined;
  }

  async push(value: PushValue, target: PushTarget, signal: AbortSignal): Promise<void> {
    const { certificate, chain, key } = bundleOf(value);
    const tags = readPushMetadata(target.metadata, (spec) => parseTags(spec, "tags"));
    const name = this.#prefix + target.key;
    const arn = await this.#find(name, signal);
    const before = arn === undefined ? undefined : await this.#tags(name, arn, signal);
    const input = {
      Certificate: base64(certificate),
      PrivateKey: base64(key),
      ...(chain !== "" && { CertificateChain: base64(chain) }),
    };
    const wanted = { ...tags, [NAME_TAG]: name };
    if (arn === undefined || before === undefined) {
      const made = await this.#api.call("ImportCertificate", { ...input, Tags: tagList(wanted) }, signal);
      this.#arns.set(name, textOf(made, "CertificateArn") ?? "");
      return;
    }
    refuseForeign(before.get(MANAGED_BY) === MANAGED_BY_VALUE);
    const current = await this.#api.call("GetCertificate", { CertificateArn: arn }, signal);
    // One that was imported without a chain is given back with itself for one.
    const same = [chain, certificate].some(
      (one) =>
        fingerprintOf(certificate, one) ===
        fingerprintOf(textOf(current, "Certificate"), textOf(current, "CertificateChain")),
    );
    if (!same) await this.#api.call("ImportCertificate", { ...input, CertificateArn: arn }, signal);
    await this.#keepTags(arn, before, wanted, signal);
  }

  async remove({ key }: PushTarget, signal: AbortSignal): Promise<void> {
    const name = this.#prefix + key;
    const arn = await this.#find(name, signal);
    const tags = arn === undefined ? undefined : await this.#tags(name, arn, signal);
    if (arn === undefined || tags === undefined || tags.get(MANAGED_BY) !== MANAGED_BY_VALUE) return;
    await this.#api.call("DeleteCertificate", { CertificateArn: arn }, signal);
    this.#arns.delete(name);
  }

  async #find(name: string, signal: AbortSignal): Promise<string | undefined> {
    const tags = { [MANAGED_BY]: MANAGED_BY_VALUE, [NAME_TAG]: name };
    return this.#arns.get(name) ?? (await taggedCertificate(this.#tagging, tags, signal));
  }

  /** undefined: it is gone. */
  async #tags(name: string, arn: string, signal: AbortSignal): Promise<Map<string, string> | undefined> {
    try {
      return tagsOf(await this.#api.call("ListTagsForCertificate", { CertificateArn: arn }, signal), "Tags");
    } catch (error) {
      if (!isAwsError(error, "ResourceNotFoundException")) throw error;
      this.#arns.delete(name);
      return undefined;
    }
  }

  async #keepTags(
    arn: string,
    before: Map<string, string>,
    wanted: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const gone = Object.fromEntries([...before].filter(([key]) => !Object.hasOwn(wanted, key)));
    const isChanged = Object.entries(wanted).some(([key, value]) => before.get(key) !== value);
    const call = (action: string, tags: Readonly<Record<string, string>>) =>
      this.#api.call(action, { CertificateArn: arn, Tags: tagList(tags) }, signal);
    if (Object.keys(gone).length > 0) await call("RemoveTagsFromCertificate", gone);
    if (isChanged) await call("AddTagsToCertificate", wanted);
  }
}

/** The leaf, what it is signed by, and its key. @throws ProblemError InvalidExternalSecret, without a word of what is in there */
function bundleOf({ whole, secretKey }: PushValue): { certificate: string; chain: string; key: string } {
  if (whole === undefined || secretKey !== "")
    throw problemError(
      "InvalidExternalSecret",
      "secretKey must be empty for the AWS Certificate Manager provider: the whole kubernetes.io/tls secret is required (tls.crt and tls.key)",
    );
  const entry = (name: string): string => {
    const bytes = whole.get(name);
    if (bytes !== undefined && bytes.length > 0) return fromBytes(bytes);
    throw problemError("InvalidExternalSecret", `key "${name}" not found or empty in the Secret`);
  };
  const key = entry("tls.key");
  const [certificate, ...chain] = entry("tls.crt").match(CERTIFICATE) ?? [];
  try {
    if (certificate !== undefined && new X509Certificate(certificate).raw.length > 0)
      return { certificate: `${certificate}\n`, chain: chain.map((one) => `${one}\n`).join(""), key };
  } catch {
    // Told below.
  }
  throw problemError("InvalidExternalSecret", "failed to parse tls.crt: it holds no certificate in PEM");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
