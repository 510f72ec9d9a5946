import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { RequestContext } from "../registry/types.ts";
import type { LocalRequest } from "../server/local-exchange.ts";
import { encodeYaml } from "@fairlead/yaml";
import { negotiate, prefersYaml, type Representation } from "./negotiate.ts";
import type { RequestInfo } from "./request-info.ts";
import type { Status, StatusError } from "./status.ts";

export type HttpRequest = IncomingMessage | Http2ServerRequest | LocalRequest;
/** Node's HTTP/2 compatibility response has the same methods under other overloads; this is what both agree on. */
export interface HttpResponse extends NodeJS.EventEmitter {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
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
  if (exchange.context.audit?.level === "RequestResponse") exchange.context.audit.response = bytes;
  response.writeHead(code, headersOf(exchange.context, type, bytes.length));
  response.end(bytes);
}

/** Several buffers, `length` bytes in all, as one body: they are made one after the other, as they are sent. */
export function sendPieces(exchange: Exchange, code: number, length: number, pieces: Iterable<Buffer>): void {
  const { response } = exchange;
  if (response.headersSent || response.destroyed) return;
  if (length < 64 * 1024 || exchange.context.audit?.level === "RequestResponse") {
    send(exchange, code, JSON_TYPE, Buffer.concat([...pieces], length));
    return;
  }
  response.writeHead(code, headersOf(exchange.context, JSON_TYPE, length));
  for (const chunk of chunksOf(pieces)) response.write(chunk);
  response.end();
}

/** Joins small pieces into chunks that are worth one write each. */
function* chunksOf(pieces: Iterable<Buffer>): Generator<Buffer> {
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
export function sendValue(exchange: Readers & Pick<Exchange, "response">, code: number, value: unknown): void {
  if (prefersYaml(exchange.request?.headers.accept)) send(exchange, code, "application/yaml", encodeYaml(value));
  else sendJson(exchange, code, value);
}

/** A value in JSON, laid out as the client wants it. */
export function sendJson(exchange: Readers & Pick<Exchange, "response">, code: number, value: unknown): void {
  send(exchange, code, JSON_TYPE, textOf(exchange, value));
}

function textOf(exchange: Readers, value: unknown): string {
  return isPretty(exchange) ? JSON.stringify(kindFirst(value), undefined, 2) : `${JSON.stringify(value)}\n`;
}

/** Go's types begin with these two. */
function kindFirst(value: unknown): unknown {
  const { kind, apiVersion, ...rest } = value as Record<string, unknown>;
  return kind === undefined || apiVersion === undefined ? value : { kind, apiVersion, ...rest };
}

type Readers = Pick<Exchange, "context"> & Partial<Pick<Exchange, "info" | "request">>;

/** Whether JSON is laid out for people: as asked, else for the programs that people read with (k8s.io/apiserver negotiation). */
export function isPretty({ info, context }: Readers): boolean {
  const asked = info?.query.get("pretty");
  if (asked !== undefined && asked !== "") return ["1", "t", "T", "true", "TRUE", "True"].includes(asked);
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(context.userAgent);
}

export function sendStatus(exchange: Readers & Pick<Exchange, "response">, status: Status): void {
  const retryAfter = status.details?.retryAfterSeconds;
  if (retryAfter !== undefined && !exchange.response.headersSent) {
    exchange.response.setHeader("Retry-After", String(retryAfter));
  }
  sendValue(exchange, status.code ?? 200, status);
}

export function sendError(exchange: Readers & Pick<Exchange, "response">, error: StatusError): void {
  const { response } = exchange;
  if (!response.headersSent) sendStatus(exchange, error.status);
  // The client must not take half an answer for a whole one; a whole one stays as it is.
  else if (!response.writableEnded) response.destroy();
}

export function representationOf(exchange: Exchange): Representation {
  return negotiate(exchange.request.headers.accept, { table: true });
}

/** The headers of every answer; without a length for those that go on. */
export function headersOf(context: RequestContext, type: string, length?: number): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    "Cache-Control": "no-cache, private",
    "Content-Type": type,
  };
  if (length !== undefined) headers["Content-Length"] = String(length);
  // Not by setHeader: Node writes headers that come all at once in half the time.
  if (context.auditId !== undefined) headers["Audit-Id"] = context.auditId;
  if (context.flow !== undefined) {
    headers["X-Kubernetes-Pf-Flowschema-Uid"] = context.flow.schemaUid;
    headers["X-Kubernetes-Pf-Prioritylevel-Uid"] = context.flow.levelUid;
  }
  if (context.warnings.length > 0) headers["Warning"] = context.warnings.map(warningText);
  return headers;
}

/** RFC 7234 §5.5 with code 299 and no agent, as Kubernetes sends it. */
function warningText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters may not stand in a header
  const clean = text.replace(/[\u0000-\u001f\u007f]/g, " ").replace(/[\\"]/g, "\\$&");
  return `299 - "${Buffer.from(clean).toString("latin1")}"`;
}
