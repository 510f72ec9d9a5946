import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger, systemClock } from "@fairlead/base";
import * as kube from "@fairlead/kube";
import { CONFIG_MAP, startFake, until } from "./support/setup.ts";

test("the README's example works as it stands", async (t) => {
  const text = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? assert.fail("the README has no example");
  const { server, client } = await startFake();
  const annotations = { greet: "Ann" };
  await client.create({ ...CONFIG_MAP, metadata: { name: "a", namespace: "shop", annotations } });
  await client.create({ ...CONFIG_MAP, metadata: { name: "b", namespace: "shop" } });

  const stop = new AbortController();
  t.after(() => stop.abort());
  const world = {
    ...kube,
    config: { server: server.url },
    logger: silentLogger,
    clock: systemClock,
    signal: stop.signal,
  };
  const names = Object.keys(world).filter((name) => name !== "default");
  // The example is the package's own text, and is run so that it cannot rot.
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...values: unknown[]) => Promise<void>;
  const run = new AsyncFunction(...names, example);
  void run(...names.map((name) => world[name as keyof typeof world])).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const greeted = kube.createInformer(client, { kind: CONFIG_MAP });
  greeted.start(stop.signal);
  const dataOfA = (): string => JSON.stringify(greeted.get("shop/a")?.["data"]);
  await until("a was greeted", () => dataOfA() === '{"text":"Hello, Ann"}');
  assert.equal((await client.get(CONFIG_MAP, "b", "shop"))["data"], undefined);
});
