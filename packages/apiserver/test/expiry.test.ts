import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@fairlead/base";
import { startForTest } from "./support.ts";

const EVENTS = "/api/v1/namespaces/default/events";
const HOUR_MS = 3_600_000;

test("events go an hour after they were last seen", async (context) => {
  const clock = new VirtualClock(Date.parse("2026-01-01T00:00:00Z"));
  const { ask } = await startForTest(context, { clock, controllers: false });
  const event = (name: string, lastTimestamp: string): object => ({
    metadata: { name },
    involvedObject: { kind: "Pod", name: "p", namespace: "default" },
    lastTimestamp,
    firstTimestamp: "2026-01-01T00:00:00Z",
    source: { component: "test" },
    type: "Normal",
  });
  const code = async (name: string): Promise<number> => (await ask(`GET ${EVENTS}/${name}`)).code;
  assert.equal((await ask(`POST ${EVENTS}`, event("old", "2026-01-01T00:00:00Z"))).code, 201);
  assert.equal((await ask(`POST ${EVENTS}`, event("seen-again", "2026-01-01T00:45:00Z"))).code, 201);
  await clock.advance(HOUR_MS - 60_000);
  assert.equal(await code("old"), 200);
  await clock.advance(3 * 60_000);
  for (let tries = 0; tries < 50 && (await code("old")) !== 404; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(await code("old"), 404);
  assert.equal(await code("seen-again"), 200);
});
