import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import { Readable, Writable } from "node:stream";

/** What a request looks like before it is one; the shape of @fairlead/kube's TransportRequest. */
export interface LocalCall {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array | undefined;
}

/** Hears the answer as it comes: the head once, then bytes, then one of the two ends. */
export interface LocalReceiver {
  onHead(status: number, headers: Readonly<Record<string, string | string[]>>): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(error: Error): void;
}

/** The bytes of a call as handlers read them from a socket, without one. */
export class LocalRequest extends Readable {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: string[];
  readonly httpVersionMajor = 1;
  readonly socket: Socket;
  #body: Buffer | null;

  constructor({ method, path, headers, body }: LocalCall, host: string, peer: object) {
    super();
    this.method = method;
    this.url = path;
    this.socket = peer as Socket;
    this.#body = body === undefined || body.length === 0 ? null : Buffer.from(body as string);
    const length = this.#body === null ? {} : { "content-length": String(this.#body.length) };
    const sent: [string, string | readonly string[]][] = Object.entries({ host, ...length, ...headers });
    // As Node gives them: names in small letters, several values of one name joined, and each of them in the raw list.
    this.headers = Object.fromEntries(
      sent.map(([name, value]) => [name.toLowerCase(), typeof value === "string" ? value : value.join(", ")]),
    );
    this.rawHeaders = sent.flatMap(([name, value]) =>
      typeof value === "string" ? [name, value] : value.flatMap((each) => [name, each]),
    );
  }

  override _read(): void {
    const body = this.#body;
    this.#body = null;
    if (body !== null) this.push(body);
    this.push(null);
  }
}

/** What handlers write, given to a receiver. A receiver that pauses holds the writer back as a full socket does. */
export class LocalResponse extends Writable {
  statusCode = 200;
  headersSent = false;
  readonly #receiver: LocalReceiver;
  readonly #hasBody: boolean;
  readonly #headers: Record<string, string | string[]> = {};
  #isPaused = false;
  #held: (() => void) | undefined;

  constructor(receiver: LocalReceiver, method: string) {
    super({ decodeStrings: false });
    this.#receiver = receiver;
    this.#hasBody = method !== "HEAD";
    this.on("close", () => {
      if (this.writableFinished) receiver.onEnd();
      else receiver.onError(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    });
  }

  setHeader(name: string, value: string): void {
    this.#headers[name.toLowerCase()] = value;
  }

  writeHead(code: number, headers: Record<string, string | string[]> = {}): void {
    for (const [name, value] of Object.entries(headers)) this.#headers[name.toLowerCase()] = value;
    this.statusCode = code;
    this.flushHeaders();
  }

  flushHeaders(): void {
    if (this.headersSent) return;
    this.headersSent = true;
    this.#receiver.onHead(this.statusCode, this.#headers);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    const go = this.#held;
    this.#held = undefined;
    go?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.flushHeaders();
    if (this.#hasBody) this.#receiver.onData(chunk);
    if (this.#isPaused) this.#held = done;
    else done();
  }

  override _final(done: () => void): void {
    this.flushHeaders();
    done();
  }
}
