import { jsonOf, isSuccess } from "../http.ts";
import type { JsonNode } from "../../values/json-text.ts";
import type { Renewed } from "../renewed.ts";
import { gcpEndpoint, gcpFailure, type GcpPlace, type GcpToken } from "./token.ts";

export interface GcpCall {
  /** As External Secrets names it in its metrics. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Secret Manager's REST form, global or of one location. */
export class GcpApi {
  readonly #place: GcpPlace;
  readonly #tokens: Renewed<GcpToken>;
  readonly #base: string;
  readonly #observe: (call: string, isOk: boolean) => void;

  constructor(
    place: GcpPlace,
    tokens: Renewed<GcpToken>,
    location: string,
    observe: (call: string, isOk: boolean) => void,
  ) {
    this.#place = place;
    this.#tokens = tokens;
    const host = location === "" ? "secretmanager.googleapis.com" : `secretmanager.${location}.rep.googleapis.com`;
    this.#base = gcpEndpoint("secretmanager", host, place.environment);
    this.#observe = observe;
  }

  /** undefined: not found. @throws ProblemError ProviderFailed, ProviderRefused */
  async call(call: GcpCall, signal: AbortSignal): Promise<JsonNode | undefined> {
    try {
      const found = await this.#send(call, signal);
      this.#observe(call.name, found !== undefined);
      return found;
    } catch (error) {
      this.#observe(call.name, false);
      throw error;
    }
  }

  async #send(call: GcpCall, signal: AbortSignal): Promise<JsonNode | undefined> {
    const query = new URLSearchParams(call.query).toString();
    const url = `${this.#base}/v1/${call.path}${query === "" ? "" : `?${query}`}`;
    for (let attempt = 1; ; attempt++) {
      const { text } = await this.#tokens.get(signal);
      const answer = await this.#place.http.call({
        method: call.method,
        url,
        headers: {
          authorization: `Bearer ${text}`,
          ...(call.body !== undefined && { "content-type": "application/json" }),
        },
        body: call.body && JSON.stringify(call.body),
        signal,
      });
      if (isSuccess(answer)) return jsonOf(answer, "Google");
      if (answer.status === 404) return undefined;
      if (answer.status !== 401 || attempt > 1) throw gcpFailure(answer, `Google ${call.name}`);
      this.#tokens.drop();
    }
  }
}
