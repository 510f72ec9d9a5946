import assert from "node:assert/strict";
import { test } from "node:test";
import { runApp as run } from "./support/run-command.ts";
import { application, configMap, World } from "./support/world.ts";

async function fleet(): Promise<World> {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a", { key: "1" }), "two/b.yaml": configMap("b") });
  await world.apply(application("one"));
  await world.apply(application("two", { policy: "{}" }));
  await world.settle();
  return world;
}

test("list and get show what a person looks for", async () => {
  const world = await fleet();
  const list = await run(world, "list");
  assert.equal(list.exit, 0);
  assert.equal(
    list.out,
    [
      "NAME         CLUSTER      NAMESPACE   PROJECT   SYNC STATUS   HEALTH STATUS",
      "argocd/one   in-cluster   default     default   Synced        Healthy",
      "argocd/two   in-cluster   default     default   OutOfSync     Missing",
      "",
    ].join("\n"),
  );
  const get = await run(world, "get", "two");
  assert.match(get.out, /Sync status: +OutOfSync to [0-9a-f]{40}/);
  assert.match(get.out, /ConfigMap +default +b +OutOfSync +Missing/);
  const json = JSON.parse((await run(world, "get", "one", "-o", "json")).out) as {
    metadata: { name: string; managedFields?: unknown };
  };
  assert.equal(json.metadata.name, "one");
  assert.equal(json.metadata.managedFields, undefined);
  await world.stopEngine();
});

test("sync waits for the end and tells it; its exit code says how it ended", async () => {
  const world = await fleet();
  const good = await run(world, "sync", "two");
  assert.equal(good.exit, 0);
  assert.match(good.err, /two: Succeeded: successfully synced/);
  assert.equal(world.summary("two"), "Synced/Healthy");
  assert.equal(world.status("two").operationState?.operation.initiatedBy?.username, "ann");
  world.commit({ "two/b.yaml": `${configMap("b", { key: "2" })}typo: 1\n` });
  await world.settle();
  const bad = await run(world, "sync", "two");
  assert.equal(bad.exit, 1);
  assert.match(bad.err, /two: Failed: .*typo/);
  await world.stopEngine();
});

test("wait ends when everything is as asked, or says what is not", async () => {
  const world = await fleet();
  assert.equal((await run(world, "wait", "one")).exit, 0);
  const never = await run(world, "wait", "two", "--timeout", "50ms");
  assert.equal(never.exit, 1);
  assert.match(never.err, /two: it is OutOfSync/);
  await world.stopEngine();
});

test("history, rollback and release", async () => {
  const world = await fleet();
  world.commit({ "one/a.yaml": configMap("a", { key: "2" }) });
  await world.tick(5_000);
  const history = await run(world, "history", "one");
  assert.match(history.out, /^ID +DEPLOYED AT +REVISION +INITIATED BY\n0 .*automated\n1 .*automated\n$/);
  const back = await run(world, "rollback", "one");
  assert.equal(back.exit, 0, back.err);
  await world.settle();
  assert.equal(world.data("a")["key"], "1");
  assert.equal((await run(world, "release", "one")).exit, 0);
  await world.tick(5_000);
  assert.equal(world.data("a")["key"], "2");
  await world.stopEngine();
});

test("delete takes the objects along, or leaves them", async () => {
  const world = await fleet();
  assert.equal((await run(world, "delete", "one")).exit, 0);
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  await run(world, "sync", "two");
  assert.equal((await run(world, "delete", "two", "--no-cascade")).exit, 0);
  assert.ok(world.hub.get("ConfigMap", "b"));
  await world.stopEngine();
});

test("what is not there is named, with what is; a wrong call is a usage error", async () => {
  const world = await fleet();
  await assert.rejects(run(world, "get", "three"), /there is no application argocd\/three/);
  await assert.rejects(run(world, "terminate", "one"), /no operation under way/);
  await assert.rejects(run(world, "rollback", "one", "7"), /history has no id 7/);
  assert.equal((await run(world, "frobnicate")).exit, 2);
  assert.equal((await run(world, "get")).exit, 2);
  await world.stopEngine();
});
