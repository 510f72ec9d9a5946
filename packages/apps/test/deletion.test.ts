import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

const CASCADE = "  finalizers: [resources-finalizer.argocd.argoproj.io]";

test("deleting an application with its finalizer deletes its objects first, the highest wave before the lower", async () => {
  const world = await World.start();
  world.commit({
    "one/a.yaml": configMap("a"),
    "one/b.yaml": configMap("b", { key: "b" }, '{ argocd.argoproj.io/sync-wave: "1" }'),
  });
  await world.apply(application("one", { metadata: CASCADE }));
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  world.hub.calls.length = 0;
  await world.remove("Application", "one");
  await world.settle();
  assert.equal(world.hub.get("Application", "one"), undefined);
  const deleted = world.hub.calls.filter(({ verb }) => verb === "delete").map(({ name }) => name);
  assert.deepEqual(deleted, ["b", "a"]);
  await world.stopEngine();
});

test("without a finalizer its objects stay", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one"));
  await world.settle();
  await world.remove("Application", "one");
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "a"));
  await world.stopEngine();
});

test("objects with Delete=false stay, and so does what others made", async () => {
  const world = await World.start();
  world.commit({
    "one/a.yaml": configMap("a", { key: "1" }, "{ argocd.argoproj.io/sync-options: Delete=false }"),
    "one/b.yaml": configMap("b"),
  });
  await world.apply(application("one", { metadata: CASCADE }));
  await world.apply(configMap("stranger").replace("name: stranger", "name: stranger, namespace: default"));
  await world.settle();
  await world.remove("Application", "one");
  await world.settle();
  assert.equal(world.hub.get("Application", "one"), undefined);
  assert.ok(world.hub.get("ConfigMap", "a"));
  assert.ok(world.hub.get("ConfigMap", "stranger"));
  assert.equal(world.hub.get("ConfigMap", "b"), undefined);
  await world.stopEngine();
});

test("a copied tracking id does not make an object the application's", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", { metadata: CASCADE }));
  await world.apply(
    configMap("copy", { key: "1" }, '{ argocd.argoproj.io/tracking-id: "one:/ConfigMap:default/a" }').replace(
      "name: copy",
      "name: copy, namespace: default",
    ),
  );
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.remove("Application", "one");
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "copy"));
  await world.stopEngine();
});

test("an object that something else keeps alive is waited for", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a").replace("name: a", "name: a, finalizers: [example.com/keep]") });
  await world.apply(application("one", { metadata: CASCADE }));
  await world.settle();
  await world.remove("Application", "one");
  await world.settle();
  assert.ok(world.hub.get("Application", "one"));
  await world.edit("ConfigMap", "a", { metadata: { finalizers: null } });
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.equal(world.hub.get("Application", "one"), undefined);
  await world.stopEngine();
});

test("an application on a cluster that is not registered any more is held and explained", async () => {
  const world = await World.start({ clusters: ["staging"] });
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", { destination: "{ name: staging, namespace: default }", metadata: CASCADE }));
  await world.settle();
  assert.ok(world.server("staging").get("ConfigMap", "a"));
  await world.remove("Secret", "cluster-staging");
  await world.settle();
  assert.match(world.conditions("one").join(), /InvalidSpecError: there is no cluster with the name "staging"/);
  await world.remove("Application", "one");
  await world.settle();
  assert.match(world.conditions("one").join(), /DeletionError: .*register the cluster again/);
  assert.ok(world.server("staging").get("ConfigMap", "a"));
  await world.stopEngine();
});

test("a child application that leaves Git is pruned with all that it owned", async () => {
  const world = await World.start();
  world.commit({
    "root/child.yaml": application("child", { metadata: CASCADE }),
    "root/other.yaml": application("other"),
    "child/a.yaml": configMap("a"),
    "other/b.yaml": configMap("b"),
  });
  await world.apply(application("root", { destination: "{ namespace: argocd }" }));
  await world.settle();
  for (const name of ["root", "child", "other"]) assert.equal(world.summary(name), "Synced/Healthy", name);
  assert.equal(world.status("root").summary?.isAppOfApps, true);
  world.commit({ "root/child.yaml": null });
  await world.settle();
  assert.equal(world.hub.get("Application", "child"), undefined);
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.ok(world.hub.get("ConfigMap", "b"));
  assert.equal(world.summary("root"), "Synced/Healthy");
  await world.stopEngine();
});
