import assert from "node:assert/strict";
import { connect } from "node:tls";
import { join } from "node:path";
import { test } from "node:test";
import { VirtualClock, type Clock } from "@fairlead/base";
import { LIMITS } from "../src/limits.ts";
import { startForTest, temporaryFolder } from "./support.ts";

const CMS = "/api/v1/namespaces/default/configmaps";
const MERGE = { "content-type": "application/merge-patch+json" };
const DAY_MS = 86_400_000;

test("a full database refuses writes in words, still answers reads, and goes on when there is room again", async (context) => {
  const clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
  const data = join(temporaryFolder(context), "data");
  const { ask } = await startForTest(context, { data, clock, controllers: false, databaseBytesMax: 4 * 1024 * 1024 });
  const made = await ask(`POST ${CMS}`, { metadata: { name: "a" }, data: { n: "0" } });
  assert.equal(made.code, 201);
  const write = (n: number) => ask(`PATCH ${CMS}/a`, { data: { n: String(n), text: "x".repeat(200_000) } }, MERGE);
  let refused: Awaited<ReturnType<typeof write>> | undefined;
  let written = 0;
  for (let n = 1; n < 60 && refused === undefined; n++) {
    const answer = await write(n);
    if (answer.code === 200) written = n;
    else refused = answer;
  }
  assert.equal(refused?.code, 500);
  const { reason, message = "" } = (refused?.body ?? {}) as { reason?: string; message?: string };
  assert.equal(reason, "InternalError");
  assert.match(message, /^Internal error occurred: the database cannot be written: .*full/);
  const read = await ask(`GET ${CMS}/a`);
  assert.equal((read.body as { data: { n: string } }).data.n, String(written), "what was acknowledged is there");
  // Compaction takes the versions that nobody may ask for any more.
  await clock.advance(10 * 60_000);
  let last = 0;
  for (let tries = 0; tries < 50 && last !== 200; tries++) {
    last = (await write(1_000)).code;
    if (last !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(last, 200);
});

test("the serving certificate is renewed before it ends, while serving", async (context) => {
  // A virtual clock would fire all that happens every minute of a year; here only the check itself is called.
  const due: (() => void)[] = [];
  let nowMs = Date.now();
  const clock: Clock = {
    now: () => nowMs,
    after(delayMs, callback) {
      if (delayMs === LIMITS.certificateCheckIntervalMs) due.push(callback);
      return () => {};
    },
  };
  const { server } = await startForTest(context, { clock, controllers: false });
  const before = await servingUntil(server.port);
  due.pop()?.();
  assert.equal(await servingUntil(server.port), before, "one that is good stays");
  nowMs += 340 * DAY_MS;
  due.pop()?.();
  const after = await servingUntil(server.port);
  assert(after - before > 300 * DAY_MS, `${new Date(before).toISOString()} then ${new Date(after).toISOString()}`);
});

function servingUntil(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      const { valid_to: validTo } = socket.getPeerCertificate();
      socket.destroy();
      resolve(Date.parse(validTo));
    });
    socket.on("error", reject);
  });
}
