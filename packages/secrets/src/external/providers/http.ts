import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { problemError, ProblemError } from "@fairlead/base";
import { EXTERNAL_LIMITS } from "../limits.ts";
import { parseJsonText, type JsonNode } from "../values/json-text.ts";

export interface TlsOptions {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Kept connections to one provider. Redirects are not followed: an answer could lead a credential elsewhere. Messages name the host
 * and what happened, never a body, a header or a query.
 */
export class ProviderHttp {
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(tls: TlsOptions = {}) {
    const options = { keepAlive: true, maxSockets: EXTERNAL_LIMITS.storeConcurrency };
    this.#http = new HttpAgent(options);
    this.#https = new HttpsAgent({
      ...options,
      ...(tls.ca !== undefined && { ca: tls.ca }),
      ...(tls.cert !== undefined && { cert: tls.cert }),
      ...(tls.key !== undefined && { key: tls.key }),
    });
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  /** Any status is an answer. @throws ProblemError ProviderFailed: no answer, too long, too late */
  async call(call: HttpCall): Promise<HttpAnswer> {
    let url: URL;
    try {
      url = new URL(call.url);
    } catch {
      throw problemError("InvalidStore", "the provider's address is not a URL");
    }
    if (url.protocol !== "https:" && url.protocol !== "http:")
      throw problemError("InvalidStore", "the provider's address must begin with https:// or http://");
    try {
      return await this.#send(url, call);
    } catch (error) {
      throw problemError("ProviderFailed", `${call.method} to ${url.host}: ${reasonOf(error)}`);
    }
  }

  #send(url: URL, call: HttpCall): Promise<HttpAnswer> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? EXTERNAL_LIMITS.callTimeoutMs);
    const body = call.body;
    const isTls = url.protocol === "https:";
    const options: RequestOptions = {
      method: call.method,
      agent: isTls ? this.#https : this.#http,
      headers: {
        "user-agent": "fairlead",
        ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
        ...call.headers,
      },
      signal: call.signal === undefined ? timeout : AbortSignal.any([timeout, call.signal]),
    };
    return new Promise((resolve, reject) => {
      const outgoing = (isTls ? httpsRequest : httpRequest)(url, options, (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > EXTERNAL_LIMITS.answerBytes) incoming.destroy(new Error("answers too much"));
          else chunks.push(chunk);
        });
        incoming.on("error", reject);
        incoming.on("end", () => {
          const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(headers) as Record<string, string>,
            body: Buffer.concat(chunks),
          });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "failed";
  if (error.name === "TimeoutError" || error.name === "AbortError") return "did not answer in time";
  const { code } = error as NodeJS.ErrnoException;
  return code ?? (error.message === "answers too much" ? error.message : "the connection failed");
}

/** A provider that said how long it wants to be left alone. */
export class ProviderBusy extends ProblemError {
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number) {
    super({ code: "ProviderFailed", message });
    this.name = "ProviderBusy";
    this.retryAfterMs = retryAfterMs;
  }
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

/** What an answer that is none means: 429 and 5xx are the provider's state, the rest is a no to what was asked. `detail` holds no value. */
export function failureOf(answer: HttpAnswer, who: string, detail = ""): ProblemError {
  const { status, headers } = answer;
  const page = /html/i.test(headers["content-type"] ?? "") ? " with HTML" : "";
  const message = `${who} answered ${status}${detail === "" ? page : `: ${detail.slice(0, 300)}`}`;
  if (status !== 429 && status < 500) return problemError("ProviderRefused", message);
  const waitMs = retryAfterMs(headers);
  return waitMs === undefined ? problemError("ProviderFailed", message) : new ProviderBusy(message, waitMs);
}

/** Retry-After in seconds, or as a time on the server's own clock. */
function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers["retry-after"]?.trim() ?? "";
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(headers["date"] ?? "");
  return ms > 0 ? Math.min(ms, EXTERNAL_LIMITS.retryAfterMaxMs) : undefined;
}

/** The JSON of an answer. An HTML page of a proxy or a sign-in is named as what it is. @throws ProblemError InvalidRemoteValue */
export function jsonOf(answer: HttpAnswer, who: string): JsonNode {
  const text = answer.body.toString();
  const node = parseJsonText(text);
  if (node !== undefined) return node;
  const what = /^\s*<(!doctype|html)/i.test(text) ? "HTML" : "something that is not JSON";
  throw problemError("InvalidRemoteValue", `${who} answered ${what} (status ${answer.status})`);
}

/** Connections that are closed when the work is done, however it ends. */
export async function withHttp<T>(act: (http: ProviderHttp) => Promise<T>): Promise<T> {
  const http = new ProviderHttp();
  try {
    return await act(http);
  } finally {
    http.close();
  }
}
