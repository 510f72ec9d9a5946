import { Agent, request } from "node:https";
import type { KubeApiServer } from "../kube-apiserver.ts";

export interface Answer {
  readonly status: number;
  // The body is the judge's: whatever it is, it is compared as JSON.
  readonly body: Record<string, unknown>;
  readonly warnings: readonly string[];
}

/** A bare HTTP client for the judge, so that no code of ours stands between the server and the comparison. */
export class JudgeClient {
  readonly #server: KubeApiServer;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });

  constructor(server: KubeApiServer) {
    this.#server = server;
  }

  send(method: string, path: string, body?: unknown, type = "application/json"): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request(
        this.#server.url + path,
        {
          method,
          agent: this.#agent,
          headers: { authorization: `Bearer ${this.#server.token}`, "content-type": type, accept: "application/json" },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (text += chunk));
          response.on("end", () => {
            const warnings = response.headers["warning"];
            resolve({
              status: response.statusCode ?? 0,
              body: parse(text),
              warnings: warnings === undefined ? [] : [warnings].flat(),
            });
          });
        },
      );
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { message: text };
  }
}
