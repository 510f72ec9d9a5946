import { AwsV4Signer } from "aws4fetch";
import { problemError } from "@fairlead/base";
import type { Fields } from "../model/fields.ts";
import { parseJsonText, textOf } from "../values/json-text.ts";
import { awsEndpoint } from "./aws/api.ts";
import { awsKeys, parseAwsAuth } from "./aws/auth.ts";
import { ACCOUNT_ANNOTATION, gcpToken, parseGcpAuth } from "./gcp/auth.ts";
import { fromMetadata, gcpEndpoint, gcpFailure, type GcpPlace } from "./gcp/token.ts";
import { isSuccess, jsonOf, withHttp } from "./http.ts";
import { rsaKeyOf, signedJwt } from "./jwt.ts";
import type { Login, VaultAuth } from "./vault-login.ts";
import type { ProviderDeps } from "./types.ts";

/** Ways into Vault with an identity of a cloud: Vault asks that cloud whether it is the one it says it is. */

const DEFAULT_REGION = "us-east-1";
const WHO_AM_I = "Action=GetCallerIdentity&Version=2011-06-15";
const FORM = "application/x-www-form-urlencoded; charset=utf-8";
/** Regions that are older than AWS' regional STS: there Vault expects the one of all regions, as its own tools sign for it. */
const GLOBAL_STS =
  /^(?:ap-(?:northeast-1|south-1|southeast-[12])|ca-central-1|eu-(?:central-1|north-1|west-[123])|sa-east-1|us-(?:east|west)-[12])$/;
const STS = "https://sts.amazonaws.com";

/** AWS: a signed question to STS who asks, which Vault sends on for itself. */
export function iamLogin(fields: Fields): VaultAuth {
  const path = fields.text("path", "aws");
  const region = fields.text("region", DEFAULT_REGION) || DEFAULT_REGION;
  const role = fields.required("vaultRole");
  const serverId = fields.text("vaultAwsIamServerID");
  const auth = parseAwsAuth(fields);
  const roles = {
    chain: [],
    role: fields.text("role"),
    externalId: fields.text("externalID"),
    tags: [],
    transitiveTagKeys: [],
    identityTags: false,
  };
  return {
    kind: "login",
    prepare: (deps, signal) =>
      withHttp(async (http) => {
        const { clock, environment } = deps;
        const keys = await awsKeys(auth, roles, deps, { region, http, clock, environment }).get(signal);
        const url = `${stsOf(region, environment)}/`;
        const headers = { "content-type": FORM, ...(serverId !== "" && { "x-vault-aws-iam-server-id": serverId }) };
        const signed = await new AwsV4Signer({
          method: "POST",
          url,
          headers,
          body: WHO_AM_I,
          accessKeyId: keys.accessKeyId,
          secretAccessKey: keys.secretAccessKey,
          ...(keys.sessionToken !== undefined && { sessionToken: keys.sessionToken }),
          service: "sts",
          region,
          datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ""),
        }).sign();
        const sent = Object.fromEntries([...signed.headers].map(([name, value]) => [canonical(name), [value]]));
        const encoded = (text: string): string => Buffer.from(text).toString("base64");
        return {
          path: `auth/${path}/login`,
          body: {
            role,
            iam_http_request_method: "POST",
            iam_request_url: encoded(url),
            iam_request_headers: encoded(JSON.stringify(sent)),
            iam_request_body: encoded(WHO_AM_I),
          },
        };
      }),
  };
}

function stsOf(region: string, environment: ProviderDeps["environment"]): string {
  const regional = awsEndpoint("sts", region, environment);
  return GLOBAL_STS.test(region) && regional === awsEndpoint("sts", region, {}) ? STS : regional;
}

/** As headers are called in Go: `X-Amz-Date`. */
function canonical(name: string): string {
  return name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => `${dash}${letter.toUpperCase()}`);
}

/** Google: a token signed for Vault by a service account, or by the machine for its own. */
export function gcpLogin(fields: Fields): VaultAuth {
  const path = fields.text("path", "gcp") || "gcp";
  const role = fields.required("role");
  const auth = parseGcpAuth(fields);
  return {
    kind: "login",
    prepare: (deps, signal) =>
      withHttp(async (http): Promise<Login> => {
        const { clock, environment, credentials } = deps;
        const place = { http, clock, environment, credentials };
        return { path: `auth/${path}/login`, body: { role, jwt: await signedFor(role, auth, place, signal) } };
      }),
  };
}

/** Vault takes none that lives longer than its roles say, a quarter of an hour where they say nothing. */
const JWT_SECONDS = 900;

async function signedFor(
  role: string,
  auth: ReturnType<typeof parseGcpAuth>,
  place: GcpPlace,
  signal: AbortSignal,
): Promise<string> {
  const exp = Math.floor(place.clock.now() / 1000) + JWT_SECONDS;
  const claims = (email: string) => ({ sub: email, aud: `vault/${role}`, exp });
  if (auth.kind === "key") {
    const node = parseJsonText(await place.credentials.secretText(auth.ref));
    const [email, pem] = [textOf(node, "client_email"), textOf(node, "private_key")];
    if (!email || pem === undefined)
      throw problemError("InvalidStore", "the JSON credentials are not a service account's key");
    return signedJwt(
      rsaKeyOf(pem, "private_key of the JSON credentials"),
      { kid: textOf(node, "private_key_id") },
      claims(email),
    );
  }
  if (auth.kind !== "cluster") {
    const audience = encodeURIComponent(`http://vault/${role}`);
    const identity = `instance/service-accounts/default/identity?audience=${audience}&format=full`;
    return (await fromMetadata(place, identity, signal)).body.toString().trim();
  }
  const email = (await place.credentials.accountAnnotations(auth.identity.account))[ACCOUNT_ANNOTATION];
  if (!email)
    throw problemError(
      "StoreNotReady",
      `service account ${auth.identity.account.name} stands for none of Google: annotation ${ACCOUNT_ANNOTATION} is missing`,
    );
  return signedByGoogle(email, JSON.stringify(claims(email)), await gcpToken(auth, place, signal), place, signal);
}

async function signedByGoogle(
  email: string,
  payload: string,
  token: Awaited<ReturnType<typeof gcpToken>>,
  { http, environment }: GcpPlace,
  signal: AbortSignal,
): Promise<string> {
  const base = gcpEndpoint("iamcredentials", "iamcredentials.googleapis.com", environment);
  const answer = await http.call({
    method: "POST",
    url: `${base}/v1/projects/-/serviceAccounts/${encodeURIComponent(email)}:signJwt`,
    headers: { authorization: `Bearer ${token.text}`, "content-type": "application/json" },
    body: JSON.stringify({ payload }),
    signal,
  });
  if (!isSuccess(answer)) throw gcpFailure(answer, "Google's signing");
  const signed = textOf(jsonOf(answer, "Google's signing"), "signedJwt");
  if (!signed) throw problemError("ProviderFailed", "Google's signing gave no token");
  return signed;
}
