import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  createSecureServer,
  constants,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";

/** What happens to the next answer, also to the one that begins a watch. */
export const ANSWER_FAULTS = [
  "cut",
  "reset",
  "goaway",
  "unauthorized",
  "throttled",
  "error",
  "unavailable",
  "slow",
  "slowBody",
  "cutBody",
  "page",
  "garbage",
  "binary",
  "empty",
] as const;
export type AnswerFault = (typeof ANSWER_FAULTS)[number];

/** What happens to the next line of a watch. */
export const LINE_FAULTS = [
  "cut",
  "reset",
  "goaway",
  "half",
  "late",
  "slow",
  "end",
  "expire",
  "throttle",
  "fail",
  "garbage",
  "page",
  "again",
  "back",
] as const;
export type LineFault = (typeof LINE_FAULTS)[number];

export interface Upstream {
  readonly url: string;
  readonly token: string;
}

interface Options {
  /** Whether streaming lists are refused, as by an older server. */
  readonly listsOnly: boolean;
}

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = Http2ServerResponse;
type Cut = (incoming: Incoming) => void;

/**
 * Stands between the client and a real API server and spoils what comes back: answers by faults queued for answers, lines of
 * watches by faults queued for lines. Queues that are empty spoil nothing. Speaks HTTP/2 to whoever asks for it, which our client
 * does for watches, and HTTP/1.1.
 */
export class FaultProxy {
  readonly answerFaults: AnswerFault[] = [];
  readonly lineFaults: LineFault[] = [];
  /** What the client must send; another one is what a credential program would hand out after this one expired. */
  token = "first";
  readonly #upstream: Upstream;
  readonly #options: Options;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64, rejectUnauthorized: false });
  readonly #server: Http2SecureServer;
  readonly #sockets = new Map<number, TLSSocket>();
  readonly #watches = new Set<() => void>();

  constructor(upstream: Upstream, options: Options) {
    this.#upstream = upstream;
    this.#options = options;
    this.#server = createSecureServer({ allowHTTP1: true, cert: pem("server.pem"), key: pem("server.key") });
    this.#server.on("request", (incoming, outgoing) => void this.#handle(incoming, outgoing));
    this.#server.on("sessionError", () => undefined);
    this.#server.on("secureConnection", (socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(port));
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every connection at once, in whatever state. */
  cutAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  /**
   * The connection below a request. HTTP/2 sessions are never destroyed themselves: Node 26.10 then writes their farewell to a
   * connection that may be gone, and the process ends by a segmentation fault (in Http2Session::OnStreamAfterWrite).
   */
  readonly #cut = (incoming: Incoming): void => {
    if (!("stream" in incoming)) return void incoming.socket.destroy();
    this.#sockets.get(incoming.stream.session?.socket?.remotePort ?? 0)?.destroy();
  };

  /** Every watch in good order, as at the end of its time. */
  endWatches(): void {
    for (const end of this.#watches) end();
  }

  async stop(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#agent.destroy();
  }

  async #handle(incoming: Incoming, outgoing: Outgoing): Promise<void> {
    outgoing.on("error", () => undefined);
    incoming.on("error", () => undefined);
    if (incoming.headers.authorization !== `Bearer ${this.token}`) return refuse(outgoing, 401, "Unauthorized");
    const fault = this.answerFaults.shift();
    if (fault !== undefined && answerInstead(fault, incoming, outgoing, this.#cut)) return;
    if (fault === "slow") await pause(30);
    const isStreamingList = incoming.url?.includes("sendInitialEvents") === true;
    if (isStreamingList && this.#options.listsOnly) return refuse(outgoing, 422, "Invalid");
    this.#pass(incoming, outgoing, fault);
  }

  #pass(incoming: Incoming, outgoing: Outgoing, fault: AnswerFault | undefined): void {
    const isWatch = incoming.url?.includes("watch=1") === true;
    const headers = {
      accept: incoming.headers.accept ?? "application/json",
      "content-type": incoming.headers["content-type"] ?? "application/json",
      authorization: `Bearer ${this.#upstream.token}`,
    };
    const options = { method: incoming.method ?? "GET", agent: this.#agent, headers };
    const passed = request(this.#upstream.url + (incoming.url ?? "/"), options, (answer) => {
      if (outgoing.destroyed) return void answer.destroy();
      outgoing.writeHead(answer.statusCode ?? 502, { "content-type": answer.headers["content-type"] ?? "" });
      if (isWatch && answer.statusCode === 200) this.#passWatch(answer, incoming, outgoing);
      else if (fault === "cutBody" || fault === "slowBody")
        void passSpoiled(answer, outgoing, fault, () => this.#cut(incoming));
      else answer.pipe(outgoing);
    });
    passed.on("error", () => this.#cut(incoming));
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  }

  #passWatch(answer: IncomingMessage, incoming: Incoming, outgoing: Outgoing): void {
    const lines = new SpoiledLines(incoming, outgoing, this.lineFaults, this.#cut, () => answer.destroy());
    const end = (): void => lines.end();
    this.#watches.add(end);
    outgoing.on("close", () => this.#watches.delete(end));
    // Both kinds of answers have it; the types of HTTP/2 forgot.
    (outgoing as unknown as ServerResponse).flushHeaders();
    let rest = "";
    answer.setEncoding("utf8");
    answer.on("error", () => this.#cut(incoming));
    answer.on("end", () => lines.end());
    answer.on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) lines.pass(line);
    });
  }
}

/** The lines of one watch, each with the next fault that is queued. */
class SpoiledLines {
  readonly #incoming: Incoming;
  readonly #outgoing: Outgoing;
  readonly #faults: LineFault[];
  readonly #cut: Cut;
  readonly #onOver: () => void;
  #held = "";
  #last = "";
  #isOver = false;

  constructor(incoming: Incoming, outgoing: Outgoing, faults: LineFault[], cut: Cut, onOver: () => void) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#faults = faults;
    this.#cut = cut;
    this.#onOver = onOver;
  }

  end(): void {
    this.#over(() => this.#outgoing.end(this.#held));
  }

  pass(line: string): void {
    if (this.#isOver) return;
    const fault = this.#faults.shift();
    const before = this.#held;
    this.#held = "";
    if (fault !== undefined && this.#breakOff(fault, line)) return;
    const isBookmark = line.startsWith('{"type":"BOOKMARK"') && !line.includes("initial-events-end");
    if (fault === "late" && isBookmark) this.#held = `${line}\n`;
    else if (fault === "slow") for (const part of `${line}\n`.match(/[^]{1,97}/g) ?? []) this.#outgoing.write(part);
    else this.#outgoing.write(`${line}\n`);
    if (fault === "again" && this.#last !== "") this.#outgoing.write(`${this.#last}\n`);
    if (fault === "back") this.#outgoing.write(`${BACK}\n`);
    if (before !== "") this.#outgoing.write(before);
    if (!isBookmark && !line.includes("initial-events-end")) this.#last = line;
  }

  #breakOff(fault: LineFault, line: string): boolean {
    const { length } = line;
    const last = (text: string): void => this.#over(() => this.#outgoing.end(text));
    if (fault === "cut" || fault === "reset" || fault === "goaway")
      this.#over(() => breakConnection(fault, this.#incoming, this.#cut));
    else if (fault === "half")
      this.#over(() => this.#outgoing.write(line.slice(0, length / 2), () => this.#cut(this.#incoming)));
    else if (fault === "end") last("");
    else if (fault === "expire") last(`${errorEvent(410, "Expired")}\n`);
    else if (fault === "throttle") last(`${errorEvent(429, "TooManyRequests")}\n`);
    else if (fault === "fail") last(`${errorEvent(500, "InternalError")}\n`);
    else if (fault === "garbage") last(`${line.slice(1)}\n`);
    else if (fault === "page") last(PAGE);
    else return false;
    return true;
  }

  #over(how: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver();
    how();
  }
}

/** True when the fault was the whole answer. */
function answerInstead(fault: AnswerFault, incoming: Incoming, outgoing: Outgoing, cut: Cut): boolean {
  const say = (status: number, type: string, body: string | Buffer): true => {
    outgoing.writeHead(status, { "content-type": type });
    outgoing.end(body);
    return true;
  };
  switch (fault) {
    case "cut":
    case "reset":
    case "goaway":
      breakConnection(fault, incoming, cut);
      return true;
    case "unauthorized":
      refuse(outgoing, 401, "Unauthorized");
      return true;
    case "throttled":
      refuse(outgoing, 429, "TooManyRequests", { "retry-after": "0" });
      return true;
    case "error":
      refuse(outgoing, 500, "InternalError");
      return true;
    case "unavailable":
      return say(503, "text/html", PAGE);
    case "page":
      return say(200, "text/html", PAGE);
    case "garbage":
      return say(
        200,
        "application/json",
        '{"kind":"ConfigMapList","apiVersion":"v1","items":[{"metadata":{"name":"a"},',
      );
    case "binary":
      return say(200, "application/vnd.kubernetes.protobuf", Buffer.from([0x6b, 0x38, 0x73, 0, 10, 255, 254, 253]));
    case "empty":
      return say(200, "application/json", "");
    default:
      return false;
  }
}

async function passSpoiled(
  answer: IncomingMessage,
  outgoing: Outgoing,
  fault: "cutBody" | "slowBody",
  cut: () => void,
): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  if (fault === "cutBody") return void outgoing.write(body.subarray(0, body.length / 2), cut);
  for (let from = 0; from < body.length; from += body.length / 8 + 1) {
    outgoing.write(body.subarray(from, from + body.length / 8 + 1));
    await pause(5);
  }
  outgoing.end();
}

/** A stream alone is reset, or the whole connection told to go away, where the connection is HTTP/2. */
function breakConnection(how: "cut" | "reset" | "goaway", incoming: Incoming, cut: Cut): void {
  if (how === "cut" || !("stream" in incoming)) return cut(incoming);
  const { session } = incoming.stream;
  if (how === "reset") incoming.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  if (how === "goaway") incoming.stream.close(constants.NGHTTP2_CANCEL);
}

function pem(name: string): string {
  return readFileSync(new URL(`../../../packages/kube/test/fixtures/${name}`, import.meta.url), "utf8");
}

const PAGE = "<html>\n<body>502 Bad Gateway</body>\n</html>\n";
/** Older than anything a watch may be told. */
const BACK = '{"type":"BOOKMARK","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"1"}}}';

function errorEvent(code: number, reason: string): string {
  return JSON.stringify({ type: "ERROR", object: statusOf(code, reason) });
}

function statusOf(code: number, reason: string): Record<string, unknown> {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code, reason, message: reason };
}

function refuse(outgoing: Outgoing, code: number, reason: string, headers: Record<string, string> = {}): void {
  outgoing.writeHead(code, { "content-type": "application/json", ...headers });
  outgoing.end(JSON.stringify(statusOf(code, reason)));
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
