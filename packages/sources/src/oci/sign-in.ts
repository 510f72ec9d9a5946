import { createHash } from "node:crypto";
import { isJsonObject, type Clock, type Json, type JsonObject } from "@fairlead/base";
import type { RepositoryAccess } from "../credentials/types.ts";
import { authorizationOf, refusal, type HttpClient } from "../http/client.ts";
import { SOURCE_LIMITS } from "../limits.ts";
import { formatRepository, type OciRepository } from "./reference.ts";

interface Token {
  readonly authorization: string;
  readonly untilMs: number;
}

/** The specification's least life of a token that does not tell its own. */
const TOKEN_LIFE_SECONDS = 60;

/**
 * Signing in to registries: the challenge of a 401 says how. A bearer token is for one repository and kept while it lasts; basic
 * credentials are remembered as what that registry wants, so that the challenge is met once.
 */
export class RegistrySignIn {
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Token>();

  constructor(http: HttpClient, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  /** What was good for the repository before; undefined when nothing was or it has run out. */
  known(base: string, repository: OciRepository, access: RepositoryAccess): string | undefined {
    const key = keyOf(base, repository, access);
    const token = this.#tokens.get(key);
    if (token && this.#clock.now() < token.untilMs) return token.authorization;
    this.#tokens.delete(key);
    return undefined;
  }

  /**
   * The Authorization header a challenge asks for; undefined when we have none to give.
   * @throws ProblemError SourceRefused when the token server refuses, SourceUnreachable
   */
  async answer(
    base: string,
    repository: OciRepository,
    access: RepositoryAccess,
    challenge: string | undefined,
  ): Promise<string | undefined> {
    const { scheme, params } = parseChallenge(challenge ?? "");
    const realm = params.get("realm");
    const own = authorizationOf(access);
    const token: Token | undefined =
      scheme === "bearer" && realm !== undefined && URL.canParse(realm)
        ? await this.#fetchToken(realm, params, repository, access)
        : own === undefined
          ? undefined
          : { authorization: own, untilMs: Number.POSITIVE_INFINITY };
    if (token) this.#tokens.set(keyOf(base, repository, access), token);
    return token?.authorization;
  }

  async #fetchToken(
    realm: string,
    params: ReadonlyMap<string, string>,
    repository: OciRepository,
    access: RepositoryAccess,
  ): Promise<Token> {
    const url = new URL(realm);
    const service = params.get("service");
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", params.get("scope") ?? `repository:${repository.name}:pull`);
    const answer = await this.#http.send({
      url: url.href,
      access,
      authorization: authorizationOf(access),
      bytesMax: SOURCE_LIMITS.httpSmallBytesMax,
    });
    if (answer.status !== 200) throw refusal(answer, `signing in for ${formatRepository(repository)}`);
    const body = parseObject(answer.body);
    const token = body["token"] ?? body["access_token"];
    if (typeof token !== "string")
      throw refusal({ ...answer, status: 401 }, `no token for ${formatRepository(repository)}`);
    const seconds = typeof body["expires_in"] === "number" ? body["expires_in"] : TOKEN_LIFE_SECONDS;
    // Renewed a little early, so that none runs out on the way.
    return { authorization: `Bearer ${token}`, untilMs: this.#clock.now() + Math.max(seconds - 10, 1) * 1000 };
  }
}

/** Tokens of one person are not given to another. */
function keyOf(base: string, { name }: OciRepository, access: RepositoryAccess): string {
  return createHash("sha256")
    .update(JSON.stringify([base, name, authorizationOf(access) ?? ""]))
    .digest("hex");
}

/** `Bearer realm="…",service="…"` (RFC 9110 §11.6.1). */
function parseChallenge(challenge: string): { scheme: string; params: Map<string, string> } {
  const [, scheme = "", rest = ""] = /^\s*([A-Za-z]+)\s*(.*)$/s.exec(challenge) ?? [];
  const params = new Map<string, string>();
  for (const [, name = "", quoted, plain] of rest.matchAll(/([A-Za-z_]+)=(?:"([^"]*)"|([^\s,]+))/g)) {
    params.set(name.toLowerCase(), quoted ?? plain ?? "");
  }
  return { scheme: scheme.toLowerCase(), params };
}

function parseObject(data: Buffer): JsonObject {
  try {
    const value = JSON.parse(data.toString("utf8")) as Json;
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
