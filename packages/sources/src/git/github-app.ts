import { createSign } from "node:crypto";
import { isJsonObject, problemError, type Clock, type Json } from "@fairlead/base";
import type { GithubApp, RepositoryAccess } from "../credentials/types.ts";
import { refusal, type HttpClient } from "../http/client.ts";
import { SOURCE_LIMITS } from "../limits.ts";

/** GitHub's tokens live an hour; one is not used in its last minutes. */
const TOKEN_USED_FOR_MS = 50 * 60_000;

/** Sign-in as a GitHub App: a signed claim buys a token for the installation, which is the password of `x-access-token`. */
export class GithubTokens {
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, { readonly token: string; readonly untilMs: number }>();

  constructor(http: HttpClient, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  /** The access with a token in it; unchanged where there is no app. @throws ProblemError SourceRefused, RepositorySecretInvalid */
  async withToken(url: string, access: RepositoryAccess): Promise<RepositoryAccess> {
    const app = access.githubApp;
    if (!app || access.password || access.bearerToken) return access;
    const key = JSON.stringify([app.id, app.installationId ?? url, app.baseUrl]);
    const known = this.#tokens.get(key);
    const isGood = known !== undefined && this.#clock.now() < known.untilMs;
    const token = isGood ? known.token : await this.#fetch(url, app, access);
    if (!isGood) this.#tokens.set(key, { token, untilMs: this.#clock.now() + TOKEN_USED_FOR_MS });
    return { ...access, username: "x-access-token", password: token };
  }

  async #fetch(url: string, app: GithubApp, access: RepositoryAccess): Promise<string> {
    const base = (app.baseUrl ?? "https://api.github.com").replace(/\/+$/, "");
    const claim = signClaim(app, this.#clock.now());
    const installation = app.installationId ?? (await this.#installation(base, url, claim, access));
    const answer = await this.#ask("POST", `${base}/app/installations/${installation}/access_tokens`, claim, access);
    if (typeof answer["token"] === "string") return answer["token"];
    throw problemError("SourceRefused", `GitHub gives no token to app ${app.id}`);
  }

  async #installation(base: string, url: string, claim: string, access: RepositoryAccess): Promise<string> {
    const path = /([^/:]+\/[^/]+?)(?:\.git)?\/?$/.exec(url)?.[1] ?? "";
    const answer = await this.#ask("GET", `${base}/repos/${path}/installation`, claim, access);
    return String(answer["id"]);
  }

  async #ask(
    method: "GET" | "POST",
    url: string,
    claim: string,
    access: RepositoryAccess,
  ): Promise<Readonly<Record<string, Json | undefined>>> {
    const answer = await this.#http.send({
      url,
      method,
      access,
      authorization: `Bearer ${claim}`,
      headers: { accept: "application/vnd.github+json" },
      bytesMax: SOURCE_LIMITS.httpSmallBytesMax,
    });
    if (answer.status >= 300) throw refusal(answer, "signing in as a GitHub App");
    const body = JSON.parse(answer.body.toString("utf8")) as Json;
    return isJsonObject(body) ? body : {};
  }
}

/** A JSON Web Token of ten minutes, begun a minute ago because clocks differ (GitHub's own advice). */
function signClaim(app: GithubApp, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: seconds - 60, exp: seconds + 540, iss: app.id })}`;
  try {
    return `${text}.${createSign("RSA-SHA256").update(text).sign(app.privateKey, "base64url")}`;
  } catch (error) {
    throw problemError("RepositorySecretInvalid", "githubAppPrivateKey is not a private key in PEM", {}, error);
  }
}
