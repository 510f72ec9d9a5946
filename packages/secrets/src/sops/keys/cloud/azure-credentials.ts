/** A token for Azure Key Vault, in the order of Azure's own libraries: environment, workload identity, managed identity, az. */
import { createHash, createPrivateKey, randomUUID, sign, X509Certificate } from "node:crypto";
import { problemError, type JsonObject } from "@fairlead/base";
import { callJson, textAt, type CloudDeps } from "./http.ts";

const MACHINE = "http://169.254.169.254/metadata/identity/oauth2/token";
const MACHINE_TIMEOUT_MS = 1_000;
const ASSERTION_SECONDS = 600;

/** @param resource what the token is for, `https://vault.azure.net` @throws ProblemError KeyUnusable with what was looked for */
export async function azureToken(resource: string, deps: CloudDeps): Promise<string> {
  const token =
    (await principalToken(resource, deps)) ?? (await managedToken(resource, deps)) ?? (await azToken(resource, deps));
  if (token) return token;
  const places = "AZURE_CLIENT_ID with a secret, certificate or federated token; managed identity; az login";
  throw problemError("KeyUnusable", `no credentials for Azure (${places})`);
}

async function principalToken(resource: string, deps: CloudDeps): Promise<string | undefined> {
  const { env, readFile } = deps;
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_CLIENT_SECRET: secret } = env;
  if (!tenant || !client) return undefined;
  const authority = (env["AZURE_AUTHORITY_HOST"] || "https://login.microsoftonline.com").replace(/\/+$/, "");
  const url = `${authority}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
  const asked = async (proof: Readonly<Record<string, string>>): Promise<string> => {
    const form = { grant_type: "client_credentials", client_id: client, scope: `${resource}/.default`, ...proof };
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const body = new URLSearchParams(form).toString();
    return textAt(await callJson(url, { method: "POST", headers, body }, "Azure's sign-in", deps), "access_token");
  };
  if (secret) return asked({ client_secret: secret });
  const file = env["AZURE_CLIENT_CERTIFICATE_PATH"];
  const federated = env["AZURE_FEDERATED_TOKEN_FILE"];
  if (!file && !federated) return undefined;
  const client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  const text = await readFile?.(file || federated || "");
  if (text === undefined) throw problemError("KeyUnusable", `${file || federated || ""} cannot be read`);
  const client_assertion = file ? assertionOf(text, client, url, deps) : text.trim();
  return asked({ client_assertion_type, client_assertion });
}

/** A statement of who we are, signed with the certificate's key. */
function assertionOf(pem: string, client: string, audience: string, { now = Date.now }: CloudDeps): string {
  try {
    const thumbprint = createHash("sha256").update(new X509Certificate(pem).raw).digest("base64url");
    const at = Math.floor(now() / 1000);
    const claims = { iss: client, sub: client, aud: audience, jti: randomUUID(), nbf: at, exp: at + ASSERTION_SECONDS };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const head = `${part({ alg: "RS256", typ: "JWT", "x5t#S256": thumbprint })}.${part(claims)}`;
    return `${head}.${sign("sha256", Buffer.from(head), createPrivateKey(pem)).toString("base64url")}`;
  } catch {
    throw problemError(
      "KeyUnusable",
      "AZURE_CLIENT_CERTIFICATE_PATH: the file holds no certificate with its RSA key in PEM",
    );
  }
}

async function managedToken(resource: string, deps: CloudDeps): Promise<string | undefined> {
  const { env } = deps;
  const { IDENTITY_ENDPOINT: service, IDENTITY_HEADER: header, AZURE_CLIENT_ID: client } = env;
  const query = new URLSearchParams({ resource, ...(client && { client_id: client }) });
  try {
    if (service && header) {
      query.set("api-version", "2019-08-01");
      const asked = { headers: { "x-identity-header": header } };
      return tokenIn(await callJson(`${service}?${query}`, asked, "the managed identity", deps));
    }
    query.set("api-version", "2018-02-01");
    const asked = { headers: { metadata: "true" }, timeoutMs: MACHINE_TIMEOUT_MS };
    const base = env["AZURE_POD_IDENTITY_AUTHORITY_HOST"];
    const url = base ? `${base.replace(/\/+$/, "")}/metadata/identity/oauth2/token` : MACHINE;
    return tokenIn(await callJson(`${url}?${query}`, asked, "the machine", deps));
  } catch {
    // No machine of Azure, or none with an identity.
    return undefined;
  }
}

async function azToken(resource: string, { run }: CloudDeps): Promise<string | undefined> {
  const text = await run?.("az", ["account", "get-access-token", "--output", "json", "--resource", resource]);
  try {
    return text === undefined ? undefined : textAt(JSON.parse(text) as JsonObject, "accessToken") || undefined;
  } catch {
    return undefined;
  }
}

function tokenIn(json: JsonObject): string | undefined {
  return textAt(json, "access_token") || undefined;
}
