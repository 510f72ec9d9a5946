import { problemError } from "@fairlead/base";
import { parseJsonText, memberOf, textOf, type JsonNode } from "../../values/json-text.ts";
import { failureOf, isSuccess, jsonOf, type ProviderHttp } from "../http.ts";
import type { Renewed } from "../renewed.ts";
import type { AzureToken } from "./auth.ts";

const API_VERSION = "7.4";

export type Collection = "secrets" | "certificates" | "keys";

/** Key Vault's REST form. */
export class AzureApi {
  readonly #vault: string;
  readonly #http: ProviderHttp;
  readonly #tokens: Renewed<AzureToken>;
  readonly #observe: (call: string, isOk: boolean) => void;

  constructor(
    vault: string,
    http: ProviderHttp,
    tokens: Renewed<AzureToken>,
    observe: (call: string, isOk: boolean) => void,
  ) {
    this.#vault = vault.replace(/\/+$/, "");
    this.#http = http;
    this.#tokens = tokens;
    this.#observe = observe;
  }

  /** undefined: not found. `call` is External Secrets' name of it. @throws ProblemError */
  async call(
    call: string,
    method: string,
    path: string,
    signal: AbortSignal,
    body?: object,
  ): Promise<JsonNode | undefined> {
    return this.#observed(call, method, `${this.#vault}/${path}?api-version=${API_VERSION}`, signal, body);
  }

  /** All pages of a list. A next page that is elsewhere is refused: the token would go along. */
  async *pages(call: string, path: string, signal: AbortSignal): AsyncGenerator<JsonNode> {
    let url = `${this.#vault}/${path}?api-version=${API_VERSION}&maxresults=25`;
    while (url !== "") {
      const page = await this.#observed(call, "GET", url, signal);
      if (page === undefined) return;
      yield page;
      url = textOf(page, "nextLink") ?? "";
      if (url !== "" && new URL(url, this.#vault).origin !== new URL(this.#vault).origin)
        throw problemError("ProviderFailed", "Azure's next page is at another address");
    }
  }

  async #observed(
    call: string,
    method: string,
    url: string,
    signal: AbortSignal,
    body?: object,
  ): Promise<JsonNode | undefined> {
    try {
      const found = await this.#send(call, method, url, signal, body);
      this.#observe(call, found !== undefined);
      return found;
    } catch (error) {
      this.#observe(call, false);
      throw error;
    }
  }

  async #send(
    call: string,
    method: string,
    url: string,
    signal: AbortSignal,
    body: object | undefined,
  ): Promise<JsonNode | undefined> {
    for (let attempt = 1; ; attempt++) {
      const { text } = await this.#tokens.get(signal);
      const answer = await this.#http.call({
        method,
        url,
        headers: {
          authorization: `Bearer ${text}`,
          accept: "application/json",
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        body: body && JSON.stringify(body),
        signal,
      });
      if (isSuccess(answer)) return jsonOf(answer, "Azure");
      const error = memberOf(parseJsonText(answer.body.toString()), "error");
      const code = textOf(error, "code") ?? "";
      if (answer.status === 404) {
        // A page of a proxy also has this status; Azure says of what it does not have that it does not have it.
        if (code === "")
          throw failureOf({ ...answer, status: 502 }, `Azure ${call}`, "404 without Key Vault's own error");
        return undefined;
      }
      if (answer.status === 401 && attempt === 1) {
        this.#tokens.drop();
        continue;
      }
      // What Azure says of a value it would not take could quote it.
      const said = method === "GET" ? `${code}: ${(textOf(error, "message") ?? "").split(/\r?\n/)[0] ?? ""}` : code;
      throw failureOf(answer, `Azure ${call}`, code === "" ? "" : said);
    }
  }
}
