import { Agent, request as httpsRequest } from "node:https";
import { dialFault } from "./dial-faults.ts";

/** A call of this server to another one: a webhook's, say. */
export interface ServerCall {
  /** As it is shown in faults: the URL that was configured, or the service's own. */
  readonly url: URL;
  /** Where it really goes, when that is not the URL's host. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly servername?: string | undefined;
  /** PEM; undefined: the authorities that the machine trusts. */
  readonly ca?: string | Buffer | undefined;
  readonly body: string;
  readonly timeoutMs: number;
}

/** What is larger than this is no answer to a question about one object. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const AGENTS_MAX = 64;

class StaleConnection extends Error {}

/** Keeps connections to servers that are asked again and again. */
export class ServerCaller {
  readonly #agents = new Map<string, Agent>();

  /** The body of an answer that is none of failure. @throws Error in the words of Go's client */
  async post(call: ServerCall): Promise<string> {
    try {
      return await this.#send(call);
    } catch (error) {
      // A connection that was kept and has ended meanwhile says nothing about the server.
      if (!(error instanceof StaleConnection)) throw error;
      return this.#send(call);
    }
  }

  #send(call: ServerCall): Promise<string> {
    const { url, body, timeoutMs } = call;
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(why));
      const shown = `Post ${JSON.stringify(url.href)}`;
      const sent = httpsRequest(
        {
          agent: this.#agentFor(call),
          method: "POST",
          host: call.host ?? url.hostname,
          port: call.port ?? (url.port === "" ? 443 : Number(url.port)),
          path: `${url.pathname}${url.search}`,
          servername: call.servername ?? "",
          headers: {
            host: url.host,
            accept: "application/json, */*",
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
            "user-agent": "kube-apiserver-admission",
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response.on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > ANSWER_BYTES_MAX) sent.destroy(new Error("response body is too large"));
            else chunks.push(chunk);
          });
          response.on("error", (error) => fail(`${shown}: ${error.message}`));
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString("utf8");
            const code = response.statusCode ?? 500;
            if (code >= 200 && code < 300) resolve(text);
            else fail(refusalIn(code, text, response.headers["content-type"] ?? ""));
          });
        },
      );
      const deadline = setTimeout(() => sent.destroy(new Error("context deadline exceeded")), timeoutMs);
      sent.on("error", (error: NodeJS.ErrnoException) => {
        if (sent.reusedSocket && error.code === "ECONNRESET") reject(new StaleConnection());
        else fail(`${shown}: ${dialFault(error, url.host)}`);
      });
      sent.on("close", () => clearTimeout(deadline));
      sent.end(body);
    });
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #forgetIdle(): void {
    for (const [key, agent] of this.#agents) {
      if (Object.keys(agent.sockets).length > 0) continue;
      agent.destroy();
      this.#agents.delete(key);
    }
  }

  #agentFor({ url, host, port, servername, ca }: ServerCall): Agent {
    const key = [url.host, host, port, servername, ca].join("\n");
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      if (this.#agents.size >= AGENTS_MAX) this.#forgetIdle();
      agent = new Agent({ keepAlive: true, maxSockets: 32, ...(ca === undefined ? {} : { ca }) });
      this.#agents.set(key, agent);
    }
    return agent;
  }
}

/** What Go's client makes of an answer that is no success (apimachinery api/errors NewGenericServerResponse). */
const WORDS: Readonly<Record<number, string>> = {
  400: "the server rejected our request for an unknown reason",
  401: "the server has asked for the client to provide credentials",
  404: "the server could not find the requested resource",
  405: "the server does not allow this method on the requested resource",
  406: "the server was unable to respond with a content type that the client supports",
  409: "the server reported a conflict",
  410: "the server no longer has the requested resource",
  413: "Request entity too large",
  415: "the server responded with the status code 415 but did not return more information",
  422: "the server rejected our request due to an error in our request",
  429: "the server has received too many requests and has asked us to try again later",
  503: "the server is currently unable to handle the request",
  504: "the server was unable to return a response in the time allotted, but may still be processing the request",
};
const QUOTED_MAX = 2048;

function refusalIn(code: number, text: string, type: string): string {
  const message = statusMessage(text);
  if (message !== undefined) return message;
  const body = type.startsWith("text/") ? text.trim().slice(0, QUOTED_MAX) : "";
  if (code === 403) return body === "" ? "unknown" : body;
  const known = WORDS[code];
  if (known !== undefined) return known;
  if (code < 500) return `the server responded with the status code ${code} but did not return more information`;
  return `an error on the server (${JSON.stringify(body === "" ? "unknown" : body)}) has prevented the request from succeeding`;
}

function statusMessage(text: string): string | undefined {
  try {
    const value = JSON.parse(text) as { kind?: unknown; message?: unknown };
    return value.kind === "Status" && typeof value.message === "string" ? value.message : undefined;
  } catch {
    return undefined;
  }
}
