import { X509Certificate } from "node:crypto";
import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import { isIP } from "node:net";
import {
  checkServerIdentity,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
} from "node:tls";
import { problemError } from "@fairlead/base";
import { Pool, ProxyAgent, Socks5ProxyAgent, type Dispatcher } from "undici";
import type { ClusterConfig } from "../config/types.ts";
import { KUBE_LIMITS } from "../limits.ts";
import { pem } from "./pem.ts";
import { ByteStream } from "./stream.ts";

const gunzipAsync = promisify(gunzip);

export interface TransportRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TransportAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface TransportStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: ByteStream;
}

export interface Transport {
  /** One answer as a whole. */
  send(request: TransportRequest): Promise<TransportAnswer>;
  /** An answer whose bytes are read as they come, for watches: on connections of its own. */
  open(request: TransportRequest): Promise<TransportStream>;
  close(): void;
  /** Lets what is running end, and takes nothing new. */
  retire(): void;
}

/** PEM of a client certificate that a credential program handed out, in place of the config's own. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Requests go over a few kept-alive HTTP/1.1 connections, watches over HTTP/2 where the server offers it: measured on loopback,
 * eight HTTP/1.1 connections cost half the processor time per request of one HTTP/2 connection (docs/decisions), while hundreds
 * of quiet watches on one connection cost the server one. As they never share a connection, watches cannot starve requests.
 */
export function createTransport(config: ClusterConfig, certificate?: ClientCertificate): Transport {
  const { origin, basePath } = splitServer(config.server);
  const isLoopback = /^https?:\/\/(127\.|localhost[:/]?|\[::1\])/.test(`${origin}/`);
  const tls = tlsOptions(config, certificate);
  const requests = openPool(config, origin, tls, {
    connections: isLoopback ? KUBE_LIMITS.requestConnections : KUBE_LIMITS.remoteRequestConnections,
    allowH2: false,
  });
  const watches = openPool(config, origin, tls, {
    allowH2: true,
    h2Options: {
      maxConcurrentStreams: 200,
      // A stream that nobody reads for a while holds back its window only; the others share a much larger one.
      connectionWindowSize: 64 * 1024 * 1024,
      settings: { initialWindowSize: 1024 * 1024 },
    },
  });
  const acceptEncoding = isLoopback || config.disableCompression ? undefined : "gzip";
  return {
    async send(request) {
      const headers = acceptEncoding ? { "accept-encoding": acceptEncoding, ...request.headers } : request.headers;
      const opened = await dispatch(requests, origin, basePath, { ...request, headers }, KUBE_LIMITS.answerTimeoutMs);
      const body = await opened.stream.readAll(KUBE_LIMITS.answerBytesMax);
      if (opened.headers["content-encoding"] !== "gzip") return { ...opened, body };
      return { ...opened, body: await gunzipAsync(body, { maxOutputLength: KUBE_LIMITS.answerBytesMax }) };
    },
    // Between two events of a watch any time may pass.
    open: (request) => dispatch(watches, origin, basePath, request, 0),
    close() {
      const reason = problemError("Cancelled", "the client was closed");
      void requests.destroy(reason);
      void watches.destroy(reason);
    },
    retire() {
      void requests.close();
      void watches.close();
    },
  };
}

function dispatch(
  dispatcher: Dispatcher,
  origin: string,
  basePath: string,
  request: TransportRequest,
  bodyTimeout: number,
): Promise<TransportStream> {
  const { method, headers, body = null, signal } = request;
  const path = basePath + request.path;
  if (signal?.aborted) return Promise.reject(cancelled(signal));
  return new Promise((resolve, reject) => {
    const handler = new AnswerHandler(signal, resolve, reject);
    try {
      dispatcher.dispatch(
        { origin, path, method, headers, body, headersTimeout: KUBE_LIMITS.answerTimeoutMs, bodyTimeout },
        handler,
      );
    } catch (error) {
      handler.onResponseError(undefined, error as Error);
    }
  });
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (answer: TransportStream) => void;
  readonly #reject: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #stream: ByteStream | undefined;
  readonly #onAbort = (): void => this.#abort();

  constructor(
    signal: AbortSignal | undefined,
    resolve: (answer: TransportStream) => void,
    reject: (error: Error) => void,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  #abort(): void {
    const reason = cancelled(this.#signal);
    this.#controller?.abort(reason);
    this.#fail(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal?.aborted) controller.abort(cancelled(this.#signal));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#stream = new ByteStream(controller, KUBE_LIMITS.watchBufferedBytesMax);
    this.#resolve({ status, headers: flatten(headers), stream: this.#stream });
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#stream?.push(chunk);
  }

  onResponseEnd(): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#stream?.finish();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(this.#signal?.aborted ? cancelled(this.#signal) : error);
  }

  #fail(error: Error): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#stream?.finish(error);
    this.#reject(error);
  }
}

export function cancelled(signal: AbortSignal | undefined): Error {
  return problemError("Cancelled", "the call was given up", {}, signal?.reason);
}

export function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

function splitServer(server: string): { origin: string; basePath: string } {
  const url = new URL(server);
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, "") };
}

function tlsOptions(config: ClusterConfig, certificate: ClientCertificate | undefined): Record<string, unknown> {
  if (!config.server.startsWith("https:")) return {};
  const cert = certificate?.cert ?? pem(config.certData);
  const key = certificate?.key ?? pem(config.keyData);
  const ca = pem(config.caData);
  // One context for all connections: reading the certificates again for each costs more than the handshake.
  const secureContext = readCertificates({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
  return {
    secureContext,
    rejectUnauthorized: !config.insecure,
    ...(config.serverName && { servername: config.serverName }),
  };
}

function readCertificates(options: SecureContextOptions): SecureContext {
  try {
    // OpenSSL passes over an authority it cannot read, and every certificate would then be refused for another reason.
    if (options.ca !== undefined) new X509Certificate(options.ca as string);
    return createSecureContext(options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw problemError(
      "KubeconfigInvalid",
      `the certificates or the key of the cluster cannot be read: ${why}`,
      {},
      error,
    );
  }
}

function openPool(
  config: ClusterConfig,
  origin: string,
  tls: Record<string, unknown>,
  options: Pool.Options,
): Dispatcher {
  const connect = { ...tls, timeout: KUBE_LIMITS.connectTimeoutMs };
  if (config.proxyUrl === undefined) return new Pool(origin, { ...options, connect });
  const shared = { ...options, requestTls: connect };
  if (config.proxyUrl.startsWith("socks5")) {
    // Names are resolved by the proxy either way, which is all that the `h` asks for.
    const proxy = config.proxyUrl.replace(/^socks5h:/, "socks5:");
    const requestTls = { ...connect, ...namedForSocks(new URL(origin).hostname, config.serverName) };
    return new Socks5ProxyAgent(proxy, { ...shared, requestTls } as Socks5ProxyAgent.Options);
  }
  return new ProxyAgent({ ...shared, uri: config.proxyUrl } as ProxyAgent.Options);
}

/**
 * undici's SOCKS agent gives TLS the host as server name, which Node refuses for an address. A name every API server answers to
 * takes its place, and the certificate is checked against the address all the same.
 */
function namedForSocks(host: string, serverName: string | undefined): Record<string, unknown> {
  const address = host.replace(/^\[|\]$/g, "");
  if (serverName !== undefined || isIP(address) === 0) return {};
  const check = (_name: string, certificate: PeerCertificate): Error | undefined =>
    checkServerIdentity(address, certificate);
  return { servername: "kubernetes", checkServerIdentity: check };
}
