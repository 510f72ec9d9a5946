import { ServerResponse, type IncomingMessage } from "node:http";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from "node:http2";
import net, { type AddressInfo, type Socket } from "node:net";
import { problemError } from "@fairlead/base";
import type { Identity } from "../auth/certificates.ts";
import type { Pki } from "../auth/pki.ts";
import type { HttpRequest, HttpResponse } from "../http/exchange.ts";
import { mayUpgrade, offerUpgrade } from "../http/websocket.ts";

export interface Listener {
  readonly port: number;
  /** Shows another certificate to connections from now on. */
  serveAs(identity: Identity): void;
  close(): Promise<void>;
}

/**
 * HTTPS for both versions of HTTP: Go clients multiplex on one HTTP/2 connection, others pool HTTP/1.1 ones.
 * @throws ProblemError PortTaken
 */
export async function listen(
  pki: Pki,
  host: string,
  port: number,
  handle: (request: HttpRequest, response: HttpResponse) => void,
): Promise<Listener> {
  const server = createSecureServer({
    allowHTTP1: true,
    key: pki.serving.key,
    cert: pki.serving.cert,
    ca: pki.caPem,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024 },
  });
  const open = trackConnections(server);
  server.on("request", handle as (request: unknown, response: unknown) => void);
  takeUpgrades(server, handle);
  // A client that speaks no TLS, or goes away in the middle of it, is its own problem.
  server.on("tlsClientError", () => {});
  server.on("sessionError", () => {});
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    try {
      const bound = boundAt(host, port);
      if (bound === undefined) server.listen(port, host, resolve);
      else server.listen(bound, resolve);
    } catch (error) {
      reject(explain(error as NodeJS.ErrnoException, host, port));
    }
  });
  server.on("error", () => {});
  return {
    port: (server.address() as AddressInfo).port,
    serveAs: ({ key, cert }) => server.setSecureContext({ key, cert, ca: pki.caPem, minVersion: "TLSv1.2" }),
    close: () => closeAll(server, open),
  };
}

/** Requests that may become websockets come with their connection; until one does, they are answered like any other, and once. */
function takeUpgrades(server: Http2SecureServer, handle: (request: HttpRequest, response: HttpResponse) => void): void {
  Object.assign(server, { shouldUpgradeCallback: mayUpgrade });
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on("finish", () => socket.end());
    socket.on("error", () => socket.destroy());
    offerUpgrade(request, socket, head);
    handle(request, response);
  });
}

/**
 * A socket bound by address. Asked to listen on a host, Node looks the address up and checks the answer by a pattern whose compilation
 * alone takes several milliseconds of every start. Undefined where Node (before 26) has none of these, and for names of hosts.
 * @throws the system's error, with its code
 */
function boundAt(host: string, port: number): net.BoundSocket | undefined {
  if (!("BoundSocket" in net) || !/^[\d.]+$/.test(host)) return undefined;
  return new net.BoundSocket({ host, port });
}

interface OpenConnections {
  readonly sockets: Set<Socket>;
  readonly sessions: Set<ServerHttp2Session>;
}

function trackConnections(server: Http2SecureServer): OpenConnections {
  const open: OpenConnections = { sockets: new Set(), sessions: new Set() };
  server.on("connection", (socket: Socket) => {
    socket.setNoDelay(true);
    open.sockets.add(socket);
    socket.on("close", () => open.sockets.delete(socket));
  });
  server.on("session", (session) => {
    open.sessions.add(session);
    session.on("close", () => open.sessions.delete(session));
  });
  return open;
}

const CLOSE_GRACE_MS = 500;

/** Lets answers under way finish, but not for long: idle keep-alive connections would stay for ever. */
async function closeAll(server: Http2SecureServer, open: OpenConnections): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of open.sessions) session.close();
  const timer = setTimeout(() => {
    for (const socket of open.sockets) socket.destroy();
  }, CLOSE_GRACE_MS);
  for (const socket of open.sockets) socket.end();
  await closed;
  clearTimeout(timer);
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return problemError(
      "PortTaken",
      `port ${port} on ${host} is in use`,
      {
        hint: "stop the other process, or choose another --port (0 takes a free one)",
      },
      error,
    );
  }
  if (error.code === "EACCES") {
    return problemError(
      "PortTaken",
      `port ${port} on ${host} may not be opened`,
      {
        hint: "ports below 1024 need privileges; choose another --port",
      },
      error,
    );
  }
  return error;
}
