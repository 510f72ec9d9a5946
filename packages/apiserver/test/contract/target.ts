import { request as httpsRequest, Agent, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import { answerOf, parsed } from "./answers.ts";
import { webSocketAnswer } from "./web-socket.ts";
import type { Target, TargetAnswer } from "./types.ts";

/** A server reached by HTTPS with a bearer token. Its certificate is checked only where the authority is given. */
export function httpsTarget(options: {
  name: string;
  url: string;
  token: string;
  ca?: string;
}): Target & { close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port } = new URL(options.url);
  const base: RequestOptions = {
    hostname,
    port,
    agent,
    ...(options.ca === undefined ? { rejectUnauthorized: false } : { ca: options.ca }),
  };
  const open = (method: string, path: string, headers: Readonly<Record<string, string>>, body?: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const all = {
        authorization: `Bearer ${options.token}`,
        // Node sends no length with DELETE by itself, and a body without one is not seen.
        ...(body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) }),
        ...headers,
      };
      const sent = httpsRequest({ ...base, method, path, headers: all }, resolve);
      sent.on("error", reject);
      sent.end(body);
    });
  return {
    name: options.name,
    async send({ method, path, headers, body }) {
      const response = await open(method, path, headers, body);
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return answerOf(response, Buffer.concat(chunks).toString("utf8"));
    },
    async watch(path, headers, ms) {
      const response = await open("GET", path, headers);
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        response.on("end", () => {
          clearTimeout(timer);
          resolve();
        });
      });
      response.destroy();
      return watchAnswer(response, Buffer.concat(chunks).toString("utf8"));
    },
    webSocket: (path, headers, ms) =>
      webSocketAnswer(
        { ...base, method: "GET", path, headers: { authorization: `Bearer ${options.token}`, ...headers } },
        ms,
      ),
    close: () => agent.destroy(),
  };
}

function watchAnswer(response: IncomingMessage, text: string): TargetAnswer {
  const answer = answerOf(response, "null");
  if (response.statusCode !== 200) return { ...answer, body: parsed(text) };
  const lines = text.split("\n").filter((line) => line !== "");
  return { ...answer, body: lines.map(parsed) };
}
