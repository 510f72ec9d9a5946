/** A token for Google, found where sops and Google's own tools look: the environment, a file, gcloud's sign-in, the machine. */
import { createPrivateKey, sign } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { isJsonObject, problemError, type Json, type JsonObject } from "@fairlead/base";
import { callJson, textAt, type CloudDeps } from "./http.ts";

const SCOPE = "https://www.googleapis.com/auth/cloudkms https://www.googleapis.com/auth/cloud-platform";
const TOKEN_URL = "https://oauth2.googleapis.com/token";
const ASSERTION_SECONDS = 600;
const MACHINE_TIMEOUT_MS = 1_000;

/** @throws ProblemError KeyUnusable with what was looked for */
export async function gcpToken(deps: CloudDeps): Promise<string> {
  const { env, readFile } = deps;
  const given = env["GOOGLE_CREDENTIALS"];
  // sops' own variable holds either the JSON or the name of its file.
  if (given) return tokenOf(given.trimStart().startsWith("{") ? given : ((await readFile?.(given)) ?? ""), deps);
  const token = env["GOOGLE_OAUTH_ACCESS_TOKEN"] || env["CLOUDSDK_AUTH_ACCESS_TOKEN"];
  if (token) return token;
  const named = env["GOOGLE_APPLICATION_CREDENTIALS"];
  const gcloud = env["CLOUDSDK_CONFIG"] ?? join(env["HOME"] ?? homedir(), ".config", "gcloud");
  const file = await readFile?.(named || join(gcloud, "application_default_credentials.json"));
  if (file !== undefined) return tokenOf(file, deps);
  if (named) throw problemError("KeyUnusable", `GOOGLE_APPLICATION_CREDENTIALS: ${named} cannot be read`);
  const own = await machineToken(deps);
  if (own !== undefined) return own;
  const places =
    "GOOGLE_CREDENTIALS, GOOGLE_APPLICATION_CREDENTIALS, gcloud auth application-default login, the machine";
  throw problemError("KeyUnusable", `no credentials for Google (${places})`);
}

async function tokenOf(text: string, deps: CloudDeps): Promise<string> {
  const json = parse(text);
  switch (textAt(json, "type")) {
    case "service_account":
      return serviceAccountToken(json, deps);
    case "authorized_user":
      return posted(
        textAt(json, "token_uri") || TOKEN_URL,
        {
          grant_type: "refresh_token",
          client_id: textAt(json, "client_id"),
          client_secret: textAt(json, "client_secret"),
          refresh_token: textAt(json, "refresh_token"),
        },
        deps,
      );
    case "external_account":
      return federatedToken(json, deps);
    default:
      throw problemError("KeyUnusable", "the credentials for Google are of no kind that is known here");
  }
}

function serviceAccountToken(json: JsonObject, { now = Date.now, ...deps }: CloudDeps): Promise<string> {
  const url = textAt(json, "token_uri") || TOKEN_URL;
  const at = Math.floor(now() / 1000);
  const claims = { iss: textAt(json, "client_email"), scope: SCOPE, aud: url, iat: at, exp: at + ASSERTION_SECONDS };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ alg: "RS256", typ: "JWT", kid: textAt(json, "private_key_id") })}.${part(claims)}`;
  let signature: string;
  try {
    signature = sign("sha256", Buffer.from(head), createPrivateKey(textAt(json, "private_key"))).toString("base64url");
  } catch {
    throw problemError("KeyUnusable", "the service account's private key cannot be read");
  }
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: `${head}.${signature}` };
  return posted(url, form, deps);
}

/** A token of another identity provider, from a file, exchanged. */
async function federatedToken(json: JsonObject, deps: CloudDeps): Promise<string> {
  const path = textAt(json, "credential_source", "file");
  const text = path === "" ? undefined : await deps.readFile?.(path);
  if (text === undefined)
    throw problemError("KeyUnusable", "the token of the external account cannot be read (only files can)");
  const format = textAt(json, "credential_source", "format", "type");
  const field = textAt(json, "credential_source", "format", "subject_token_field_name");
  const token = await posted(
    textAt(json, "token_url"),
    {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      audience: textAt(json, "audience"),
      scope: SCOPE,
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token_type: textAt(json, "subject_token_type"),
      subject_token: format === "json" ? textAt(parse(text), field) : text.trim(),
    },
    deps,
  );
  const impersonation = textAt(json, "service_account_impersonation_url");
  if (impersonation === "") return token;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ scope: SCOPE.split(" ") });
  return textAt(await callJson(impersonation, { method: "POST", headers, body }, "Google's IAM", deps), "accessToken");
}

async function posted(url: string, form: Readonly<Record<string, string>>, deps: CloudDeps): Promise<string> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(form).toString();
  const token = textAt(
    await callJson(url, { method: "POST", headers, body }, "Google's sign-in", deps),
    "access_token",
  );
  if (token === "") throw problemError("KeyUnusable", "Google's sign-in answers without a token");
  return token;
}

async function machineToken(deps: CloudDeps): Promise<string | undefined> {
  const host = deps.env["GCE_METADATA_HOST"] || "metadata.google.internal";
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token`;
  try {
    const asked = { headers: { "metadata-flavor": "Google" }, timeoutMs: MACHINE_TIMEOUT_MS };
    return textAt(await callJson(url, asked, "the machine", deps), "access_token") || undefined;
  } catch {
    // No machine of Google.
    return undefined;
  }
}

function parse(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
