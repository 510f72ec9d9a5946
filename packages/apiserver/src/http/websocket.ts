import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import { LIMITS } from "../limits.ts";
import type { Exchange, HttpRequest, HttpResponse } from "./exchange.ts";

/** The connections of requests that may become websockets, as Node handed them over. */
const offered = new WeakMap<HttpRequest, { readonly socket: Duplex; readonly head: Buffer }>();

/** Remembers the connection of a request for the handler that wants it. */
export function offerUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  offered.set(request, { socket, head });
}

/** Whether the client asks for a websocket (k8s.io/apiserver wsstream.IsWebSocketRequest). */
export function isWebSocketRequest({ headers }: Pick<HttpRequest, "headers">): boolean {
  const { connection = "", upgrade = "" } = headers;
  return upgrade.toLowerCase() === "websocket" && /(?:^|,\s*)upgrade(?:\s*,|$)/i.test(connection);
}

/** Whether a request can come to a websocket here: a watch, or a log. Others are answered as if they had not asked. */
export function mayUpgrade(request: Pick<HttpRequest, "headers" | "method" | "url">): boolean {
  if (request.method !== "GET" || !isWebSocketRequest(request)) return false;
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  return /\/watch\/|\/log$/.test(path) || /(?:^|&)watch=/.test(query);
}

/**
 * The answer as the client wants it: what is written to it arrives as frames where a websocket was asked for and came about. undefined
 * when the client has been refused one.
 */
export async function framedResponse(exchange: Exchange, framing: Framing): Promise<HttpResponse | undefined> {
  const { request, response } = exchange;
  const offer = offered.get(request);
  if (offer === undefined) return response;
  const { socket, head } = offer;
  const refusal = refusalOf(request) ?? (framing === "log" ? logRefusalOf(request) : eventsRefusalOf(request));
  if (refusal !== undefined) {
    socket.end(refusal);
    return undefined;
  }
  const { WebSocketServer: Server } = await import("ws");
  if (socket.destroyed) return undefined;
  servers ??= new Server({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Clients have nothing to say but that they go.
    maxPayload: LIMITS.webSocketMessageBytesMax,
  });
  return new WebSocketResponse(servers, { request: request as IncomingMessage, response, socket, head, framing });
}

let servers: WebSocketServer | undefined;

/** Events of a watch are messages of text, one a line; the bytes of a log are messages as they come. */
export type Framing = "events" | "log";

const BASE64_LOG = "base64.binary.k8s.io";
const LOG_PROTOCOLS: ReadonlySet<string> = new Set(["binary.k8s.io", BASE64_LOG]);

/** What golang.org/x/net/websocket answers to a handshake that it does not take, without the headers that others get. */
function refusalOf({ headers }: HttpRequest): string | undefined {
  if ((headers["sec-websocket-key"] ?? "") === "") return "HTTP/1.1 400 Bad Request\r\n\r\nmismatch challenge/response";
  if (headers["sec-websocket-version"] !== "13")
    return "HTTP/1.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\n\r\nmissing or bad WebSocket Version";
  return undefined;
}

function eventsRefusalOf({ headers }: HttpRequest): string | undefined {
  if (!isOrigin(headers.origin ?? "")) return "HTTP/1.1 403 Forbidden\r\n\r\n";
  if (protocolsOf(headers["sec-websocket-protocol"]).length > 1) return "HTTP/1.1 400 Bad Request\r\n\r\n";
  return undefined;
}

/** Readers of logs may offer several protocols; the first that is known is spoken (wsstream.NewReader). */
function logRefusalOf({ headers }: HttpRequest): string | undefined {
  const offers = protocolsOf(headers["sec-websocket-protocol"]);
  if (offers.length === 0) return undefined;
  const chosen = offers.find((protocol) => LOG_PROTOCOLS.has(protocol));
  if (chosen === undefined) return "HTTP/1.1 403 Forbidden\r\n\r\n";
  headers["sec-websocket-protocol"] = chosen;
  return undefined;
}

export function protocolsOf(header: string | undefined): string[] {
  return header === undefined || header === "" ? [] : header.split(",").map((protocol) => protocol.trim());
}

function isOrigin(text: string): boolean {
  return text.startsWith("/") || URL.canParse(text);
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly response: HttpResponse;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly framing: Framing;
}

const NORMAL_CLOSURE = 1000;
const NEWLINE = 0x0a;

/** Looks like an answer of HTTP to its handler. Its head is the handshake; the connection closes with its end. */
class WebSocketResponse extends EventEmitter implements HttpResponse {
  readonly #server: WebSocketServer;
  readonly #upgrade: Upgrade;
  #webSocket: WebSocket | undefined;
  #isEnded = false;
  #isClosed = false;

  constructor(server: WebSocketServer, upgrade: Upgrade) {
    super();
    this.#server = server;
    this.#upgrade = upgrade;
  }

  get headersSent(): boolean {
    return this.#webSocket !== undefined;
  }
  get writableEnded(): boolean {
    return this.#isEnded;
  }
  get destroyed(): boolean {
    return this.#isClosed || this.#upgrade.socket.destroyed;
  }
  get writableLength(): number {
    return this.#webSocket?.bufferedAmount ?? 0;
  }
  get statusCode(): number {
    return this.#upgrade.response.statusCode;
  }

  setHeader(): void {}

  writeHead(): void {
    const { request, response, socket, head } = this.#upgrade;
    // What is told of the request to logs and metrics is told of the answer that HTTP knows.
    (response as { statusCode: number }).statusCode = 101;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#webSocket = webSocket;
      webSocket.on("error", () => {});
      // Whatever a client says is read and forgotten, so that its farewell is seen.
      webSocket.on("close", () => this.#leave());
    });
    // Readers of logs are sent an empty message at once, so that they see that it works.
    if (this.#upgrade.framing === "log") this.#send(Buffer.alloc(0));
    socket.on("drain", () => this.emit("drain"));
    socket.on("close", () => this.#leave());
  }

  flushHeaders(): void {}

  write(chunk: Buffer): boolean {
    if (this.#webSocket === undefined || this.#isEnded || this.destroyed) return true;
    this.#send(chunk);
    return !this.#upgrade.socket.writableNeedDrain;
  }

  #send(chunk: Buffer): void {
    const webSocket = this.#webSocket;
    if (this.#upgrade.framing === "events") {
      for (const line of linesOf(chunk)) webSocket?.send(line, { binary: false });
    } else if (webSocket?.protocol === BASE64_LOG) webSocket.send(chunk.toString("base64"));
    else webSocket?.send(chunk, { binary: true });
  }

  end(chunk?: Buffer): void {
    if (chunk !== undefined && chunk.length > 0) this.write(chunk);
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#webSocket?.close(NORMAL_CLOSURE);
    this.#upgrade.socket.end();
  }

  destroy(): void {
    this.#upgrade.socket.destroy();
  }

  #leave(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit("close");
  }
}

function* linesOf(chunk: Buffer): Generator<Buffer> {
  for (let start = 0; start < chunk.length;) {
    const newline = chunk.indexOf(NEWLINE, start);
    const end = newline < 0 ? chunk.length : newline + 1;
    yield chunk.subarray(start, end);
    start = end;
  }
}
