import type { LocalConnection } from "@fairlead/apiserver";
import { parsed, warningsIn } from "./answers.ts";
import type { Target, TargetAnswer } from "./types.ts";

/** A server in this process, reached without a network, with a bearer token. */
export function localTarget(connection: LocalConnection, token: string): Target {
  const ask = (
    call: { method: string; path: string; headers: Readonly<Record<string, string>>; body?: string },
    untilMs?: number,
  ): Promise<{ answer: TargetAnswer; text: string }> =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let head: { status: number; headers: Readonly<Record<string, string | string[]>> } = { status: 0, headers: {} };
      const finish = (): void => {
        clearTimeout(timer);
        const type = String(head.headers["content-type"] ?? "");
        const warnings = warningsIn([head.headers["warning"] ?? []].flat().join(", "));
        const text = Buffer.concat(chunks).toString("utf8");
        const body = type.includes("json") ? parsed(text) : text;
        resolve({ answer: { code: head.status, type, warnings, body }, text });
      };
      const running = connection.send(
        { ...call, headers: { authorization: `Bearer ${token}`, ...call.headers } },
        {
          onHead: (status, headers) => (head = { status, headers }),
          onData: (chunk) => void chunks.push(chunk),
          onEnd: finish,
          onError: (error) => (untilMs === undefined ? reject(error) : finish()),
        },
      );
      const timer = untilMs === undefined ? undefined : setTimeout(() => running.abort(), untilMs);
    });
  return {
    name: "embedded, in process",
    send: async (request) => (await ask(request)).answer,
    async watch(path, headers, ms) {
      const { answer, text } = await ask({ method: "GET", path, headers }, ms);
      if (answer.code !== 200) return answer;
      return {
        ...answer,
        body: text
          .split("\n")
          .filter((line) => line !== "")
          .map(parsed),
      };
    },
  };
}
