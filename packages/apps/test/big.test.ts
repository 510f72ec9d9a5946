import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

test("3,000 objects in one application: a status that fits, and work in proportion to change", async () => {
  const world = await World.start();
  const file = (number: number, special?: string): string =>
    Array.from({ length: 100 }, (_, index) => {
      const name = `cm-${number * 100 + index}`;
      return configMap(name, { key: name === special ? "new" : "value" });
    }).join("---\n");
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, number) => [`one/${number}.yaml`, file(number)]));
  world.commit(files);
  await world.apply(application("one"));
  for (let round = 0; round < 100 && world.summary("one") !== "Synced/Healthy"; round++) await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.equal(world.status("one").resources?.length, 3_000);
  assert.ok(JSON.stringify(world.status("one")).length < 700_000);
  world.hub.calls.length = 0;
  world.commit({ "one/0.yaml": file(0, "cm-7") });
  for (let round = 0; round < 20; round++) await world.settle();
  assert.equal(world.data("cm-7")["key"], "new");
  assert.deepEqual(
    world.hub.calls.map(({ verb, name }) => `${verb} ${name}`),
    ["apply cm-7", "patch one"],
  );
  await world.stopEngine();
});
