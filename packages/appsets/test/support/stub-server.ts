import { createServer, type IncomingHttpHeaders } from "node:http";

export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StubAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  /** Ends the connection in the middle of the body. */
  readonly breaksOff?: boolean;
}

export interface StubServer {
  readonly url: string;
  readonly requests: StubRequest[];
  close(): Promise<void>;
}

/** A host on loopback that answers what it is told to; anything else is 404. */
export async function stubServer(answer: (request: StubRequest) => StubAnswer | undefined): Promise<StubServer> {
  const requests: StubRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const url = new URL(incoming.url ?? "/", "http://stub");
      const { method = "GET", headers } = incoming;
      const request = {
        method,
        path: decodeURIComponent(url.pathname),
        query: url.searchParams,
        headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(request);
      const given = answer(request) ?? { status: 404, body: { message: "Not Found" } };
      const text =
        given.body === undefined ? "" : typeof given.body === "string" ? given.body : JSON.stringify(given.body);
      const type = typeof given.body === "string" ? "text/html" : "application/json";
      if (given.breaksOff) {
        outgoing.writeHead(given.status ?? 200, { "content-type": type, "content-length": String(text.length + 100) });
        outgoing.write(text, () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(given.status ?? 200, { "content-type": type, ...given.headers });
      outgoing.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
