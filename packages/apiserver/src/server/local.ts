import { X509Certificate, createPrivateKey } from "node:crypto";
import type { HttpRequest, HttpResponse } from "../http/exchange.ts";
import { LocalRequest, LocalResponse, type LocalCall, type LocalReceiver } from "./local-exchange.ts";

/** What is looked at of @fairlead/kube's ClusterConfig to tell whether it means this server and no way there but the straight one. */
export interface ClientAccess {
  readonly server: string;
  readonly caData?: string | undefined;
  readonly certData?: string | undefined;
  readonly keyData?: string | undefined;
  readonly serverName?: string | undefined;
  readonly proxyUrl?: string | undefined;
}

/** A client of this process on its way to the server, without a socket; the shape of @fairlead/kube's LocalConnection. */
export interface LocalConnection {
  /** Sends a call; the receiver is never told anything before this returns. */
  send(call: LocalCall, receiver: LocalReceiver): LocalAnswer;
}

/** Holds back, lets on or breaks off the answer to one call. */
export interface LocalAnswer {
  pause(): void;
  resume(): void;
  abort(): void;
}

export interface LocalListener {
  /** Who presents the certificate of `access` (nobody where it has none); undefined where TLS would not come about with it. */
  connect(access: Pick<ClientAccess, "certData" | "keyData">): LocalConnection | undefined;
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 500;
const LOOPBACK = "127.0.0.1";
/** id-kp-clientAuth, RFC 5280 §4.2.1.12. */
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/**
 * Requests of clients in this process meet the same handlers as those from the network: what is saved is TLS, HTTP and the sockets,
 * half of what a small write costs (docs/decisions/0037-in-process-transport.md). Certificates are judged as TLS judges them.
 */
export function listenLocally(
  authority: string,
  host: string,
  handle: (request: HttpRequest, response: HttpResponse) => void,
  now: () => number,
): LocalListener {
  const ca = new X509Certificate(authority);
  const open = new Set<LocalResponse>();
  let waiting: (() => void)[] = [];
  let isClosed = false;

  // In a turn of its own: a chain of reads would otherwise never let sockets and timers have their turn.
  function later(work: () => void): void {
    waiting.push(work);
    if (waiting.length > 1) return;
    setImmediate(() => {
      const works = waiting;
      waiting = [];
      for (const each of works) each();
    });
  }

  function send(call: LocalCall, receiver: LocalReceiver, peer: object): LocalAnswer {
    const response = new LocalResponse(receiver, call.method);
    open.add(response);
    response.on("close", () => open.delete(response));
    later(() => {
      if (response.destroyed) return;
      if (isClosed) response.destroy();
      else handle(new LocalRequest(call, host, peer), response);
    });
    return {
      pause: () => response.pause(),
      resume: () => response.resume(),
      abort: () => void response.destroy(),
    };
  }

  return {
    connect({ certData, keyData }) {
      const peer = certData === undefined ? { remoteAddress: LOOPBACK } : peerOf(certData, keyData, ca, now());
      return peer && { send: (call, receiver) => send(call, receiver, peer) };
    },
    async close() {
      isClosed = true;
      const deadline = performance.now() + CLOSE_GRACE_MS;
      while (open.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const response of open) response.destroy();
    },
  };
}

/** What a TLS socket would say of whoever presents this certificate; undefined where key and certificate do not belong together. */
function peerOf(certData: string, keyData: string | undefined, ca: X509Certificate, nowMs: number): object | undefined {
  try {
    const certificate = new X509Certificate(Buffer.from(certData, "base64"));
    const key = createPrivateKey(Buffer.from(keyData ?? "", "base64"));
    if (!certificate.checkPrivateKey(key)) return undefined;
    const isOurs = certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
    const isTimely = nowMs >= certificate.validFromDate.getTime() && nowMs <= certificate.validToDate.getTime();
    const isForClients = (certificate.keyUsage as string[] | undefined)?.includes(CLIENT_AUTH) ?? true;
    const legacy = certificate.toLegacyObject();
    return {
      remoteAddress: LOOPBACK,
      authorized: isOurs && isTimely && isForClients,
      getPeerCertificate: () => legacy,
    };
  } catch {
    return undefined;
  }
}
