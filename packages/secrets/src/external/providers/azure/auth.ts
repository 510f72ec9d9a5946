import { readFile } from "node:fs/promises";
import { problemError } from "@fairlead/base";
import type { Fields } from "../../model/fields.ts";
import { parseJsonText, textOf } from "../../values/json-text.ts";
import { pemOfPkcs12 } from "../../template/pkcs12.ts";
import { randomUuid } from "../../values/uuid.ts";
import { failureOf, isSuccess, jsonOf, type HttpAnswer, type ProviderHttp } from "../http.ts";
import { rsaKeyOf, signedJwt, thumbprints } from "../jwt.ts";
import { parseAccountRef, parseOptionalKeyRef } from "../refs.ts";
import type { Credential } from "../renewed.ts";
import type { AccountRef, KeyRef, ProviderDeps } from "../types.ts";

export interface AzureToken extends Credential {
  readonly text: string;
}

export interface AzureAuth {
  readonly type: "ServicePrincipal" | "ManagedIdentity" | "WorkloadIdentity";
  readonly tenant: string;
  readonly clientId: KeyRef | undefined;
  readonly tenantId: KeyRef | undefined;
  readonly clientSecret: KeyRef | undefined;
  readonly clientCertificate: KeyRef | undefined;
  readonly account: AccountRef | undefined;
  /** Client id of a managed identity, where a machine has several. */
  readonly identity: string;
  readonly cloud: AzureCloud;
}

export interface AzureCloud {
  /** Where tokens come from. */
  readonly authority: string;
  /** What tokens are for. */
  readonly resource: string;
  /** Hosts of vaults end with it; "": a cloud of one's own, where anything goes. */
  readonly suffix: string;
}

const CLOUDS: Readonly<Record<string, AzureCloud>> = {
  PublicCloud: cloud("https://login.microsoftonline.com", "vault.azure.net"),
  USGovernmentCloud: cloud("https://login.microsoftonline.us", "vault.usgovcloudapi.net"),
  ChinaCloud: cloud("https://login.chinacloudapi.cn", "vault.azure.cn"),
  GermanCloud: cloud("https://login.microsoftonline.de", "vault.microsoftazure.de"),
};
const CLIENT_ANNOTATION = "azure.workload.identity/client-id";
const TENANT_ANNOTATION = "azure.workload.identity/tenant-id";
const AUDIENCE = "api://AzureADTokenExchange";
const ACCOUNT_TOKEN_SECONDS = 3600;
const ASSERTION_SECONDS = 600;

function cloud(authority: string, suffix: string): AzureCloud {
  return { authority, resource: `https://${suffix}`, suffix };
}

export function parseAzureAuth(fields: Fields): AzureAuth {
  const ref = fields.child("authSecretRef");
  const auth: AzureAuth = {
    type: fields.choice("authType", ["ServicePrincipal", "ManagedIdentity", "WorkloadIdentity"], "ServicePrincipal"),
    tenant: fields.text("tenantId"),
    clientId: parseOptionalKeyRef(ref, "clientId"),
    tenantId: parseOptionalKeyRef(ref, "tenantId"),
    clientSecret: parseOptionalKeyRef(ref, "clientSecret"),
    clientCertificate: parseOptionalKeyRef(ref, "clientCertificate"),
    account: fields.has("serviceAccountRef") ? parseAccountRef(fields, "serviceAccountRef") : undefined,
    identity: fields.text("identityId"),
    cloud: parseCloud(fields),
  };
  if (auth.type === "ServicePrincipal") checkPrincipal(auth, fields);
  return auth;
}

function checkPrincipal(auth: AzureAuth, fields: Fields): void {
  if (auth.tenant === "") fields.fault("tenantId", "missing tenantID in store config");
  if (auth.clientId === undefined || (auth.clientSecret === undefined && auth.clientCertificate === undefined))
    fields.fault("authSecretRef", "must have clientId, and clientSecret or clientCertificate");
  if (auth.clientSecret !== undefined && auth.clientCertificate !== undefined)
    fields.fault("authSecretRef", "both clientSecret and clientCertificate set");
}

function parseCloud(fields: Fields): AzureCloud {
  const name = fields.text("environmentType", "PublicCloud");
  const custom = fields.optional("customCloudConfig");
  const known = CLOUDS[name];
  if (known === undefined && name !== "AzureStackCloud")
    fields.fault("environmentType", `must be one of ${[...Object.keys(CLOUDS), "AzureStackCloud"].join(", ")}`);
  if (custom === undefined) {
    if (name === "AzureStackCloud") fields.fault("customCloudConfig", "is required with AzureStackCloud");
    return known ?? cloud("", "");
  }
  const authority = custom.required("activeDirectoryEndpoint").replace(/\/+$/, "");
  const suffix = custom.text("keyVaultDNSSuffix") || (known?.suffix ?? "");
  const resource = custom.text("keyVaultEndpoint") || known?.resource || (suffix === "" ? "" : `https://${suffix}`);
  return { authority, resource: (resource || "https://vault.azure.net").replace(/\/+$/, ""), suffix };
}

/** Whether the identity is this process' own, which must not be handed to whatever address a store names. */
export function isOwnIdentity({ type, account }: AzureAuth): boolean {
  return type === "ManagedIdentity" || (type === "WorkloadIdentity" && account === undefined);
}

export async function azureToken(
  auth: AzureAuth,
  deps: ProviderDeps,
  http: ProviderHttp,
  signal: AbortSignal,
): Promise<AzureToken> {
  if (auth.type === "ManagedIdentity") return machineToken(auth, deps, http, signal);
  const { tenant, form } = await signIn(auth, deps);
  const { authority, resource } = auth.cloud;
  const body = new URLSearchParams({ ...form, grant_type: "client_credentials", scope: `${resource}/.default` });
  const askedAt = deps.clock.now();
  const answer = await http.call({
    method: "POST",
    url: tokenUrl(authority, tenant),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: body.toString(),
    signal,
  });
  return tokenOf(answer, askedAt);
}

function tokenUrl(authority: string, tenant: string): string {
  return `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
}

async function signIn(auth: AzureAuth, deps: ProviderDeps): Promise<{ tenant: string; form: Record<string, string> }> {
  const { credentials } = deps;
  const read = async (ref: KeyRef | undefined): Promise<string> =>
    ref ? (await credentials.secretText(ref)).trim() : "";
  if (auth.type === "WorkloadIdentity") return workloadSignIn(auth, deps, read);
  const client = await read(auth.clientId);
  const secret = await read(auth.clientSecret);
  const form = { client_id: client };
  if (secret !== "") return { tenant: auth.tenant, form: { ...form, client_secret: secret } };
  const pem = auth.clientCertificate ? await pemOf(await credentials.secretText(auth.clientCertificate)) : "";
  const assertion = certificateAssertion(pem, client, auth, deps);
  return { tenant: auth.tenant, form: { ...form, ...assertionForm(assertion) } };
}

function assertionForm(assertion: string): Record<string, string> {
  return {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  };
}

/** A certificate with its key is in use as PEM and as a PKCS#12 file without a password. @throws ProblemError InvalidStore */
async function pemOf(text: string): Promise<string> {
  if (text.includes("-----BEGIN ")) return text;
  try {
    const { key, certificate } = await pemOfPkcs12(text);
    return key + certificate;
  } catch {
    // The parser's message could quote the key.
    throw problemError("InvalidStore", "the client certificate is neither PEM nor a PKCS#12 file without a password");
  }
}

/** Certificate and key in one PEM text. */
function certificateAssertion(
  pem: string,
  client: string,
  { tenant, cloud: { authority } }: AzureAuth,
  { clock, random }: ProviderDeps,
): string {
  const what = "the client certificate";
  const { sha1, sha256 } = thumbprints(pem, what);
  const key = rsaKeyOf(
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----/.exec(pem)?.[0] ?? "",
    what,
  );
  const now = Math.floor(clock.now() / 1000);
  return signedJwt(
    key,
    { x5t: sha1, "x5t#S256": sha256 },
    {
      aud: tokenUrl(authority, tenant),
      iss: client,
      sub: client,
      jti: randomUuid(random),
      nbf: now - 60,
      exp: now + ASSERTION_SECONDS,
    },
  );
}

/** A ServiceAccount's token stands in for the secret; ids are noted on the account, in a Secret, or in the store, but once. */
async function workloadSignIn(
  auth: AzureAuth,
  { credentials, environment }: ProviderDeps,
  read: (ref: KeyRef | undefined) => Promise<string>,
): Promise<{ tenant: string; form: Record<string, string> }> {
  if (auth.account === undefined) return ownSignIn(environment);
  const annotations = await credentials.accountAnnotations(auth.account);
  const once = (what: string, found: readonly string[]): string => {
    const given = found.filter((text) => text !== "");
    if (given.length > 1)
      throw problemError("InvalidStore", `multiple ${what} found: of store, Secret and ServiceAccount one may give it`);
    return given[0] ?? "";
  };
  const client = once("clientID", [await read(auth.clientId), annotations[CLIENT_ANNOTATION] ?? ""]);
  const stored = (await read(auth.tenantId)) || auth.tenant;
  const tenant =
    once("tenantID", [stored, annotations[TENANT_ANNOTATION] ?? ""]) || (environment["AZURE_TENANT_ID"] ?? "");
  if (client === "")
    throw problemError(
      "StoreNotReady",
      `missing clientID: either authSecretRef or service account annotation ${CLIENT_ANNOTATION} is missing`,
    );
  if (tenant === "") throw problemError("StoreNotReady", "missing tenantID in store config");
  const token = await credentials.accountToken(auth.account, [AUDIENCE], ACCOUNT_TOKEN_SECONDS);
  return { tenant, form: { client_id: client, ...assertionForm(token) } };
}

async function ownSignIn(
  environment: ProviderDeps["environment"],
): Promise<{ tenant: string; form: Record<string, string> }> {
  const client = environment["AZURE_CLIENT_ID"];
  const tenant = environment["AZURE_TENANT_ID"];
  const file = environment["AZURE_FEDERATED_TOKEN_FILE"];
  if (!client || !tenant || !file)
    throw problemError(
      "StoreNotReady",
      "missing environment variables. AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE must be set",
    );
  const token = await readFile(file, "utf8").catch(() => {
    throw problemError("StoreNotReady", "the file that AZURE_FEDERATED_TOKEN_FILE names cannot be read");
  });
  return { tenant, form: { client_id: client, ...assertionForm(token.trim()) } };
}

async function machineToken(
  { identity, cloud: { resource } }: AzureAuth,
  { environment, clock }: ProviderDeps,
  http: ProviderHttp,
  signal: AbortSignal,
): Promise<AzureToken> {
  const endpoint = environment["IDENTITY_ENDPOINT"];
  const header = environment["IDENTITY_HEADER"];
  const isService = Boolean(endpoint && header);
  const query = new URLSearchParams({
    "api-version": isService ? "2019-08-01" : "2018-02-01",
    resource,
    ...(identity !== "" && { client_id: identity }),
  });
  const url = isService ? endpoint : "http://169.254.169.254/metadata/identity/oauth2/token";
  const headers: Record<string, string> = isService ? { "x-identity-header": header ?? "" } : { metadata: "true" };
  const askedAt = clock.now();
  return tokenOf(await http.call({ method: "GET", url: `${url}?${query.toString()}`, headers, signal }), askedAt);
}

/** Entra's errors are told by their code; its descriptions name tenants, clients and times, but no secret. */
function tokenOf(answer: HttpAnswer, askedAt: number): AzureToken {
  const who = "Azure's sign-in";
  if (!isSuccess(answer)) {
    const node = parseJsonText(answer.body.toString());
    const description = (textOf(node, "error_description") ?? "").split(/\r?\n/)[0] ?? "";
    throw failureOf(answer, who, [textOf(node, "error") ?? "", description].join(" ").trim());
  }
  const node = jsonOf(answer, who);
  const text = textOf(node, "access_token");
  if (text === undefined) throw problemError("ProviderFailed", `${who} gave no token`);
  const life = node.kind === "object" ? Number(node.members.get("expires_in")?.raw.replaceAll('"', "")) : Number.NaN;
  return { text, expiresAt: askedAt + (life || 300) * 1000 };
}
