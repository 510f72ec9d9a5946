import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { RequestContext } from "../registry/types.ts";
import { negotiate, type Representation } from "./negotiate.ts";
import type { RequestInfo } from "./request-info.ts";
import type { Status, StatusError } from "./status.ts";

export type HttpRequest = IncomingMessage | Http2ServerRequest;
/** Node's HTTP/2 compatibility response has the same methods under other overloads; this is what both agree on. */
export interface HttpResponse extends NodeJS.EventEmitter {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableLength: number;
  readonly statusCode: number;
  setHeader(name: string, value: string): unknown;
  writeHead(code: number, headers?: Record<string, string | string[]>): unknown;
  write(chunk: Buffer): boolean;
  end(chunk?: Buffer): unknown;
  flushHeaders(): void;
  destroy(): unknown;
}

/** One request on its way through the handlers. */
export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly info: RequestInfo;
  readonly context: RequestContext;
}

const JSON_TYPE = "application/json";

export function send(
  exchange: Pick<Exchange, "response" | "context">,
  code: number,
  type: string,
  body: Buffer | string,
): void {
  const { response } = exchange;
  if (response.headersSent || response.destroyed) return;
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(code, headersOf(exchange.context, type, bytes.length));
  response.end(bytes);
}

/** Several buffers as one body, without joining them first. */
export function sendPieces(exchange: Exchange, code: number, pieces: readonly Buffer[]): void {
  const { response } = exchange;
  if (response.headersSent || response.destroyed) return;
  let length = 0;
  for (const piece of pieces) length += piece.length;
  response.writeHead(code, headersOf(exchange.context, JSON_TYPE, length));
  if (length < 64 * 1024) {
    response.end(Buffer.concat(pieces as Buffer[], length));
    return;
  }
  for (const chunk of chunksOf(pieces)) response.write(chunk);
  response.end();
}

/** Joins small pieces into chunks that are worth one write each. */
function* chunksOf(pieces: readonly Buffer[]): Generator<Buffer> {
  let pending: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    pending.push(piece);
    bytes += piece.length;
    if (bytes < 256 * 1024) continue;
    yield Buffer.concat(pending, bytes);
    pending = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(pending, bytes);
}

/** A value as the client wants it written. */
export function sendValue(exchange: Exchange, code: number, value: unknown): void {
  const pretty = exchange.info.query.get("pretty");
  if (pretty !== undefined && pretty !== "false" && pretty !== "0") {
    send(exchange, code, JSON_TYPE, `${JSON.stringify(value, undefined, 2)}\n`);
  } else send(exchange, code, JSON_TYPE, `${JSON.stringify(value)}\n`);
}

export function sendStatus(exchange: Pick<Exchange, "response" | "context">, status: Status): void {
  const retryAfter = status.details?.retryAfterSeconds;
  if (retryAfter !== undefined && !exchange.response.headersSent) {
    exchange.response.setHeader("Retry-After", String(retryAfter));
  }
  send(exchange, status.code ?? 200, JSON_TYPE, `${JSON.stringify(status)}\n`);
}

export function sendError(exchange: Pick<Exchange, "response" | "context">, error: StatusError): void {
  if (exchange.response.headersSent) exchange.response.destroy();
  else sendStatus(exchange, error.status);
}

export function representationOf(exchange: Exchange): Representation {
  return negotiate(exchange.request.headers.accept, { table: true });
}

function headersOf(context: RequestContext, type: string, length: number): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    "Cache-Control": "no-cache, private",
    "Content-Type": type,
    "Content-Length": String(length),
  };
  if (context.warnings.length > 0) headers["Warning"] = context.warnings.map(warningText);
  return headers;
}

/** RFC 7234 §5.5 with code 299 and no agent, as Kubernetes sends it. */
function warningText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters may not stand in a header
  const clean = text.replace(/[\u0000-\u001f\u007f]/g, " ").replace(/[\\"]/g, "\\$&");
  return `299 - "${Buffer.from(clean).toString("latin1")}"`;
}
