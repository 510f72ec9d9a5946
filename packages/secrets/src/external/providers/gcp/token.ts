import { parseJsonText, textOf } from "../../values/json-text.ts";
import { problemError } from "@fairlead/base";
import { rsaKeyOf, signedJwt } from "../jwt.ts";
import { failureOf, isSuccess, jsonOf, type HttpAnswer, type ProviderHttp } from "../http.ts";
import type { Credential } from "../renewed.ts";
import type { ProviderDeps } from "../types.ts";

export interface GcpToken extends Credential {
  readonly text: string;
}

export interface GcpPlace extends Pick<ProviderDeps, "clock" | "environment" | "credentials"> {
  readonly http: ProviderHttp;
}

export const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const DEFAULT_LIFE_SECONDS = 3600;

/** Where a service of Google is; gcloud's own environment variables redirect it. */
export function gcpEndpoint(service: string, host: string, environment: ProviderDeps["environment"]): string {
  const redirected = environment[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${service.toUpperCase()}`];
  return redirected ? redirected.replace(/\/+$/, "") : `https://${host}`;
}

/** What Google says of an error, without what it was about. */
export function gcpFailure(answer: HttpAnswer, who: string): Error {
  const node = parseJsonText(answer.body.toString());
  const error = node?.kind === "object" ? node.members.get("error") : undefined;
  const said =
    error?.kind === "string"
      ? `${error.text} ${textOf(node, "error_description") ?? ""}`
      : `${textOf(error, "status") ?? ""} ${textOf(error, "message") ?? ""}`;
  return failureOf(answer, who, said.trim());
}

export async function tokenOf(
  place: GcpPlace,
  who: string,
  url: string,
  body: URLSearchParams | object,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<GcpToken> {
  const isForm = body instanceof URLSearchParams;
  const askedAt = place.clock.now();
  const answer = await place.http.call({
    method: "POST",
    url,
    headers: { "content-type": isForm ? "application/x-www-form-urlencoded" : "application/json", ...headers },
    body: isForm ? body.toString() : JSON.stringify(body),
    signal,
  });
  if (!isSuccess(answer)) throw gcpFailure(answer, who);
  const node = jsonOf(answer, who);
  const text = textOf(node, "access_token") ?? textOf(node, "accessToken");
  if (text === undefined) throw problemError("ProviderFailed", `${who} gave no token`);
  const life = node.kind === "object" ? Number(node.members.get("expires_in")?.raw.replaceAll('"', "")) : Number.NaN;
  const end = Date.parse(textOf(node, "expireTime") ?? "");
  return { text, expiresAt: end || askedAt + (life || DEFAULT_LIFE_SECONDS) * 1000 };
}

/** A service account's key, as Google hands it out in JSON. @throws ProblemError InvalidStore */
export async function keyToken(json: string, place: GcpPlace, signal: AbortSignal): Promise<GcpToken> {
  const node = parseJsonText(json);
  const email = textOf(node, "client_email");
  const pem = textOf(node, "private_key");
  if (textOf(node, "type") !== "service_account" || !email || pem === undefined)
    throw problemError("InvalidStore", "failed to process the provided JSON credentials: not a service account's key");
  const url = textOf(node, "token_uri") || "https://oauth2.googleapis.com/token";
  const now = Math.floor(place.clock.now() / 1000);
  const assertion = signedJwt(
    rsaKeyOf(pem, "private_key of the JSON credentials"),
    { kid: textOf(node, "private_key_id") },
    { iss: email, scope: SCOPE, aud: url, iat: now, exp: now + DEFAULT_LIFE_SECONDS },
  );
  const form = new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
  return tokenOf(place, "Google's sign-in", url, form, {}, signal);
}

/** The token of a service account that another token may stand in for. */
export function impersonated(place: GcpPlace, url: string, token: GcpToken, signal: AbortSignal): Promise<GcpToken> {
  const headers = { authorization: `Bearer ${token.text}` };
  return tokenOf(place, "Google's impersonation", url, { scope: [SCOPE] }, headers, signal);
}

export function impersonationUrl(account: string, environment: ProviderDeps["environment"]): string {
  const base = gcpEndpoint("iamcredentials", "iamcredentials.googleapis.com", environment);
  return `${base}/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:generateAccessToken`;
}

const METADATA_HOST = "metadata.google.internal";

/** What the machine or pod knows of itself. */
export async function fromMetadata(
  { http, environment }: GcpPlace,
  path: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const host = environment["GCE_METADATA_HOST"] || METADATA_HOST;
  const url = `http://${host}/computeMetadata/v1/${path}`;
  const answer = await http.call({
    method: "GET",
    url,
    headers: { "metadata-flavor": "Google" },
    signal,
    timeoutMs: 3000,
  });
  if (!isSuccess(answer)) throw failureOf(answer, "Google's metadata server");
  return answer;
}
