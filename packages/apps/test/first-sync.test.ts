import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

test("an application is synced, marked and written once", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "one/b.yaml": configMap("b") });
  await world.apply(application("one"));
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  const a = world.hub.get("ConfigMap", "a", "default");
  assert.equal(a?.metadata.annotations?.["argocd.argoproj.io/tracking-id"], "one:/ConfigMap:default/a");
  const writes = world.hub.calls.map(({ verb, kind }) => `${verb} ${kind}`);
  assert.deepEqual(writes, ["apply ConfigMap", "apply ConfigMap", "patch Application"]);
  await world.stopEngine();
});
