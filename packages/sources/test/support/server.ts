import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface TestServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly seen: Exchange[];
  close(): Promise<void>;
}

/** A server on loopback that notes what it was asked. */
export async function serve(
  handle: (exchange: Exchange, body: string) => Answer | Promise<Answer>,
  tls?: ServerOptions,
): Promise<TestServer> {
  const seen: Exchange[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const exchange = { method: request.method ?? "", path: request.url ?? "", headers: request.headers };
      seen.push(exchange);
      void Promise.resolve(handle(exchange, Buffer.concat(chunks).toString("utf8"))).then(
        ({ status = 200, headers, body }) => {
          response.writeHead(status, headers);
          response.end(body);
        },
      );
    });
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
