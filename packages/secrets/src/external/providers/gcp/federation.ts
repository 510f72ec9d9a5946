import { readFile } from "node:fs/promises";
import { normalize } from "node:path";
import { AwsV4Signer } from "aws4fetch";
import { problemError } from "@fairlead/base";
import { fromBytes } from "@fairlead/gotemplate";
import type { Fields } from "../../model/fields.ts";
import { memberOf, parseJsonText, textOf, type JsonNode } from "../../values/json-text.ts";
import { failureOf, isSuccess } from "../http.ts";
import { parseAccountRef } from "../refs.ts";
import type { AccountRef, KeyRef } from "../types.ts";
import { gcpEndpoint, impersonated, impersonationUrl, SCOPE, tokenOf, type GcpPlace, type GcpToken } from "./token.ts";

export interface Federation {
  readonly config: KeyRef | undefined;
  readonly account: AccountRef | undefined;
  readonly aws: { readonly region: string; readonly secret: Omit<KeyRef, "key"> } | undefined;
  readonly audience: string;
  /** The only address a configuration may fetch its token from. */
  readonly tokenEndpoint: string;
  readonly email: string;
}

interface Subject {
  readonly token: string;
  readonly type: string;
}

const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const AWS_TYPE = "urn:ietf:params:aws:token-type:aws4_request";
const ACCOUNT_ANNOTATION = "iam.gke.io/gcp-service-account";
const ACCOUNT_TOKEN_SECONDS = 3600;
const TOKEN_URL = /^https:\/\/sts\.[^/\s]+\/v1\/token$/;
const IMPERSONATION_URL =
  /^https:\/\/iamcredentials\.(?:[a-z0-9-]+\.)*googleapis\.com\/v1\/projects\/[^/]+\/serviceAccounts\/[a-z0-9-]+@[a-z0-9-]+\.iam\.gserviceaccount\.com:generateAccessToken$/;

export function parseFederation(fields: Fields): Federation {
  const given = ["credConfig", "serviceAccountRef", "awsSecurityCredentials"].filter((key) => fields.has(key));
  if (given.length !== 1)
    fields.fault("", "exactly one of credConfig, awsSecurityCredentials or serviceAccountRef must be provided");
  const config = fields.optional("credConfig");
  const aws = fields.optional("awsSecurityCredentials");
  const secret = aws?.child("awsCredentialsSecretRef");
  if (config === undefined && fields.text("audience") === "")
    fields.fault("audience", "must be provided with serviceAccountRef or awsSecurityCredentials");
  return {
    config: config && {
      name: config.required("name"),
      key: config.required("key"),
      namespace: config.text("namespace") || undefined,
    },
    account: fields.has("serviceAccountRef") ? parseAccountRef(fields, "serviceAccountRef") : undefined,
    aws:
      aws && secret
        ? {
            region: aws.required("region"),
            secret: { name: secret.required("name"), namespace: secret.text("namespace") || undefined },
          }
        : undefined,
    audience: fields.text("audience"),
    tokenEndpoint: fields.text("externalTokenEndpoint"),
    email: fields.text("gcpServiceAccountEmail"),
  };
}

export async function federatedToken(federation: Federation, place: GcpPlace, signal: AbortSignal): Promise<GcpToken> {
  const { config, account, aws, audience, email } = federation;
  const { credentials, environment } = place;
  const stands = email === "" ? undefined : impersonationUrl(email, environment);
  if (config !== undefined)
    return configToken(await credentials.configMapText(config), federation.tokenEndpoint, place, signal, {
      audience,
      impersonation: stands,
    });
  const url = `${gcpEndpoint("sts", "sts.googleapis.com", environment)}/v1/token`;
  if (aws !== undefined) {
    const subject = { token: await awsSubject(aws, audience, place), type: AWS_TYPE };
    return exchanged(place, url, audience, subject, stands, signal);
  }
  if (account === undefined) throw problemError("InvalidStore", "the store says no way to get a token");
  const token = await credentials.accountToken(
    account,
    account.audiences.length > 0 ? [] : [audience],
    ACCOUNT_TOKEN_SECONDS,
  );
  const noted = (await credentials.accountAnnotations(account))[ACCOUNT_ANNOTATION];
  const impersonation = stands ?? (noted ? impersonationUrl(noted, environment) : undefined);
  return exchanged(place, url, audience, { token, type: JWT_TYPE }, impersonation, signal);
}

/** An external_account configuration, with what the store says before it. Every fault is told. */
export async function configToken(
  json: string,
  tokenEndpoint: string,
  place: GcpPlace,
  signal: AbortSignal,
  own: { audience: string; impersonation: string | undefined } = { audience: "", impersonation: undefined },
): Promise<GcpToken> {
  const node = parseJsonText(json);
  if (textOf(node, "type") !== "external_account")
    throw problemError("InvalidStore", "invalid credentials: 'type' field is not external_account");
  const domain = textOf(node, "universe_domain") || "googleapis.com";
  const tokenUrl = textOf(node, "token_url") || `https://sts.${domain}/v1/token`;
  const audience = own.audience || textOf(node, "audience") || "";
  const impersonation = textOf(node, "service_account_impersonation_url") || undefined;
  const faults = [
    ...(audience === "" ? ["audience is empty"] : []),
    ...(TOKEN_URL.test(tokenUrl) ? [] : ["token_url is not the address of a token service"]),
    ...(impersonation === undefined || IMPERSONATION_URL.test(impersonation)
      ? []
      : ["service_account_impersonation_url is not the address of Google's impersonation"]),
  ];
  const source = memberOf(node, "credential_source");
  if (memberOf(source, "executable") !== undefined) faults.push("credential_source.executable is not allowed");
  const url = textOf(source, "url");
  if (url !== undefined && url !== tokenEndpoint)
    faults.push("credential_source.url does not match with the configured externalTokenEndpoint");
  if (faults.length > 0) throw problemError("InvalidStore", `invalid external_account config: ${faults.join("; ")}`);
  const subject = await configSubject(source, place, signal);
  const { environment } = place;
  const redirected = tokenUrl.startsWith("https://sts.googleapis.com/")
    ? `${gcpEndpoint("sts", "sts.googleapis.com", environment)}/v1/token`
    : tokenUrl;
  const type = textOf(node, "subject_token_type") || JWT_TYPE;
  return exchanged(place, redirected, audience, { token: subject, type }, own.impersonation ?? impersonation, signal);
}

/**
 * The token of a file or an address. Only tokens that were mounted for workloads are read, and not the controller's own: a store is a
 * tenant's, and the file's text goes to an address the tenant chose.
 */
async function configSubject(source: JsonNode | undefined, { http }: GcpPlace, signal: AbortSignal): Promise<string> {
  const file = textOf(source, "file");
  const format = memberOf(source, "format");
  let text: string;
  if (file !== undefined) {
    const path = normalize(file);
    if (!path.startsWith("/var/run/secrets/") || path.startsWith("/var/run/secrets/kubernetes.io/serviceaccount"))
      throw problemError(
        "InvalidStore",
        "credential_source.file must be a token that is mounted below /var/run/secrets",
      );
    text = await readFile(path, "utf8").catch(() => {
      throw problemError("StoreNotReady", "credential_source.file cannot be read");
    });
  } else {
    const url = textOf(source, "url");
    if (url === undefined)
      throw problemError("InvalidStore", "one of credential_source.file and credential_source.url should be provided");
    const headers = memberOf(source, "headers");
    const answer = await http.call({
      method: "GET",
      url,
      headers:
        headers?.kind === "object"
          ? Object.fromEntries([...headers.members.keys()].map((name) => [name, textOf(headers, name) ?? ""]))
          : {},
      signal,
    });
    if (!isSuccess(answer)) throw failureOf(answer, "the external token endpoint");
    text = answer.body.toString();
  }
  if (textOf(format, "type") !== "json") return text.trim();
  const token = textOf(parseJsonText(text), textOf(format, "subject_token_field_name") ?? "");
  if (token === undefined) throw problemError("ProviderFailed", "the external token is not where its format says");
  return token;
}

/** A signed request for AWS' GetCallerIdentity, which Google makes itself to see who asks. */
async function awsSubject(
  { region, secret }: NonNullable<Federation["aws"]>,
  audience: string,
  { credentials, clock }: GcpPlace,
): Promise<string> {
  const { data } = await credentials.secretData(secret);
  const of = (key: string): string => fromBytes(data.get(key) ?? new Uint8Array()).trim();
  const accessKeyId = of("aws_access_key_id");
  const secretAccessKey = of("aws_secret_access_key");
  const sessionToken = of("aws_session_token");
  if (accessKeyId === "" || secretAccessKey === "")
    throw problemError(
      "StoreNotReady",
      "aws_access_key_id and aws_secret_access_key keys must be present in AwsSecurityCredentials secret",
    );
  const host = `sts.${region}.amazonaws.com`;
  const url = `https://${host}?Action=GetCallerIdentity&Version=2011-06-15`;
  const signer = new AwsV4Signer({
    method: "POST",
    url,
    headers: { "x-goog-cloud-target-resource": audience },
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== "" && { sessionToken }),
    service: "sts",
    region,
    datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ""),
  });
  const signed = await signer.sign();
  const headers = [...signed.headers, ["host", host]].map(([key, value]) => ({ key, value }));
  return encodeURIComponent(JSON.stringify({ url, method: "POST", headers }));
}

async function exchanged(
  place: GcpPlace,
  url: string,
  audience: string,
  subject: Subject,
  impersonation: string | undefined,
  signal: AbortSignal,
): Promise<GcpToken> {
  const form = new URLSearchParams({
    audience,
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    scope: SCOPE,
    subject_token: subject.token,
    subject_token_type: subject.type,
  });
  const token = await tokenOf(place, "Google's token exchange", url, form, {}, signal);
  return impersonation === undefined ? token : impersonated(place, impersonation, token, signal);
}
