import assert from "node:assert/strict";
import { connect, type ClientHttp2Session } from "node:http2";
import { test } from "node:test";
import { startForTest } from "./support.ts";

const CMS = "/api/v1/namespaces/default/configmaps";
const SESSIONS = 4;
const WATCHES_EACH = 500;
const BYTES_EACH_MAX = 40 * 1024;

test("thousands of idle watches cost little, and each sees the next change", async (context) => {
  const { server, ask } = await startForTest(context, { controllers: false });
  const { bearerToken } = server.adminConfig();
  const before = process.memoryUsage();
  let seen = 0;
  const open = (session: ClientHttp2Session): Promise<void> => {
    const stream = session.request({
      ":path": `${CMS}?watch=1&resourceVersion=0`,
      authorization: `Bearer ${bearerToken}`,
    });
    stream.on("data", (chunk: Buffer) => {
      if (chunk.includes('"idle"')) seen++;
    });
    stream.on("error", () => {});
    return new Promise((resolve) => stream.once("response", () => resolve()));
  };
  const sessions = Array.from({ length: SESSIONS }, () => connect(server.url, { rejectUnauthorized: false }));
  context.after(() => sessions.forEach((session) => session.destroy()));
  for (const session of sessions) {
    session.on("error", () => {});
    await Promise.all(Array.from({ length: WATCHES_EACH }, () => open(session)));
  }
  const after = process.memoryUsage();
  // Both ends are in this process, so this is more than the server's share.
  const bytesEach = (after.heapUsed + after.external - before.heapUsed - before.external) / (SESSIONS * WATCHES_EACH);
  assert(bytesEach < BYTES_EACH_MAX, `${Math.round(bytesEach)} bytes a watch`);
  await ask(`POST ${CMS}`, { metadata: { name: "idle" } });
  for (let tries = 0; seen < SESSIONS * WATCHES_EACH && tries < 500; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(seen, SESSIONS * WATCHES_EACH);
});
