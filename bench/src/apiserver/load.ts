import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { connect, type TLSSocket } from "node:tls";
import { cpuSeconds } from "../support/process.ts";

/** A server under load: where it is and how one gets in. */
export interface Loaded {
  readonly host: string;
  readonly port: number;
  readonly token: string;
  /** Its processes. */
  readonly pids: readonly number[];
}

/** How fast requests were answered, and what CPU time of all the server's processes one of them took. */
export interface Pace {
  readonly perSecond: number;
  readonly cpuMs: number;
}

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly type?: string;
  readonly body?: string;
}

/** What kube-apiserver allows is 250 by default (--http2-max-streams-per-connection). */
const STREAMS_A_SESSION = 100;
const HEADER_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/**
 * Sends requests over `connections` kept-alive connections, each waiting for its answer before the next, and returns requests a
 * second and their CPU time. The client is as thin as one can be, so that the figure is the server's: requests are prepared text, answers are only
 * counted. @throws Error for an answer that is no success
 */
export async function rate(server: Loaded, connections: number, requests: readonly LoadRequest[]): Promise<Pace> {
  const pool = await openPool(server, connections);
  const started = performance.now();
  const cpuBefore = cpuOf(server);
  await pool.send(requests);
  const cpuMs = ((cpuOf(server) - cpuBefore) * 1000) / requests.length;
  const seconds = (performance.now() - started) / 1000;
  pool.close();
  return { perSecond: requests.length / seconds, cpuMs };
}

export function cpuOf({ pids }: Pick<Loaded, "pids">): number {
  return pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

/** Connections that stay open between batches. */
export async function openPool(
  server: Loaded,
  connections: number,
): Promise<{ send(requests: readonly LoadRequest[]): Promise<void>; close(): void }> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(server)));
  return {
    async send(requests) {
      const queue = requests.map((request) => encode(server, request));
      let next = 0;
      await Promise.all(
        sockets.map(async (socket) => {
          for (let text = queue[next++]; text !== undefined; text = queue[next++]) await exchange(socket, text);
        }),
      );
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function open({ host, port }: Loaded): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] }, () =>
      resolve(socket),
    );
    socket.setNoDelay(true);
    socket.on("error", reject);
  });
}

function encode(server: Loaded, request: LoadRequest): string {
  const { method, path, type = "application/json", body = "" } = request;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${server.host}:${server.port}`,
    `Authorization: Bearer ${server.token}`,
    "User-Agent: bench/1",
    "Accept: application/json",
    ...(body === "" ? [] : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** Writes one request and waits for the whole answer, by its length or its last chunk. Returns its size. */
function exchange(socket: TLSSocket, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    // Only the head is kept: joining the chunks of a large answer over and over would measure this client.
    let head: Buffer = Buffer.alloc(0);
    let bytes = 0;
    let whole: number | undefined;
    let isHeadRead = false;
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (!isHeadRead) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        const end = head.indexOf(HEADER_END);
        if (end < 0) return;
        isHeadRead = true;
        const length = /content-length: (\d+)/i.exec(head.toString("latin1", 0, end))?.[1];
        whole = length === undefined ? undefined : end + HEADER_END.length + Number(length);
      }
      if (whole === undefined ? !chunk.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK) : bytes < whole) return;
      socket.off("data", onData);
      if (head.toString("latin1", 9, 10) === "2") resolve(bytes);
      else reject(new Error(head.toString("utf8").slice(0, 600)));
    };
    socket.on("data", onData);
    socket.write(text);
  });
}

/** Seconds that one request takes from its first byte out to its last byte in, with the bytes of its answer. */
export async function once(server: Loaded, request: LoadRequest): Promise<{ ms: number; bytes: number }> {
  const socket = await open(server);
  const started = performance.now();
  const bytes = await exchange(socket, encode(server, request));
  const ms = performance.now() - started;
  socket.destroy();
  return { ms, bytes };
}

/** Opens watches and reports, for every event that carries `sentAt`, how old it was when it came. */
export async function watchers(
  server: Loaded,
  path: string,
  count: number,
): Promise<{ readonly ages: number[]; readonly received: () => number; close(): void }> {
  const ages: number[] = [];
  let received = 0;
  const sockets = await Promise.all(Array.from({ length: count }, () => open(server)));
  for (const socket of sockets) {
    socket.on("data", (chunk: Buffer) => {
      const now = performance.timeOrigin + performance.now();
      for (const match of chunk.toString("latin1").matchAll(/"sentAt":"([\d.]+)"/g)) {
        received++;
        ages.push(now - Number(match[1]));
      }
    });
    socket.write(encode(server, { method: "GET", path }));
  }
  return {
    ages,
    received: () => received,
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** As Go clients watch: many streams on one HTTP/2 connection. Resolves when all are established. */
export async function idleWatches(
  { host, port, token }: Loaded,
  path: string,
  count: number,
): Promise<{ close(): void }> {
  const sessions = Array.from({ length: Math.ceil(count / STREAMS_A_SESSION) }, () =>
    connectHttp2(`https://${host}:${port}`, { rejectUnauthorized: false }),
  );
  const open = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const session = sessions[Math.floor(index / STREAMS_A_SESSION)] as ClientHttp2Session;
      const stream = session.request({ ":path": path, authorization: `Bearer ${token}` });
      stream.on("error", reject);
      stream.once("response", ({ ":status": status }) =>
        status === 200 ? resolve() : reject(new Error(`a watch was answered ${status}`)),
      );
      stream.resume();
    });
  await Promise.all(Array.from({ length: count }, (_, index) => open(index)));
  return {
    close() {
      for (const session of sessions) session.destroy();
    },
  };
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
