import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

const to = (cluster: string): { destination: string } => ({ destination: `{ name: ${cluster}, namespace: default }` });

test("a cluster that is away at the start is said so, asked rarely, and served when it is back", async () => {
  const world = await World.start({ clusters: ["east", "west"] });
  const east = world.server("east");
  east.isDown = true;
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  await world.apply(application("one", to("east")));
  await world.apply(application("two", to("west")));
  await world.settle();
  assert.equal(world.summary("two"), "Synced/Healthy");
  assert.match(world.conditions("one").join(), /ComparisonError: cluster east cannot be reached: connect ECONNREFUSED/);
  const asked = east.questions;
  await world.tick(600_000);
  assert.ok(east.questions - asked < 30, `${east.questions - asked} questions in ten minutes`);
  const since = world.status("one").conditions?.[0]?.lastTransitionTime;
  assert.equal(since, "2026-11-24T08:00:00Z");
  east.isDown = false;
  await world.tick(61_000);
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.deepEqual(world.conditions("one"), []);
  await world.stopEngine();
});

test("a cluster that is registered later gets its applications then", async () => {
  const world = await World.start({ clusters: ["east"] });
  await world.remove("Secret", "cluster-east");
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", to("east")));
  await world.settle();
  assert.match(world.conditions("one").join(), /no cluster with the name "east"/);
  const encode = (text: string): string => Buffer.from(text).toString("base64");
  await world.apply(`
apiVersion: v1
kind: Secret
metadata: { name: cluster-east, namespace: argocd, labels: { argocd.argoproj.io/secret-type: cluster } }
data: { name: ${encode("east")}, server: ${encode("https://east.example.com")}, config: ${encode("{}")} }
`);
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.ok(world.server("east").get("ConfigMap", "a"));
  await world.stopEngine();
});

test("an object that is being deleted is left to it, and made anew when it is gone", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one"));
  await world.settle();
  await world.edit("ConfigMap", "a", { metadata: { finalizers: ["example.com/wait"] } });
  await world.remove("ConfigMap", "a");
  await world.settle();
  world.hub.calls.length = 0;
  await world.edit("ConfigMap", "a", { data: { key: "dying" } });
  await world.tick(60_000);
  assert.ok(world.hub.calls.every(({ kind }) => kind === "Application"));
  await world.edit("ConfigMap", "a", { metadata: { finalizers: null } });
  await world.settle();
  assert.equal(world.data("a")["key"], "value");
  assert.equal(world.hub.get("ConfigMap", "a")?.metadata.deletionTimestamp, undefined);
  await world.stopEngine();
});

test("one instance works only on the applications that are its own", async () => {
  const world = await World.start({
    apps: { shares: { owns: (key) => key === "argocd/one", onChange: () => () => undefined } },
  });
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  await world.apply(application("one"));
  await world.apply(application("two"));
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.equal(world.summary("two"), "-/-");
  await world.stopEngine();
});

test("a cluster that goes away is said so on its applications, and what drifted meanwhile is healed when it is back", async () => {
  const world = await World.start({ clusters: ["east"] });
  const east = world.server("east");
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", to("east")));
  await world.settle();
  east.isDown = true;
  await world.tick(5_000);
  assert.match(world.conditions("one").join(), /ComparisonError: cluster east cannot be reached: .*as last seen/);
  const writes = world.hub.calls.length;
  await world.tick(600_000);
  assert.equal(world.hub.calls.length, writes);
  await world.edit("ConfigMap", "a", { data: { key: "changed" } }, { cluster: "east" });
  east.isDown = false;
  await world.tick(61_000);
  assert.deepEqual(world.conditions("one"), []);
  assert.equal((east.get("ConfigMap", "a") as { data?: { key?: string } } | undefined)?.data?.key, "value");
  await world.stopEngine();
});

test("a chart is rendered with what its cluster serves, and only a chart asks", async () => {
  const world = await World.start();
  world.commit({
    "one/a.yaml": configMap("a"),
    "two/Chart.yaml": "apiVersion: v2\nname: two\nversion: 1.0.0\n",
    "two/templates/b.yaml": configMap("b"),
  });
  await world.apply(application("one"));
  await world.settle();
  const told = (): World["capabilities"] => world.capabilities;
  assert.equal(told().kubeVersion, undefined);
  await world.apply(application("two"));
  await world.settle();
  assert.equal(told().kubeVersion, "v1.35.0");
  assert.ok(told().apiVersions?.includes("argoproj.io/v1alpha1/Application"));
  await world.stopEngine();
});
