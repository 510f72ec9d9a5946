import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** What happens to the next answer that is not part of a watch. */
export type AnswerFault = "cut" | "unauthorized" | "throttled" | "error" | "slow";
/** What happens to the next line of a watch. */
export type LineFault = "cut" | "half" | "late" | "slow" | "expire";

export interface Upstream {
  readonly url: string;
  readonly token: string;
}

/**
 * Stands between the client and a real API server and spoils what comes back: answers by faults queued for answers, lines of
 * watches by faults queued for lines. Queues that are empty spoil nothing.
 */
export class FaultProxy {
  readonly answerFaults: AnswerFault[] = [];
  readonly lineFaults: LineFault[] = [];
  /** What the client must send; another one is what a credential program would hand out after this one expired. */
  token = "first";
  readonly #upstream: Upstream;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false });
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<() => void>();

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
    this.#server = createServer((incoming, outgoing) => void this.#handle(incoming, outgoing));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every connection at once, in whatever state. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Every watch in good order, as at the end of its time. */
  endWatches(): void {
    for (const end of this.#watches) end();
  }

  async stop(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#agent.destroy();
  }

  async #handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (incoming.headers.authorization !== `Bearer ${this.token}`) return refuse(outgoing, 401, "Unauthorized");
    const isWatch = incoming.url?.includes("watch=1") === true;
    const fault = this.answerFaults.shift();
    if (fault === "cut") return void incoming.socket.destroy();
    if (fault === "unauthorized") return refuse(outgoing, 401, "Unauthorized");
    if (fault === "throttled") return refuse(outgoing, 429, "TooManyRequests", { "retry-after": "0" });
    if (fault === "error") return refuse(outgoing, 500, "InternalError");
    if (fault === "slow") await new Promise((resolve) => setTimeout(resolve, 30));
    const passed = request(
      this.#upstream.url + (incoming.url ?? "/"),
      {
        method: incoming.method,
        agent: this.#agent,
        headers: {
          accept: incoming.headers.accept ?? "application/json",
          "content-type": incoming.headers["content-type"] ?? "application/json",
          authorization: `Bearer ${this.#upstream.token}`,
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, { "content-type": answer.headers["content-type"] ?? "" });
        outgoing.flushHeaders();
        if (isWatch && answer.statusCode === 200) this.#passWatch(answer, outgoing);
        else answer.pipe(outgoing);
      },
    );
    passed.on("error", () => incoming.socket.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  }

  #passWatch(answer: IncomingMessage, outgoing: ServerResponse): void {
    let rest = "";
    let held = "";
    let isOver = false;
    const over = (how: () => void): void => {
      isOver = true;
      answer.destroy();
      how();
    };
    const end = (): void => over(() => outgoing.end(held));
    this.#watches.add(end);
    outgoing.on("close", () => this.#watches.delete(end));
    answer.setEncoding("utf8");
    answer.on("error", () => outgoing.socket?.destroy());
    answer.on("end", () => outgoing.end());
    answer.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (isOver) return;
        const isBookmark = line.startsWith('{"type":"BOOKMARK"') && !line.includes("initial-events-end");
        const fault = this.lineFaults.shift();
        const before = held;
        held = "";
        if (fault === "cut") over(() => outgoing.socket?.destroy());
        else if (fault === "half") {
          over(() => outgoing.write(line.slice(0, line.length / 2), () => outgoing.socket?.destroy()));
        } else if (fault === "expire") over(() => outgoing.end(`${EXPIRED}\n`));
        else if (fault === "late" && isBookmark) held = `${line}\n`;
        else if (fault === "slow") for (const part of parts(`${line}\n`)) outgoing.write(part);
        else outgoing.write(`${line}\n`);
        if (!isOver && before !== "") outgoing.write(before);
      }
    });
  }
}

const EXPIRED = JSON.stringify({ type: "ERROR", object: statusOf(410, "Expired") });

function statusOf(code: number, reason: string): Record<string, unknown> {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message: reason };
}

function refuse(outgoing: ServerResponse, code: number, reason: string, headers: Record<string, string> = {}): void {
  outgoing.writeHead(code, { "content-type": "application/json", ...headers });
  outgoing.end(JSON.stringify(statusOf(code, reason)));
}

function parts(text: string): string[] {
  return text.match(/[\s\S]{1,97}/g) ?? [];
}
