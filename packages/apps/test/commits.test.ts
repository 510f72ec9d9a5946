import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

async function fleet(names: readonly string[]): Promise<World> {
  const world = await World.start();
  world.commit(Object.fromEntries(names.map((name) => [`${name}/cm.yaml`, configMap(name)])));
  for (const name of names) await world.apply(application(name));
  await world.settle();
  for (const name of names) assert.equal(world.summary(name), "Synced/Healthy");
  world.hub.calls.length = 0;
  world.events.length = 0;
  world.renders.length = 0;
  return world;
}

test("a commit is rendered and applied for the application it touches, and for no other", async () => {
  const world = await fleet(["one", "two", "three"]);
  const revision = world.commit({ "two/cm.yaml": configMap("two", { key: "new" }) });
  await world.settle();
  assert.equal(world.data("two")["key"], "new");
  assert.deepEqual(world.renders, ["argocd/two#0: two/cm.yaml changed"]);
  assert.equal(world.status("two").sync?.revision, revision);
  assert.deepEqual(
    world.hub.calls.map(({ verb, kind, name }) => `${verb} ${kind} ${name}`),
    ["apply ConfigMap two", "patch Application two"],
  );
  await world.stopEngine();
});

test("applications a commit does not touch keep the revision they were compared at, until they are refreshed", async () => {
  const world = await fleet(["one", "two"]);
  const before = world.status("one").sync?.revision;
  const revision = world.commit({ "two/cm.yaml": configMap("two", { key: "new" }) });
  await world.settle();
  assert.equal(world.status("one").sync?.revision, before);
  await world.edit("Application", "one", { metadata: { annotations: { "argocd.argoproj.io/refresh": "normal" } } });
  await world.settle();
  assert.equal(world.status("one").sync?.revision, revision);
  assert.equal(world.app("one").metadata.annotations?.["argocd.argoproj.io/refresh"], undefined);
  await world.stopEngine();
});

test("an object that leaves Git is pruned when automated sync may prune", async () => {
  const world = await fleet(["one"]);
  world.commit({ "one/second.yaml": configMap("second") });
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "second"));
  world.commit({ "one/second.yaml": null });
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "second"), undefined);
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.ok(world.events.some((event) => event.type === "pruned" && event.object === "ConfigMap default/second"));
  await world.stopEngine();
});

test("without prune it stays, is out of sync and says that it waits to be pruned", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "one/b.yaml": configMap("b") });
  await world.apply(application("one", { policy: "{ automated: { selfHeal: true } }" }));
  await world.settle();
  world.commit({ "one/b.yaml": null });
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "b"));
  assert.equal(world.summary("one"), "OutOfSync/Healthy");
  const entry = world.status("one").resources?.find(({ name }) => name === "b");
  assert.equal(entry?.requiresPruning, true);
  await world.tick(600_000);
  assert.ok(world.hub.get("ConfigMap", "b"));
  await world.stopEngine();
});

test("an emptied directory deletes nothing and says why", async () => {
  const world = await fleet(["one"]);
  world.commit({ "one/cm.yaml": null, "one/README.md": "moved" });
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "one"));
  assert.match(world.conditions("one").join(), /SyncError: Git has no objects left .*would delete all 1 .*allowEmpty/);
  await world.stopEngine();
});

test("allowEmpty says that an emptied directory is meant", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: "{ automated: { prune: true, allowEmpty: true } }" }));
  await world.settle();
  world.commit({ "one/a.yaml": null, "one/README.md": "empty on purpose" });
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("a renamed directory is held and explained, and goes on when the path follows", async () => {
  const world = await fleet(["one"]);
  world.commit({ "one/cm.yaml": null, "uno/cm.yaml": configMap("one") });
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "one"));
  assert.match(world.conditions("one").join(), /ComparisonError: .*path "one" does not exist/);
  assert.equal(world.status("one").sync?.status, "Unknown");
  await world.edit("Application", "one", { spec: { source: { path: "uno" } } });
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.deepEqual(world.conditions("one"), []);
  await world.stopEngine();
});

test("a broken file is one condition with its file and line, and nothing of the application is touched", async () => {
  const world = await fleet(["one", "two"]);
  world.commit({ "one/broken.yaml": "apiVersion: v1\nkind: [ConfigMap\n" });
  await world.settle();
  const [condition = ""] = world.conditions("one");
  assert.match(condition, /^ComparisonError: one\/broken\.yaml:\d+/);
  assert.ok(world.hub.get("ConfigMap", "one"));
  world.commit({ "two/cm.yaml": configMap("two", { key: "goes on" }) });
  await world.settle();
  assert.equal(world.data("two")["key"], "goes on");
  world.commit({ "one/broken.yaml": null });
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("a newer commit wins over retrying an older one", async () => {
  const world = await fleet(["one"]);
  world.hub.intercept = ({ verb, kind }) => {
    if (verb === "apply" && kind === "ConfigMap") throw new Error("refused");
  };
  world.commit({ "one/cm.yaml": configMap("one", { key: "bad" }) });
  await world.settle();
  assert.equal(world.status("one").operationState?.phase, "Running");
  assert.match(world.status("one").operationState?.message ?? "", /Retrying attempt #1/);
  world.hub.intercept = undefined;
  world.commit({ "one/cm.yaml": configMap("one", { key: "good" }) });
  await world.settle();
  assert.equal(world.data("one")["key"], "good");
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("a failed sync is retried with growing delays, then healed later without a new commit", async () => {
  const world = await fleet(["one"]);
  world.hub.intercept = ({ verb, kind }) => {
    if (verb === "apply" && kind === "ConfigMap") throw new Error("refused");
  };
  world.commit({ "one/cm.yaml": configMap("one", { key: "new" }) });
  // 5 + 10 + 20 + 40 + 80 s of retries.
  await world.tick(156_000);
  assert.equal(world.status("one").operationState?.phase, "Failed");
  assert.equal(world.status("one").operationState?.retryCount, 5);
  assert.match(world.conditions("one").join(), /SyncError: Failed last sync attempt/);
  world.hub.intercept = undefined;
  await world.tick(400_000);
  assert.equal(world.data("one")["key"], "new");
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("an object that moves from one application to another is handed over, not deleted", async () => {
  const world = await fleet(["one", "two"]);
  const uid = world.hub.get("ConfigMap", "one")?.metadata.uid;
  world.commit({ "one/cm.yaml": null, "one/other.yaml": configMap("other"), "two/moved.yaml": configMap("one") });
  await world.settle();
  const moved = world.hub.get("ConfigMap", "one");
  assert.equal(moved?.metadata.uid, uid);
  assert.match(moved?.metadata.annotations?.["argocd.argoproj.io/tracking-id"] ?? "", /^two:/);
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.equal(world.summary("two"), "Synced/Healthy");
  await world.stopEngine();
});

test("two applications that claim one object are told so, and do not fight", async () => {
  const world = await fleet(["one"]);
  world.commit({ "two/cm.yaml": configMap("one", { key: "mine" }) });
  await world.apply(application("two"));
  await world.settle();
  assert.match(
    world.conditions("two").join(),
    /SharedResourceWarning: ConfigMap default\/one is part of applications two and one/,
  );
  assert.equal(world.data("one")["key"], "value");
  world.hub.calls.length = 0;
  await world.tick(600_000);
  assert.deepEqual(world.hub.calls, []);
  await world.stopEngine();
});

test("what is kept on purpose, or is going already, is no reason to sync again and again", async () => {
  const world = await fleet(["one"]);
  const option = '{ argocd.argoproj.io/sync-options: "Prune=false" }';
  world.commit({
    "one/kept.yaml": configMap("kept", {}, option),
    "one/slow.yaml": configMap("slow").replace("name: slow", "name: slow, finalizers: [example.com/wait]"),
  });
  await world.settle();
  world.commit({ "one/kept.yaml": null, "one/slow.yaml": null });
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "slow")?.metadata.deletionTimestamp);
  assert.equal(world.summary("one"), "OutOfSync/Healthy");
  world.hub.calls.length = 0;
  await world.tick(3_600_000);
  assert.deepEqual(world.hub.calls, []);
  await world.stopEngine();
});
