import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { LIMITS } from "../limits.ts";
import type { WebhookAnswer, WebhookRequest } from "./types.ts";

export interface ServeOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly webhook: (request: WebhookRequest) => Promise<WebhookAnswer>;
  /** Prometheus text for `GET /metrics`. */
  readonly metrics: () => string;
}

export interface Served {
  readonly port: number;
  close(): Promise<void>;
}

/** `POST /api/webhook`, `GET /metrics` and `GET /healthz` over plain HTTP: TLS is the business of what stands before it. */
export async function serveHttp(options: ServeOptions): Promise<Served> {
  const server = createServer((request, response) => {
    answer(options, request).then(
      ({ status, message, type = "text/plain; charset=utf-8" }) => send(response, status, message, type),
      () => send(response, 500, "the request could not be served", "text/plain; charset=utf-8"),
    );
  });
  server.requestTimeout = LIMITS.webhookTimeMs;
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve());
  });
}

function send(response: ServerResponse, status: number, message: string, type: string): void {
  response.writeHead(status, { "content-type": type }).end(message);
}

async function answer(
  { webhook, metrics }: ServeOptions,
  request: IncomingMessage,
): Promise<WebhookAnswer & { readonly type?: string }> {
  const path = (request.url ?? "").split("?", 1)[0];
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (path === "/healthz" && isRead) return { status: 200, message: "ok" };
  if (path === "/metrics" && isRead) return { status: 200, message: metrics(), type: "text/plain; version=0.0.4" };
  if (path !== "/api/webhook") return { status: 404, message: "not found" };
  if (request.method !== "POST") return { status: 405, message: "only POST" };
  const body = await bodyOf(request);
  if (!body) return { status: 413, message: "the body is too large" };
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  return webhook({ headers, body });
}

/** Undefined for one that is too large; the rest of it is read and dropped, so that the answer arrives. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LIMITS.webhookBytesMax) chunks.push(chunk);
    if (length > LIMITS.webhookBytesMax * 2) request.destroy();
  }
  return length > LIMITS.webhookBytesMax ? undefined : Buffer.concat(chunks);
}
