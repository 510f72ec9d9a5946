import { Agent, request } from "undici";
import { pem } from "../http/pem.ts";
import { KUBE_LIMITS } from "../limits.ts";
import type { FetchJson } from "./types.ts";

/** The real fetch, for OIDC issuers; a body beyond the limit or that is no JSON is undefined. */
export const fetchJson: FetchJson = async (url, { form, caData }) => {
  const ca = pem(caData);
  const agent = new Agent({ connect: { ...(ca && { ca }), timeout: KUBE_LIMITS.connectTimeoutMs } });
  try {
    const answer = await request(url, {
      dispatcher: agent,
      headersTimeout: KUBE_LIMITS.answerTimeoutMs,
      ...(form && {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
        body: new URLSearchParams(form).toString(),
      }),
    });
    return { status: answer.statusCode, body: await readJson(answer.body) };
  } finally {
    await agent.destroy();
  }
};

async function readJson(body: AsyncIterable<Buffer>): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > KUBE_LIMITS.oidcAnswerBytesMax) return undefined;
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
