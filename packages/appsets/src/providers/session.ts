import { isJsonObject, problemError, type Json, type JsonObject } from "@fairlead/base";
import { APPSET_LIMITS } from "../limits.ts";
import { hostFault, type HostAnswer, type HostClient, type HostRequest } from "./http.ts";
import type { HostAccess } from "./types.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** How one host goes from a page to the next: the query of the next page, an address, or undefined at the end. */
export type NextPage = (answer: HostAnswer, page: number, listed: number) => Query | string | undefined;

export interface SessionOptions {
  readonly client: HostClient;
  readonly access: HostAccess;
  /** Addresses that may be meant, most likely first: users write a host with or without the API's path. */
  readonly bases: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Conversation with one host under one identity. */
export class HostSession {
  readonly #options: SessionOptions;
  #base: string | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    if (options.bases.length === 1) this.#base = options.bases[0];
  }

  /** Undefined for 404. @throws ProblemError GeneratorHostFailed */
  async find(path: string, query: Query = {}): Promise<HostAnswer | undefined> {
    const answer = await this.#get(path, query);
    if (answer.status === 404) return undefined;
    if (answer.status >= 300) throw refused(this.#url(path, {}), answer);
    return answer;
  }

  async send(method: HostRequest["method"], path: string, body?: Json): Promise<HostAnswer> {
    const answer = await this.#any((url) => this.#send(method, url, body), path, {});
    if (answer.status >= 300) throw refused(this.#url(path, {}), answer);
    return answer;
  }

  /**
   * Every item of a list over all its pages. @throws ProblemError GeneratorHostFailed, HostRepositoryNotFound (the first page is 404)
   */
  async list(
    path: string,
    query: Query,
    items: (json: Json) => Json | undefined,
    next: NextPage,
  ): Promise<JsonObject[]> {
    const found: JsonObject[] = [];
    let asked: Query | string = query;
    for (let page = 1; page <= APPSET_LIMITS.pagesMax; page++) {
      const answer: HostAnswer = typeof asked === "string" ? await this.#follow(asked) : await this.#get(path, asked);
      if (answer.status === 404)
        throw problemError("HostRepositoryNotFound", `${this.#url(path, {})} is not there`, {
          hint: "a host answers so as well for what a token may not see",
        });
      if (answer.status >= 300) throw refused(this.#url(path, {}), answer);
      const listed = items(answer.json);
      if (!Array.isArray(listed)) throw hostFault(this.#url(path, {}), "answers something else than a list");
      found.push(...listed.filter(isJsonObject));
      if (found.length > APPSET_LIMITS.listedMax) {
        throw hostFault(
          this.#url(path, {}),
          `lists more than ${APPSET_LIMITS.listedMax}`,
          "narrow the generator down, by labels or to fewer repositories",
        );
      }
      const following = next(answer, page, listed.length);
      if (following === undefined) return found;
      asked = typeof following === "string" ? following : { ...query, ...following };
    }
    throw hostFault(this.#url(path, {}), `has more than ${APPSET_LIMITS.pagesMax} pages`);
  }

  #get(path: string, query: Query): Promise<HostAnswer> {
    return this.#any((url) => this.#send("GET", url), path, query);
  }

  /** At the address that is known to be right, or at the first where something answers other than 404. */
  async #any(send: (url: string) => Promise<HostAnswer>, path: string, query: Query): Promise<HostAnswer> {
    if (this.#base !== undefined) return send(this.#url(path, query));
    let first: HostAnswer | undefined;
    for (const base of this.#options.bases) {
      this.#base = base;
      const answer = await send(this.#url(path, query));
      if (answer.status !== 404) return answer;
      first ??= answer;
    }
    this.#base = undefined;
    return first ?? { status: 404, headers: {}, json: null };
  }

  /** An address a host gave us. @throws ProblemError GeneratorHostFailed for one of another host: the token is not for that */
  #follow(address: string): Promise<HostAnswer> {
    const here = new URL(this.#url("", {}));
    const url = new URL(address, here);
    if (url.host !== here.host) throw hostFault(here.href, `leads to another host, ${url.host}`);
    return this.#send("GET", new URL(`${url.pathname}${url.search}`, here.origin).href);
  }

  #url(path: string, query: Query): string {
    const base = (this.#base ?? this.#options.bases[0] ?? "").replace(/\/+$/, "");
    const parameters = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const text = new URLSearchParams(parameters).toString();
    return `${base}${path}${text === "" ? "" : `?${text}`}`;
  }

  #send(method: HostRequest["method"], url: string, body?: Json): Promise<HostAnswer> {
    const { access, headers, client } = this.#options;
    return client.send({
      method,
      url,
      headers,
      insecure: access.insecure,
      ca: access.ca,
      ...(body === undefined ? {} : { body }),
    });
  }
}

function refused(url: string, { status, json }: HostAnswer): Error {
  const told = isJsonObject(json) ? (json["message"] ?? json["error"]) : undefined;
  const why = typeof told === "string" ? `: ${told.slice(0, 200)}` : "";
  const hint = status === 401 || status === 403 ? "is the token good, and may it read this?" : undefined;
  return hostFault(
    url,
    status < 400 ? `redirects (${status}), which is not followed` : `answers ${status}${why}`,
    hint,
  );
}

/** The address of the next page in a Link header. */
export function nextLink({ headers }: HostAnswer): string | undefined {
  return /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(headers["link"] ?? "")?.[1];
}

/** An address with a path below it that the API is known to have, and as it is written. */
export function withApiPath(api: string, suffix: string): string[] {
  const base = api.replace(/\/+$/, "");
  return base.endsWith(suffix) ? [base] : [`${base}${suffix}`, base];
}

export function textAt(object: Json | undefined, ...path: readonly string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

export function valueAt(object: Json | undefined, ...path: readonly string[]): Json | undefined {
  let value = object;
  for (const name of path) value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

/** Names of labels: texts, or objects with a name. */
export function labelNames(value: Json | undefined): string[] {
  if (!Array.isArray(value)) return [];
  return value
    .map((label) => (typeof label === "string" ? label : textAt(label, "name")))
    .filter((name) => name !== "");
}

/** One part of a path. */
export const part = encodeURIComponent;
/** A path of several parts, slashes kept. */
export const parts = (path: string): string => path.split("/").map(part).join("/");
