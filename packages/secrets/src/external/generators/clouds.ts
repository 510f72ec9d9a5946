import { problemError } from "@fairlead/base";
import { toBytes } from "@fairlead/gotemplate";
import type { Fields } from "../model/fields.ts";
import { AwsApi, xmlText, type AwsPlace } from "../providers/aws/api.ts";
import { awsKeys, parseAwsAuth, parseAwsRoles, parseRegion } from "../providers/aws/auth.ts";
import { azureToken, type AzureAuth } from "../providers/azure/auth.ts";
import { gcpToken, parseGcpAuth } from "../providers/gcp/auth.ts";
import { failureOf, isSuccess, jsonOf, withHttp, type ProviderHttp } from "../providers/http.ts";
import { parseAccountRef, parseKeyRef } from "../providers/refs.ts";
import type { ProviderDeps } from "../providers/types.ts";
import type { Entries } from "../values/keys.ts";
import { itemsOf, memberOf, textOf, type JsonNode } from "../values/json-text.ts";
import type { Generator } from "./types.ts";

/** Entries of texts; what is undefined is left out. */
export function entriesFrom(texts: Readonly<Record<string, string | undefined>>): Entries {
  return new Map(
    Object.entries(texts).flatMap(([key, text]) => (text === undefined ? [] : [[key, toBytes(text)] as const])),
  );
}

interface AwsParts {
  readonly parse: (
    spec: Fields,
  ) => (place: AwsPlace, keys: ReturnType<typeof awsKeys>, signal: AbortSignal) => Promise<Entries>;
}

function awsGenerator(kind: string, { parse }: AwsParts): Generator {
  return {
    kind,
    parse(spec) {
      const region = parseRegion(spec);
      const auth = parseAwsAuth(spec.child("auth"));
      const roles = parseAwsRoles(spec);
      const run = parse(spec);
      if (kind === "STSSessionToken" && auth.kind === "account")
        spec.fault("auth.jwt", "cannot be used for STS Session Token generation");
      return (deps, signal) =>
        withHttp((http) => {
          const place = { region, http, clock: deps.clock, environment: deps.environment };
          return run(place, awsKeys(auth, roles, deps, place), signal);
        });
    },
  };
}

export const ecrGenerator = awsGenerator("ECRAuthorizationToken", {
  parse(spec) {
    const isPublic = spec.choice("scope", ["private", "public"], "private") === "public";
    return async (place, keys, signal) => {
      const api = new AwsApi(isPublic ? "ecr-public" : "ecr", place, keys);
      const answer = await api.call("GetAuthorizationToken", {}, signal);
      const found = isPublic ? memberOf(answer, "authorizationData") : itemsOf(answer, "authorizationData")[0];
      const token = Buffer.from(textOf(found, "authorizationToken") ?? "", "base64").toString();
      const colon = token.indexOf(":");
      if (colon < 0) throw problemError("ProviderFailed", "AWS gave no authorization token of the form it should have");
      return entriesFrom({
        username: token.slice(0, colon),
        password: token.slice(colon + 1),
        proxy_endpoint: isPublic ? undefined : (textOf(found, "proxyEndpoint") ?? ""),
        expires_at: secondsOf(memberOf(found, "expiresAt")),
      });
    };
  },
});

export const stsGenerator = awsGenerator("STSSessionToken", {
  parse(spec) {
    const parameters = spec.child("requestParameters");
    const form: Record<string, string> = { Action: "GetSessionToken", Version: "2011-06-15" };
    const seconds = parameters.integer("sessionDuration", 0);
    if (seconds > 0) form["DurationSeconds"] = String(seconds);
    if (parameters.has("serialNumber")) form["SerialNumber"] = parameters.text("serialNumber");
    if (parameters.has("tokenCode")) form["TokenCode"] = parameters.text("tokenCode");
    return async (place, keys, signal) => {
      const xml = await new AwsApi("sts", place, keys).query("GetSessionToken", new URLSearchParams(form), signal);
      const id = xmlText(xml, "AccessKeyId");
      if (id === undefined) throw problemError("ProviderFailed", "no credentials found");
      return entriesFrom({
        access_key_id: id,
        expiration: String(Math.floor(Date.parse(xmlText(xml, "Expiration") ?? "") / 1000)),
        secret_access_key: xmlText(xml, "SecretAccessKey"),
        session_token: xmlText(xml, "SessionToken"),
      });
    };
  },
});

/** AWS sends seconds as a number, or a time as text. */
function secondsOf(node: JsonNode | undefined): string {
  const at = node?.kind === "string" ? Date.parse(node.text) / 1000 : Number(node?.raw ?? "0");
  return String(Math.floor(at || 0));
}

export const gcrGenerator: Generator = {
  kind: "GCRAccessToken",
  parse(spec) {
    const auth = parseGcpAuth(spec.child("auth"));
    spec.required("projectID");
    return ({ clock, environment, credentials }, signal) =>
      withHttp(async (http) => {
        const token = await gcpToken(auth, { http, clock, environment, credentials }, signal);
        return entriesFrom({
          username: "oauth2accesstoken",
          password: token.text,
          expiry: String(Math.floor(token.expiresAt / 1000)),
        });
      });
  },
};

const MANAGEMENT: Readonly<Record<string, readonly [authority: string, resource: string]>> = {
  PublicCloud: ["https://login.microsoftonline.com", "https://management.azure.com"],
  USGovernmentCloud: ["https://login.microsoftonline.us", "https://management.usgovcloudapi.net"],
  ChinaCloud: ["https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"],
  GermanCloud: ["https://login.microsoftonline.de", "https://management.microsoftazure.de"],
};
/** The user that a registry takes a token of Entra's for. */
const ACR_USER = "00000000-0000-0000-0000-000000000000";

export const acrGenerator: Generator = {
  kind: "ACRAccessToken",
  parse(spec) {
    const registry = spec.required("registry");
    const scope = spec.text("scope");
    const tenant = spec.text("tenantId");
    const auth = parseAcrAuth(spec, tenant);
    return (deps, signal) =>
      withHttp(async (http) => {
        const login = deps.environment["AZURE_AUTHORITY_HOST"]?.replace(/\/+$/, "") || auth.cloud.authority;
        const asked = { ...auth, cloud: { ...auth.cloud, authority: login } };
        const { text: access } = await azureToken(asked, deps, http, signal);
        const exchange = { grant_type: "access_token", service: registry, tenant, access_token: access };
        const refresh = await acrToken(http, registry, "exchange", exchange, "refresh_token", signal);
        const narrow = { grant_type: "refresh_token", service: registry, scope, refresh_token: refresh };
        const token = scope === "" ? refresh : await acrToken(http, registry, "token", narrow, "access_token", signal);
        return entriesFrom({ username: ACR_USER, password: token });
      });
  },
};

function parseAcrAuth(spec: Fields, tenant: string): AzureAuth {
  const name = spec.choice(
    "environmentType",
    ["PublicCloud", "USGovernmentCloud", "ChinaCloud", "GermanCloud"],
    "PublicCloud",
  );
  const [authority = "", resource = ""] = MANAGEMENT[name] ?? [];
  const auth = spec.child("auth");
  const [principal, machine, workload] = [
    auth.optional("servicePrincipal"),
    auth.optional("managedIdentity"),
    auth.optional("workloadIdentity"),
  ];
  if ([principal, machine, workload].filter((one) => one !== undefined).length !== 1)
    auth.fault("", "must have exactly one of servicePrincipal, managedIdentity and workloadIdentity");
  const ref = principal?.child("secretRef");
  return {
    type: principal ? "ServicePrincipal" : machine ? "ManagedIdentity" : "WorkloadIdentity",
    tenant,
    clientId: ref && parseKeyRef(ref, "clientId"),
    clientSecret: ref && parseKeyRef(ref, "clientSecret"),
    tenantId: undefined,
    clientCertificate: undefined,
    account: workload?.has("serviceAccountRef") ? parseAccountRef(workload, "serviceAccountRef") : undefined,
    identity: machine?.text("identityId") ?? "",
    cloud: { authority, resource, suffix: "" },
  };
}

async function acrToken(
  http: ProviderHttp,
  registry: string,
  path: string,
  form: Record<string, string>,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  const answer = await http.call({
    method: "POST",
    url: `${addressOf(registry)}/oauth2/${path}`,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
    signal,
  });
  if (!isSuccess(answer)) throw failureOf(answer, "the registry");
  const token = textOf(jsonOf(answer, "the registry"), name);
  if (token !== undefined) return token;
  throw problemError("ProviderFailed", "the registry gave no token");
}

/** A host as an address; one that says how it is reached is taken at its word. */
export function addressOf(host: string): string {
  return (host.includes("://") ? host : `https://${host}`).replace(/\/+$/, "");
}

/** The token of a ServiceAccount, which another service takes for one of its own. */
export function federatedToken(
  deps: ProviderDeps,
  account: Parameters<ProviderDeps["credentials"]["accountToken"]>[0],
): Promise<string> {
  return deps.credentials.accountToken(account, [], 3600);
}
