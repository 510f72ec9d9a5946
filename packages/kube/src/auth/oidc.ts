import { type Clock, isJsonObject, problemError } from "@fairlead/base";
import type { OidcConfig } from "../config/types.ts";
import type { AuthDeps, Credentials, CredentialSource, FetchJson } from "./types.ts";

/** A token that ends sooner than this is renewed first; kubectl's own margin. */
const MARGIN_MS = 10_000;

/** An id token, renewed at its issuer with the refresh token (OpenID Connect Core, section 12). */
export function oidcSource(
  config: OidcConfig,
  clock: Clock,
  fetchJson: FetchJson,
  onRenewed: AuthDeps["onOidcRenewed"],
): CredentialSource {
  let { idToken, refreshToken } = config;
  let isFirst = true;
  return {
    async obtain(): Promise<Credentials> {
      const expiresAt = idToken === undefined ? 0 : expiryOf(idToken);
      // Asked again before its end: the server refused the token, so it is renewed whatever it says of itself.
      if (idToken !== undefined && isFirst && expiresAt > clock.now() + MARGIN_MS) {
        isFirst = false;
        return { token: idToken, expiresAt: expiresAt - MARGIN_MS };
      }
      isFirst = false;
      if (refreshToken === undefined) throw failure("the id token has ended and there is no refresh token");
      const renewed = await renew(config, refreshToken, fetchJson);
      idToken = renewed.idToken;
      refreshToken = renewed.refreshToken ?? refreshToken;
      onRenewed?.({ idToken, refreshToken });
      return { token: idToken, expiresAt: expiryOf(idToken) - MARGIN_MS };
    },
  };
}

async function renew(
  config: OidcConfig,
  refreshToken: string,
  fetchJson: FetchJson,
): Promise<{ idToken: string; refreshToken: string | undefined }> {
  const { caData, clientId, clientSecret } = config;
  const issuer = config.issuerUrl.replace(/\/+$/, "");
  const meta = await fetchJson(`${issuer}/.well-known/openid-configuration`, { caData });
  const endpoint = isJsonObject(meta.body) ? meta.body["token_endpoint"] : undefined;
  if (meta.status !== 200 || typeof endpoint !== "string") throw failure("the issuer does not tell its token endpoint");
  const form = {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: clientId,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
  };
  const answer = await fetchJson(endpoint, { form, caData });
  const body = isJsonObject(answer.body) ? answer.body : {};
  const idToken = body["id_token"];
  if (answer.status !== 200 || typeof idToken !== "string") {
    const error = typeof body["error"] === "string" ? `: ${body["error"]}` : "";
    throw failure(`the issuer did not renew the token (${answer.status}${error})`);
  }
  const next = body["refresh_token"];
  return { idToken, refreshToken: typeof next === "string" ? next : undefined };
}

/** The `exp` claim in ms; 0 for what is no JSON web token, so that it is renewed. The signature is the server's business. */
function expiryOf(idToken: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(idToken.split(".")[1] ?? "", "base64url").toString("utf8"));
    const exp = isJsonObject(claims) ? claims["exp"] : undefined;
    return typeof exp === "number" ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}

function failure(message: string): Error {
  return problemError("CredentialsFailed", message, { hint: "log in again" });
}
