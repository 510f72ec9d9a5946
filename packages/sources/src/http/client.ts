import { createHash } from "node:crypto";
import { rootCertificates } from "node:tls";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { problemError, ProblemError, systemClock, type Clock } from "@fairlead/base";
import { Agent, ProxyAgent, request, type Dispatcher } from "undici";
import type { RepositoryAccess } from "../credentials/types.ts";
import { maskCredentials } from "../git/run.ts";
import { SOURCE_LIMITS } from "../limits.ts";
import { Backoff } from "./backoff.ts";

export interface HttpRequest {
  readonly url: string;
  readonly access: RepositoryAccess;
  /** The value of the Authorization header; it is not sent on to another host. */
  readonly authorization?: string | undefined;
  /** The header goes along to other hosts too (Helm's passCredentials). */
  readonly isAuthorizationForAll?: boolean | undefined;
  readonly method?: "GET" | "HEAD" | "POST" | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly bytesMax: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated one the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Where the answer came from, redirects followed. */
  readonly url: string;
}

export interface HttpClientOptions {
  readonly clock?: Clock | undefined;
  /** The proxy for an address by an environment's HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Without it proxies are not used. */
  readonly proxyFor?:
    | ((url: string, env: Readonly<Record<string, string | undefined>>) => string | undefined)
    | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const inflate = promisify(gunzip);

/**
 * HTTP as this package needs it: whole answers within a limit of bytes and time, certificates and proxies by repository, credentials
 * kept on their host, few connections to each host, and a pause for hosts that are down.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #dispatchers = new Map<string, Dispatcher>();
  readonly #backoff: Backoff;

  constructor(options: HttpClientOptions = {}) {
    this.#options = options;
    this.#backoff = new Backoff(options.clock ?? systemClock);
  }

  /**
   * Any answer below 500 is an answer. @throws ProblemError SourceUnreachable, SourceAddressInvalid, LimitExceeded
   */
  async send(asked: HttpRequest): Promise<HttpAnswer> {
    let { url } = asked;
    let authorization = asked.authorization;
    for (let redirects = 0; ; redirects++) {
      const target = parseUrl(url);
      const answer = await this.#once({ ...asked, url, authorization }, target);
      const next = answer.headers.get("location");
      if (!REDIRECTS.has(answer.status) || next === undefined) return answer;
      if (redirects >= SOURCE_LIMITS.httpRedirectsMax) {
        throw unreachable(asked.url, `more than ${SOURCE_LIMITS.httpRedirectsMax} redirects`);
      }
      const followed = parseUrl(URL.canParse(next, url) ? new URL(next, url).href : next);
      if (target.protocol === "https:" && followed.protocol !== "https:") {
        throw unreachable(asked.url, "a redirect leads from https to http");
      }
      if (followed.host !== target.host && asked.isAuthorizationForAll !== true) authorization = undefined;
      url = followed.href;
    }
  }

  /** Lets a host be asked again at once, because a person wants it. */
  forgetFailures(url: string): void {
    if (URL.canParse(url)) this.#backoff.forget(new URL(url).origin);
  }

  async close(): Promise<void> {
    const all = [...this.#dispatchers.values()];
    this.#dispatchers.clear();
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }

  async #once(asked: HttpRequest, target: URL): Promise<HttpAnswer> {
    this.#backoff.check(target.origin);
    return this.#backoff.run(target.origin, () => this.#exchange(asked, target), isHostDown);
  }

  async #exchange(asked: HttpRequest, target: URL): Promise<HttpAnswer> {
    const timeout = AbortSignal.timeout(SOURCE_LIMITS.httpTotalTimeoutMs);
    try {
      const response = await request(target, {
        method: asked.method ?? "GET",
        headers: {
          "user-agent": "fairlead",
          "accept-encoding": "gzip",
          ...asked.headers,
          ...(asked.authorization === undefined ? {} : { authorization: asked.authorization }),
        },
        body: asked.body ?? null,
        dispatcher: this.#dispatcher(target, asked.access),
        signal: asked.signal ? AbortSignal.any([asked.signal, timeout]) : timeout,
      });
      const headers = headersOf(response.headers);
      const body = await readBody(response.body, asked);
      if (response.statusCode >= 500 || response.statusCode === 429) {
        throw unreachable(asked.url, `the host answers ${response.statusCode}${said(body)}`);
      }
      const inflated = headers.get("content-encoding") === "gzip" ? await inflateWithin(body, asked) : body;
      return { status: response.statusCode, headers, body: inflated, url: target.href };
    } catch (error) {
      if (error instanceof ProblemError || asked.signal?.aborted) throw error;
      throw unreachable(asked.url, reasonOf(error), error);
    }
  }

  #dispatcher(target: URL, access: RepositoryAccess): Dispatcher {
    const proxy = this.#proxyOf(target.href, access);
    const key = createHash("sha256")
      .update(JSON.stringify([access.ca, access.tlsClientCert, access.tlsClientKey, access.insecure, proxy]))
      .digest("hex");
    const known = this.#dispatchers.get(key);
    if (known) return known;
    const tls = {
      ...(access.ca === undefined ? {} : { ca: [...rootCertificates, access.ca] }),
      ...(access.tlsClientCert && access.tlsClientKey ? { cert: access.tlsClientCert, key: access.tlsClientKey } : {}),
      rejectUnauthorized: access.insecure !== true,
    };
    const times = {
      headersTimeout: SOURCE_LIMITS.httpHeadersTimeoutMs,
      bodyTimeout: SOURCE_LIMITS.httpHeadersTimeoutMs,
      connections: SOURCE_LIMITS.connectionsPerHostMax,
    };
    const made = proxy
      ? new ProxyAgent({ uri: proxy, requestTls: tls, ...times })
      : new Agent({ connect: { ...tls, timeout: SOURCE_LIMITS.httpHeadersTimeoutMs }, ...times });
    this.#dispatchers.set(key, made);
    return made;
  }

  #proxyOf(url: string, access: RepositoryAccess): string | undefined {
    const { proxyFor, environment = {} } = this.#options;
    if (!access.proxy) return proxyFor?.(url, environment);
    const own = { HTTPS_PROXY: access.proxy, HTTP_PROXY: access.proxy, NO_PROXY: access.noProxy };
    return proxyFor ? proxyFor(url, own) : access.proxy;
  }
}

/** `Basic …` or `Bearer …` of what is known for a repository; undefined without. */
export function authorizationOf(access: RepositoryAccess): string | undefined {
  if (access.bearerToken) return `Bearer ${access.bearerToken}`;
  if (!access.username && !access.password) return undefined;
  return `Basic ${Buffer.from(`${access.username ?? ""}:${access.password ?? ""}`).toString("base64")}`;
}

/** @throws ProblemError SourceAddressInvalid for anything but http and https */
export function parseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === "http:" || parsed?.protocol === "https:") return parsed;
  throw problemError("SourceAddressInvalid", `${JSON.stringify(maskCredentials(url))} is not an http or https address`);
}

/** A problem for a status that is not 200. @throws never; the caller throws what it is given */
export function refusal(answer: HttpAnswer, what: string): ProblemError {
  const where = maskCredentials(answer.url);
  if (answer.status === 401 || answer.status === 403) {
    return problemError("SourceRefused", `${what}: ${where} answers ${answer.status}${said(answer.body)}`, {
      hint: "give credentials for it in a Secret labelled argocd.argoproj.io/secret-type: repository or repo-creds",
    });
  }
  return problemError("SourceNotFound", `${what}: ${where} answers ${answer.status}${said(answer.body)}`);
}

function unreachable(url: string, why: string, cause?: unknown): ProblemError {
  return problemError("SourceUnreachable", `${maskCredentials(url)} cannot be had: ${why}`, {}, cause);
}

function isHostDown(error: unknown): boolean {
  return error instanceof ProblemError && error.code === "SourceUnreachable";
}

async function readBody(body: AsyncIterable<Buffer> & { destroy(): void }, asked: HttpRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > asked.bytesMax) {
      body.destroy();
      throw tooLarge(asked);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

async function inflateWithin(body: Buffer, asked: HttpRequest): Promise<Buffer> {
  try {
    return await inflate(body, { maxOutputLength: asked.bytesMax });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(asked);
    throw unreachable(asked.url, "its compressed answer is broken", error);
  }
}

function tooLarge({ url, bytesMax }: HttpRequest): ProblemError {
  return problemError("LimitExceeded", `${maskCredentials(url)} is larger than the limit of ${bytesMax} bytes`);
}

function headersOf(raw: Readonly<Record<string, string | string[] | undefined>>): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(raw)) {
    const text = Array.isArray(value) ? value.at(-1) : value;
    if (text !== undefined) headers.set(name, text);
  }
  return headers;
}

/** The first words of an error's body, when they are words. */
function said(body: Buffer): string {
  const text = body.toString("utf8", 0, 200).replaceAll(/\s+/g, " ").trim();
  return text === "" || text.startsWith("<") ? "" : `: ${text}`;
}

/** Node's and undici's own texts are often empty or "fetch failed"; their codes say more. */
function reasonOf(error: unknown): string {
  const { name, message, code, cause } = error as Error & { code?: string };
  if (name === "TimeoutError") return "no answer in time";
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT" || code === "UND_ERR_CONNECT_TIMEOUT")
    return "no answer in time";
  const inner = cause instanceof Error ? cause.message : "";
  return [message || inner, code].filter(Boolean).join(" ") || "the connection failed";
}
