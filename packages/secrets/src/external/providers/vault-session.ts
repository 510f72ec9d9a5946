import { problemError } from "@fairlead/base";
import { goJsonString, itemsOf, parseJsonText, type JsonNode } from "../values/json-text.ts";
import { failureOf, isSuccess, jsonOf, ProviderHttp, type HttpAnswer } from "./http.ts";
import { caOf, type CaSource } from "./refs.ts";
import type { ProviderDeps } from "./types.ts";
import type { VaultAuth, VaultCert } from "./vault-login.ts";
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

export type VaultMethod = "GET" | "LIST" | "POST" | "PUT" | "DELETE";

export interface VaultOptions {
  readonly body?: string;
  readonly query?: string;
  readonly signal?: AbortSignal;
}

interface Token {
  readonly text: string;
  /** When it is to be replaced; Infinity for one that was given. */
  readonly renewAt: number;
}

/** A login is for all who wait for it, so it ends with no one of them. */
const NEVER = new AbortController().signal;

/** Part of a token's life after which a new one is fetched. */
const RENEW_AFTER = 0.75;

/** One identity at one Vault. The login is shared by all calls, and done again when the token ends or is refused. */
export class VaultSession {
  readonly #connection: VaultConnection;
  readonly #deps: ProviderDeps;
  #http: Promise<ProviderHttp> | undefined;
  #token: Promise<Token> | undefined;
  #index: string | undefined;

  constructor(connection: VaultConnection, deps: ProviderDeps) {
    this.#connection = connection;
    this.#deps = deps;
  }

  close(): void {
    void this.#http?.then((http) => http.close()).catch(() => undefined);
  }

  /**
   * The JSON of a call's answer, undefined for 404 of what is read and for an answer without a body. `path` is below /v1/ and not
   * escaped yet; `name` is External Secrets' name of the call.
   * @throws ProblemError ProviderFailed, ProviderRefused
   */
  async call(
    name: string,
    method: VaultMethod,
    path: string,
    options: VaultOptions = {},
  ): Promise<JsonNode | undefined> {
    try {
      const found = await this.#call(method, path, options);
      this.#observe(name, true);
      return found;
    } catch (error) {
      this.#observe(name, false);
      throw error;
    }
  }

  async #call(method: VaultMethod, path: string, options: VaultOptions): Promise<JsonNode | undefined> {
    const first = await this.#send(method, path, options, await this.#currentToken());
    // A token may end before its time, and a given one may have been replaced in its Secret: one new try, then it is refused.
    if (first.status === 403) {
      this.#token = undefined;
      return this.#answer(method, await this.#send(method, path, options, await this.#currentToken()));
    }
    return this.#answer(method, first);
  }

  #answer(method: VaultMethod, answer: HttpAnswer): JsonNode | undefined {
    const isWrite = method === "POST" || method === "PUT";
    if (answer.status === 404 && !isWrite) return undefined;
    // What Vault says of something it would not take could quote it.
    if (!isSuccess(answer)) throw failureOf(answer, "Vault", isWrite ? "" : errorsOf(answer));
    return answer.body.length === 0 ? undefined : jsonOf(answer, "Vault");
  }

  #observe(name: string, isOk: boolean): void {
    this.#deps.observe("HashiCorp/Vault", name, isOk);
  }

  async #send(method: VaultMethod, path: string, options: VaultOptions, token: string): Promise<HttpAnswer> {
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
    options: VaultOptions,
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
      ca: await caOf(ca, this.#deps.credentials),
      cert: cert && (await this.#deps.credentials.secretText(cert.cert)),
      key: cert && (await this.#deps.credentials.secretText(cert.key)),
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
    if (known !== undefined && this.#deps.clock.now() < known.renewAt) return known.text;
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
      return { text: (await this.#deps.credentials.secretText(auth.ref)).trim(), renewAt: Number.POSITIVE_INFINITY };
    const { path, body } = await auth.prepare(this.#deps, NEVER);
    const headers = { ...this.#headers(authNamespace || namespace), "content-type": "application/json" };
    const members = Object.entries(body).map(([key, value]) => `${goJsonString(key)}:${goJsonString(value)}`);
    const answer = await this.#request("POST", path, headers, { body: `{${members.join(",")}}` });
    this.#observe("Login", isSuccess(answer));
    if (!isSuccess(answer)) throw failureOf(answer, "Vault's login", errorsOf(answer));
    const node = jsonOf(answer, "Vault's login");
    const given = node.kind === "object" ? node.members.get("auth") : undefined;
    const token = given?.kind === "object" ? given.members.get("client_token") : undefined;
    if (given?.kind !== "object" || token?.kind !== "string")
      throw problemError("ProviderFailed", "Vault's login gave no token");
    const seconds = Number(given.members.get("lease_duration")?.raw ?? "0");
    const renewAt = seconds > 0 ? this.#deps.clock.now() + seconds * 1000 * RENEW_AFTER : Number.POSITIVE_INFINITY;
    return { text: token.text, renewAt };
  }
}

/** Vault's own errors are sentences about paths and permissions. */
function errorsOf(answer: HttpAnswer): string {
  const texts = itemsOf(parseJsonText(answer.body.toString()), "errors").flatMap((item) =>
    item.kind === "string" ? [item.text.trim()] : [],
  );
  return texts.join("; ");
}
