import { randomBytes } from "node:crypto";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { answerOf, parsed } from "./answers.ts";
import type { TargetAnswer } from "./types.ts";

const CLOSE = 8;
const BINARY = 2;

/**
 * What a server says over a websocket within a time, or why it makes none. Handshake and frames are read here, by hand, so that a case
 * can get every part of them wrong: a header with an empty value is left out.
 */
export function webSocketAnswer(asked: RequestOptions, ms: number): Promise<TargetAnswer> {
  const handshake = {
    connection: "Upgrade",
    upgrade: "websocket",
    origin: "https://127.0.0.1",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
    ...(asked.headers as Record<string, string>),
  };
  const headers = Object.fromEntries(Object.entries(handshake).filter(([, value]) => value !== ""));
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ ...asked, agent: false, headers });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", () => {});
      // An answer without a length ends with its connection, however that ends.
      response.on("close", () => resolve(answerOf(response, Buffer.concat(chunks).toString("utf8"))));
    });
    sent.on("upgrade", (response, socket, head) => {
      const chunks: Buffer[] = [head];
      const timer = setTimeout(() => socket.destroy(), ms);
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("error", () => {});
      socket.on("close", () => {
        clearTimeout(timer);
        const protocol = response.headers["sec-websocket-protocol"] ?? "";
        resolve({
          code: 101,
          type: "",
          warnings: [],
          body: { protocol, frames: [...framesIn(Buffer.concat(chunks))] },
        });
      });
    });
    sent.end();
  });
}

/** Frames of a server (RFC 6455 §5.2): whole and unmasked ones, which is all that one may send that has no fragments. */
function* framesIn(bytes: Buffer): Generator<unknown> {
  for (let at = 0; at + 2 <= bytes.length;) {
    const opcode = (bytes[at] as number) & 0x0f;
    const short = bytes[at + 1] as number;
    const [start, length] =
      short === 126
        ? [at + 4, bytes.readUInt16BE(at + 2)]
        : short === 127
          ? [at + 10, Number(bytes.readBigUInt64BE(at + 2))]
          : [at + 2, short];
    const payload = bytes.subarray(start, start + length);
    if (opcode === CLOSE) yield { close: payload.readUInt16BE(0) };
    else if (opcode === BINARY) yield { binary: payload.toString("base64") };
    else yield { line: payload.at(-1) === 0x0a, text: parsed(payload.toString("utf8")) };
    at = start + length;
  }
}
