import { LIMITS } from "../limits.ts";
import type { HttpRequest } from "./exchange.ts";
import { requestTooLarge } from "./status.ts";

/**
 * The whole body, or 413 as soon as it is known to be too large. A body that is refused is still drained, so that the client reads
 * the answer instead of a broken connection.
 * @throws StatusError 413; Error when the client went away
 */
export async function readBody(request: HttpRequest): Promise<Buffer> {
  const body = await wholeBody(request);
  keepers.get(request)?.(body);
  return body;
}

/** Who wants to see the body of a request besides those who answer it. */
const keepers = new WeakMap<object, (body: Buffer) => void>();

export function onBody(request: HttpRequest, keep: (body: Buffer) => void): void {
  keepers.set(request, keep);
}

function wholeBody(request: HttpRequest): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= LIMITS.requestBytesMax) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("aborted", () => reject(new Error("the client went away")));
  });
}

function tooLarge(): Error {
  return requestTooLarge(`limit is ${LIMITS.requestBytesMax}`);
}
