import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, type Transform } from "node:stream";

/** What lies between git and the network for one answer; undefined sends it as it comes. */
export type Pace = (path: string, response: ServerResponse) => Transform | undefined;

/** Git's own smart HTTP server (`git http-backend`) behind a loopback port: a real remote for tests. */
export async function startGitHttpServer(
  root: string,
  authorization?: string,
  pace?: Pace,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    if (authorization === undefined || request.headers.authorization === authorization)
      serve(root, request, response, pace);
    else response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function serve(root: string, request: IncomingMessage, response: ServerResponse, pace?: Pace): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      ...process.env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
    },
  });
  // A client that has gone away leaves broken pipes behind, which are nobody's fault here.
  child.stdin.on("error", () => undefined);
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    child.stdout.off("data", onHead);
    child.stdout.pause();
    sendHeaders(response, head.toString("latin1", 0, end));
    const rest = head.subarray(end + 4);
    if (rest.length > 0) child.stdout.unshift(rest);
    const between = pace?.(url.pathname, response);
    const ended = (error: unknown): void => void (error && child.kill());
    if (between) pipeline(child.stdout, between, response, ended);
    else pipeline(child.stdout, response, ended);
  };
  child.stdout.on("data", onHead);
  child.on("close", () => {
    if (!response.headersSent && head.indexOf("\r\n\r\n") < 0) response.writeHead(500).end();
  });
}

function sendHeaders(response: ServerResponse, text: string): void {
  for (const line of text.split("\r\n")) {
    const [name = "", value = ""] = line.split(/: (.*)/s);
    if (name === "Status") response.statusCode = Number.parseInt(value, 10);
    else if (name !== "") response.setHeader(name, value);
  }
}
