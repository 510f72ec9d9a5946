import { type Clock, ProblemError, problemError, sleep } from "@fairlead/base";
import { createAuthorizer, type Authorization, type Authorizer } from "../auth/authorizer.ts";
import type { AuthDeps } from "../auth/types.ts";
import type { ClusterConfig } from "../config/types.ts";
import { KUBE_LIMITS } from "../limits.ts";
import { AdaptiveLimiter } from "./limiter.ts";
import { createLocalTransport, type LocalConnection } from "./local-transport.ts";
import { retryAfterMs } from "./retry-after.ts";
import {
  type ClientCertificate,
  createTransport,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
  type TransportStream,
} from "./transport.ts";

export interface CallRequest extends TransportRequest {
  /** Verb and resource; calls of one class meet the same rate limit. */
  readonly callClass: string;
  /** Whether doing it twice is the same as doing it once, so that it may be repeated after a broken connection. */
  readonly isIdempotent: boolean;
}

export interface CallerDeps {
  readonly clock: Clock;
  readonly userAgent: string;
  readonly auth?: AuthDeps | undefined;
  readonly random?: (() => number) | undefined;
  /** The way to a server in this process; over the network when absent. */
  readonly local?: LocalConnection | undefined;
}

/** Sends a call until it has an answer: waits its turn, adds credentials, and tries again where that is safe. */
export class Caller {
  readonly #config: ClusterConfig;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #userAgent: string;
  readonly #authorizer: Authorizer;
  readonly #limiter: AdaptiveLimiter;
  readonly #local: LocalConnection | undefined;
  #transport: { readonly certificate: ClientCertificate | undefined; readonly it: Transport } | undefined;
  #isClosed = false;

  constructor(config: ClusterConfig, deps: CallerDeps) {
    this.#config = config;
    this.#clock = deps.clock;
    this.#random = deps.random ?? Math.random;
    this.#userAgent = deps.userAgent;
    this.#authorizer = createAuthorizer(config, deps.clock, deps.auth);
    this.#limiter = new AdaptiveLimiter(deps.clock, this.#random);
    this.#local = deps.local;
  }

  send(request: CallRequest): Promise<TransportAnswer> {
    return this.#tryUntilAnswered(request, (transport, prepared) => transport.send(prepared));
  }

  /** The answer to a watch; its body is read as it comes. Refusals are tried again like any read. */
  open(request: CallRequest): Promise<TransportStream> {
    return this.#tryUntilAnswered(request, (transport, prepared) => transport.open(prepared));
  }

  close(): void {
    this.#isClosed = true;
    this.#transport?.it.close();
  }

  async #tryUntilAnswered<T extends TransportAnswer | TransportStream>(
    request: CallRequest,
    go: (transport: Transport, prepared: TransportRequest) => Promise<T>,
  ): Promise<T> {
    let broken = 0;
    let throttled = 0;
    let isRenewed = false;
    for (;;) {
      const current = this.#authorizer.current();
      const authorization = current instanceof Promise ? await current : current;
      let answer: T;
      try {
        answer = await this.#once(request, authorization, go);
      } catch (error) {
        if (!isSafeToRepeat(request, error) || ++broken >= KUBE_LIMITS.brokenReadTriesMax) {
          throw this.#unreachable(request, error);
        }
        await this.#pause(50 * 2 ** broken, request.signal);
        continue;
      }
      if (answer.status === 401 && !isRenewed && this.#authorizer.renew(authorization)) {
        isRenewed = true;
        drop(answer);
        continue;
      }
      const waitMs = throttled < KUBE_LIMITS.throttledTriesMax ? askedToWait(request, answer) : undefined;
      // Who resumes a watch has pauses of its own, and reads more from a 504 than that it should wait.
      const isFinal = "stream" in answer && answer.status !== 429;
      if (waitMs === undefined || isFinal || request.signal?.aborted) return answer;
      throttled++;
      drop(answer);
      // A 429 makes the limiter hold back the whole lane; other answers concern this call alone.
      if (answer.status !== 429) await this.#pause(waitMs, request.signal);
    }
  }

  async #once<T extends TransportAnswer | TransportStream>(
    request: CallRequest,
    authorization: Authorization,
    go: (transport: Transport, prepared: TransportRequest) => Promise<T>,
  ): Promise<T> {
    const permit = await this.#limiter.acquire(request.callClass, request.signal);
    let answer: T | undefined;
    try {
      const headers = { "user-agent": this.#userAgent, ...authorization.headers, ...request.headers };
      answer = await go(this.#transportFor(authorization.certificate), { ...request, headers });
      return answer;
    } finally {
      permit.release({
        throttled: answer?.status === 429 && !isEviction(request),
        retryAfterMs: answer && retryAfterMs(answer.headers),
        priorityLevel: answer?.headers["x-kubernetes-pf-prioritylevel-uid"],
      });
    }
  }

  #transportFor(certificate: ClientCertificate | undefined): Transport {
    if (this.#isClosed) throw problemError("Cancelled", "the client was closed");
    if (this.#transport === undefined || this.#transport.certificate !== certificate) {
      this.#transport?.it.retire();
      const it = this.#local ? createLocalTransport(this.#local) : createTransport(this.#config, certificate);
      this.#transport = { certificate, it };
    }
    return this.#transport.it;
  }

  #pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    return sleep(this.#clock, delayMs * (1 + this.#random() / 2), signal);
  }

  #unreachable(request: CallRequest, error: unknown): Error {
    if (error instanceof ProblemError) return error;
    const why = error instanceof Error ? describeCause(error) : String(error);
    const message = `${request.method} ${this.#config.server}${request.path.split("?")[0]}: ${why}`;
    return problemError("ServerUnreachable", message, {}, error);
  }
}

/** The text of Node's and undici's errors is often empty or "fetch failed"; their codes say more. */
function describeCause(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : undefined;
  const text = error.message || (inner instanceof Error ? inner.message : "") || error.name;
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}

/** Errors that come before anything was sent. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function isSafeToRepeat(request: CallRequest, error: unknown): boolean {
  if (error instanceof ProblemError || request.signal?.aborted) return false;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (NEVER_SENT.has(code)) return true;
  // A certificate that does not fit will not fit the next time either.
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) return false;
  return request.isIdempotent;
}

/** An eviction answered with 429 says that a disruption budget forbids it, which is the caller's business. */
function isEviction(request: CallRequest): boolean {
  return request.path.split("?")[0]?.endsWith("/eviction") === true;
}

/** As client-go has it: 429, and 5xx that name a time, were not carried out and may be repeated. */
function askedToWait(request: CallRequest, answer: TransportAnswer | TransportStream): number | undefined {
  if (answer.status === 429) return isEviction(request) ? undefined : (retryAfterMs(answer.headers) ?? 1_000);
  return answer.status >= 500 ? retryAfterMs(answer.headers) : undefined;
}

function drop(answer: TransportAnswer | TransportStream): void {
  if ("stream" in answer) answer.stream.cancel();
}
