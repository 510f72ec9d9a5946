import { problemError, type Clock } from "@fairlead/base";
import type { JsonNode } from "../values/json-text.ts";
import { goJsonString } from "../values/json-text.ts";
import { jsonOf, ProviderHttp, type HttpAnswer } from "./http.ts";
import { caOf, type CaSource } from "./refs.ts";
import type { Credentials } from "./types.ts";
import type { VaultAuth, VaultCert } from "./vault-auth.ts";
import { escapePath } from "./vault-path.ts";

export interface VaultConnection {
  readonly server: string;
  readonly namespace: string;
  readonly authNamespace: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly forwardInconsistent: boolean;
  readonly readYourWrites: boolean;
  readonly auth: VaultAuth;
  readonly ca: CaSource;
  readonly tls: VaultCert | undefined;
}

interface Token {
  readonly text: string;
  /** When it is to be replaced; Infinity for one that was given. */
  readonly renewAt: number;
}

/** Part of a token's life after which a new one is fetched. */
const RENEW_AFTER = 0.75;

/** One identity at one Vault. The login is shared by all calls, and done again when the token ends or is refused. */
export class VaultSession {
  readonly #connection: VaultConnection;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  #http: Promise<ProviderHttp> | undefined;
  #token: Promise<Token> | undefined;
  #index: string | undefined;

  constructor(connection: VaultConnection, credentials: Credentials, clock: Clock) {
    this.#connection = connection;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  close(): void {
    void this.#http?.then((http) => http.close()).catch(() => undefined);
  }

  /**
   * The JSON of a call's answer, undefined for 404. `path` is below /v1/ and not escaped yet.
   * @throws ProblemError ProviderFailed, ProviderRefused
   */
  async call(
    method: "GET" | "LIST" | "POST" | "PUT" | "DELETE",
    path: string,
    options: { body?: string; query?: string; signal?: AbortSignal } = {},
  ): Promise<JsonNode | undefined> {
    const first = await this.#send(method, path, options, await this.#currentToken());
    // A token may end before its time, and a given one may have been replaced in its Secret: one new try, then it is refused.
    if (first.status === 403) {
      this.#token = undefined;
      return this.#answer(await this.#send(method, path, options, await this.#currentToken()));
    }
    return this.#answer(first);
  }

  async #answer(answer: HttpAnswer): Promise<JsonNode | undefined> {
    if (answer.status === 404) return undefined;
    this.#refuse(answer, "Vault");
    return answer.body.length === 0 ? undefined : jsonOf(answer, "Vault");
  }

  #refuse(answer: HttpAnswer, who: string): void {
    const { status } = answer;
    if (status >= 200 && status < 300) return;
    const code = status === 429 || status >= 500 ? "ProviderFailed" : "ProviderRefused";
    throw problemError(code, `${who} answered ${status}${errorsOf(answer)}`);
  }

  async #send(
    method: string,
    path: string,
    options: { body?: string; query?: string; signal?: AbortSignal },
    token: string,
  ): Promise<HttpAnswer> {
    const { namespace, forwardInconsistent, readYourWrites } = this.#connection;
    const headers = {
      ...this.#headers(namespace),
      "x-vault-token": token,
      ...(forwardInconsistent && { "x-vault-inconsistent": "forward-active-node" }),
      ...(this.#index !== undefined && { "x-vault-index": this.#index }),
    };
    const answer = await this.#request(method, path, headers, options);
    if (readYourWrites) this.#index = answer.headers["x-vault-index"] ?? this.#index;
    return answer;
  }

  async #request(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    options: { body?: string; query?: string; signal?: AbortSignal },
  ): Promise<HttpAnswer> {
    this.#http ??= this.#connect();
    const http = await this.#http.catch((error: unknown) => {
      this.#http = undefined;
      throw error;
    });
    const server = this.#connection.server.replace(/\/+$/, "");
    const query = options.query === undefined ? "" : `?${options.query}`;
    const url = `${server}/v1/${escapePath(path)}${query}`;
    return http.call({ method, url, headers, body: options.body, signal: options.signal });
  }

  async #connect(): Promise<ProviderHttp> {
    const { auth, ca, tls } = this.#connection;
    const cert = tls ?? (auth.kind === "login" ? auth.cert : undefined);
    return new ProviderHttp({
      ca: await caOf(ca, this.#credentials),
      cert: cert && (await this.#credentials.secretText(cert.cert)),
      key: cert && (await this.#credentials.secretText(cert.key)),
    });
  }

  #headers(namespace: string): Record<string, string> {
    return {
      ...this.#connection.headers,
      "x-vault-request": "true",
      ...(namespace !== "" && { "x-vault-namespace": namespace }),
    };
  }

  async #currentToken(): Promise<string> {
    const known = await this.#token?.catch(() => undefined);
    if (known !== undefined && this.#clock.now() < known.renewAt) return known.text;
    // Whoever comes first logs in; the others wait for the same token.
    if (known !== undefined || this.#token === undefined) this.#token = this.#login();
    const pending = this.#token;
    try {
      return (await pending).text;
    } catch (error) {
      if (this.#token === pending) this.#token = undefined;
      throw error;
    }
  }

  async #login(): Promise<Token> {
    const { auth, authNamespace, namespace } = this.#connection;
    if (auth.kind === "token")
      return { text: (await this.#credentials.secretText(auth.ref)).trim(), renewAt: Number.POSITIVE_INFINITY };
    const { path, body } = await auth.prepare(this.#credentials);
    const headers = { ...this.#headers(authNamespace || namespace), "content-type": "application/json" };
    const members = Object.entries(body).map(([key, value]) => `${goJsonString(key)}:${goJsonString(value)}`);
    const answer = await this.#request("POST", path, headers, { body: `{${members.join(",")}}` });
    this.#refuse(answer, "Vault's login");
    const node = jsonOf(answer, "Vault's login");
    const given = node.kind === "object" ? node.members.get("auth") : undefined;
    const token = given?.kind === "object" ? given.members.get("client_token") : undefined;
    if (given?.kind !== "object" || token?.kind !== "string")
      throw problemError("ProviderFailed", "Vault's login gave no token");
    const seconds = Number(given.members.get("lease_duration")?.raw ?? "0");
    const renewAt = seconds > 0 ? this.#clock.now() + seconds * 1000 * RENEW_AFTER : Number.POSITIVE_INFINITY;
    return { text: token.text, renewAt };
  }
}

/** Vault's own errors are sentences about paths and permissions; they are cut all the same. */
function errorsOf(answer: HttpAnswer): string {
  const type = answer.headers["content-type"] ?? "";
  if (!type.includes("json")) return type.includes("html") ? " with HTML" : "";
  try {
    const node = jsonOf(answer, "");
    const errors = node.kind === "object" ? node.members.get("errors") : undefined;
    const texts =
      errors?.kind === "array"
        ? errors.items.flatMap((item) => (item.kind === "string" ? [item.text.trim()] : []))
        : [];
    return texts.length === 0 ? "" : `: ${texts.join("; ").slice(0, 300)}`;
  } catch {
    return "";
  }
}
