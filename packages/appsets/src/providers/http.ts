import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { createHash } from "node:crypto";
import { problemError, sleep, type Clock, type Json } from "@fairlead/base";
import { APPSET_LIMITS } from "../limits.ts";

export interface HostRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly insecure?: boolean;
  readonly ca?: string | undefined;
  readonly timeoutMs?: number;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One exchange over the network. @throws Error of the connection */
export type Transport = (request: HostRequest) => Promise<RawAnswer>;

export interface HostAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null where the host sent nothing, or something that is no JSON along with an error. */
  readonly json: Json;
}

interface Kept {
  readonly etag: string;
  readonly answer: HostAnswer;
}

const ATTEMPTS = 3;
const RETRY_AFTER_MS = 250;
const KEPT_MAX = 2000;

/**
 * JSON over HTTP as code hosts want to be asked: conditional requests, which cost nothing of a quota when nothing changed; the rate
 * limit's headers obeyed; failures of a moment tried again. One for a process, so that what one set learns holds for all.
 */
export class HostClient {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  /** Host and identity → when it may be asked again. */
  readonly #blockedUntil = new Map<string, number>();

  constructor(options: { readonly clock: Clock; readonly transport?: Transport }) {
    this.#clock = options.clock;
    this.#transport = options.transport ?? sendOverNetwork;
  }

  /**
   * A status of 400 and above is an answer like any other, except those that no caller could make sense of.
   * @throws ProblemError GeneratorHostFailed: no connection, a rate limit, 5xx, an answer that is no JSON or is cut short
   */
  async send(request: HostRequest): Promise<HostAnswer> {
    const identity = `${new URL(request.url).origin} ${fingerprint(request.headers)}`;
    this.#refuseBlocked(identity, request.url);
    const kept = request.method === "GET" ? this.#kept.get(`${identity} ${request.url}`) : undefined;
    const headers = kept ? { ...request.headers, "if-none-match": kept.etag } : request.headers;
    for (let attempt = 1; ; attempt++) {
      const raw = await this.#attempt({ ...request, headers }, attempt);
      if (raw === undefined) continue;
      if (raw.status === 304 && kept) return kept.answer;
      const waitMs = this.#limitedFor(raw);
      if (waitMs === undefined) return this.#accept(request, raw, identity);
      if (attempt < ATTEMPTS && waitMs <= APPSET_LIMITS.retryAfterMaxMs) {
        await sleep(this.#clock, waitMs);
        continue;
      }
      this.#blockedUntil.set(identity, this.#clock.now() + waitMs);
      throw limited(request.url, waitMs);
    }
  }

  /** Undefined for a failure that may be over in a moment. */
  async #attempt(request: HostRequest, attempt: number): Promise<RawAnswer | undefined> {
    let failure: string;
    try {
      const raw = await this.#transport(request);
      if (raw.status < 500 || raw.status === 501) return raw;
      failure = `answers ${raw.status}`;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    if (attempt >= ATTEMPTS || request.method !== "GET") throw hostFault(request.url, failure);
    await sleep(this.#clock, RETRY_AFTER_MS * 2 ** (attempt - 1));
    return undefined;
  }

  #refuseBlocked(identity: string, url: string): void {
    const until = this.#blockedUntil.get(identity);
    if (until === undefined) return;
    const waitMs = until - this.#clock.now();
    if (waitMs > 0) throw limited(url, waitMs);
    this.#blockedUntil.delete(identity);
  }

  /** How long a host wants to be left alone: `retry-after`, or the reset of a used-up quota (GitHub's and GitLab's names). */
  #limitedFor({ status, headers }: RawAnswer): number | undefined {
    if (status !== 403 && status !== 429) return undefined;
    const retryAfter = headers["retry-after"];
    if (retryAfter !== undefined) {
      const seconds = Number(retryAfter);
      const untilMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - this.#clock.now();
      return Math.max(0, Number.isFinite(untilMs) ? untilMs : 60_000);
    }
    const remaining = headers["x-ratelimit-remaining"] ?? headers["ratelimit-remaining"];
    const reset = Number(headers["x-ratelimit-reset"] ?? headers["ratelimit-reset"]);
    if (remaining === "0" && reset > 0) return Math.max(0, reset * 1000 - this.#clock.now());
    return status === 429 ? 60_000 : undefined;
  }

  #accept(request: HostRequest, raw: RawAnswer, identity: string): HostAnswer {
    const answer = { status: raw.status, headers: raw.headers, json: readJson(request.url, raw) };
    const etag = raw.headers["etag"];
    if (request.method === "GET" && raw.status === 200 && etag !== undefined) {
      if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
      this.#kept.set(`${identity} ${request.url}`, { etag, answer });
    }
    return answer;
  }
}

/** Who asks, without the secret itself. */
function fingerprint(headers: Readonly<Record<string, string>>): string {
  const secret = headers["authorization"] ?? headers["private-token"] ?? "";
  return createHash("sha256").update(secret).digest("hex").slice(0, 16);
}

export function hostFault(url: string, failure: string, hint?: string): Error {
  return problemError("GeneratorHostFailed", `${maskUrl(url)} ${failure}`, { hint });
}

function limited(url: string, waitMs: number): Error {
  return hostFault(
    url,
    `limits requests for another ${Math.ceil(waitMs / 1000)} s`,
    "nothing is changed until then; a token raises most limits",
  );
}

/** Without a query, which may hold what nobody should read. */
function maskUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function readJson(url: string, { status, headers, body }: RawAnswer): Json {
  if (body.length === 0) return null;
  const text = new TextDecoder().decode(body);
  try {
    return JSON.parse(text) as Json;
  } catch {
    if (status >= 400) return null;
    const isHtml = /html/i.test(headers["content-type"] ?? "") || /^\s*</.test(text);
    throw isHtml
      ? hostFault(url, "answers a web page, not JSON", "is this the address of the API, and is the token good?")
      : hostFault(url, "answers JSON that is cut short or broken");
  }
}

/** node:http and node:https, with a limit of size and time. Redirects are not followed: a token must not travel on. */
const sendOverNetwork: Transport = (request) =>
  new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const send = request.url.startsWith("https:") ? httpsRequest : httpRequest;
    const options = {
      method: request.method,
      headers: {
        accept: "application/json",
        "user-agent": "fairlead",
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
        ...request.headers,
      },
      signal: AbortSignal.timeout(request.timeoutMs ?? APPSET_LIMITS.requestTimeoutMs),
      ...(request.insecure ? { rejectUnauthorized: false } : {}),
      ...(request.ca === undefined ? {} : { ca: request.ca }),
    };
    const outgoing = send(request.url, options, (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > APPSET_LIMITS.responseBytesMax)
          incoming.destroy(new Error(`answers more than ${APPSET_LIMITS.responseBytesMax} bytes`));
      });
      incoming.on("error", reject);
      incoming.on("end", () => {
        if (!incoming.complete) return reject(new Error("ended its answer too early"));
        const headers = Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        );
        resolve({ status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("error", (error) => reject(isTimeout(error) ? new Error("did not answer in time") : error));
    outgoing.end(body);
  });

function isTimeout(error: Error): boolean {
  return error.name === "TimeoutError" || error.name === "AbortError";
}
