import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

const wave = (number: number): string => `{ argocd.argoproj.io/sync-wave: "${number}" }`;

test("a restart of a quiet fleet reads and writes nothing", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  await world.apply(application("one"));
  await world.apply(application("two"));
  await world.settle();
  await world.stopEngine();
  world.hub.calls.length = 0;
  await world.startEngine();
  await world.tick(60_000);
  assert.deepEqual(world.hub.calls, []);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("drift that happened while nobody looked is healed at the next start", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one"));
  await world.settle();
  await world.stopEngine();
  await world.edit("ConfigMap", "a", { data: { key: "changed" } });
  await world.startEngine();
  assert.equal(world.data("a")["key"], "value");
  assert.ok(world.events.some((event) => event.type === "drift" && event.fields[0]?.manager === "kubectl-edit"));
  await world.stopEngine();
});

test("without self-heal such drift stays after a start, although commits came in the meantime", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: "{ automated: { prune: true } }" }));
  await world.settle();
  await world.stopEngine();
  await world.edit("ConfigMap", "a", { data: { key: "changed" } });
  world.commit({ "elsewhere/b.yaml": configMap("b") });
  await world.startEngine();
  assert.equal(world.data("a")["key"], "changed");
  assert.equal(world.summary("one"), "OutOfSync/Healthy");
  await world.stopEngine();
});

test("a commit that came while nobody looked is synced at the next start", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "one/b.yaml": configMap("b") });
  await world.apply(application("one"));
  await world.settle();
  await world.stopEngine();
  world.commit({ "one/a.yaml": configMap("a", { key: "new" }), "one/b.yaml": null });
  await world.startEngine();
  assert.equal(world.data("a")["key"], "new");
  assert.equal(world.hub.get("ConfigMap", "b"), undefined);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("a field removed from Git while nobody looked is removed from the object at the next start", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a", { key: "value", old: "gone" }) });
  await world.apply(application("one"));
  await world.settle();
  await world.stopEngine();
  world.commit({ "one/a.yaml": configMap("a", { key: "value" }) });
  await world.startEngine();
  assert.equal(world.data("a")["old"], undefined);
  await world.stopEngine();
});

test("what the server writes differently than Git is settled by one dry run, once", async () => {
  const world = await World.start();
  // The server drops a field that is null and writes the quantity its own way; only the first start after it can wonder.
  const pod = (image: string): string => `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: "${image}" }, ports: [{ port: 80 }, { port: 443, name: tls }] }
`;
  world.commit({ "one/web.yaml": pod("web") });
  await world.apply(application("one"));
  await world.settle();
  await world.stopEngine();
  world.hub.calls.length = 0;
  await world.startEngine();
  await world.tick(60_000);
  assert.ok(
    world.hub.calls.every(({ isDryRun }) => isDryRun),
    JSON.stringify(world.hub.calls),
  );
  assert.ok(world.hub.calls.length <= 1);
  await world.stopEngine();
});

test("a sync that waits for a wave goes on after a kill, and nothing is done twice", async () => {
  const world = await World.start();
  const job = `
apiVersion: batch/v1
kind: Job
metadata: { name: migrate, annotations: { argocd.argoproj.io/hook: PreSync } }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: run, image: busybox }] } } }
`;
  world.commit({ "one/pre.yaml": job, "one/a.yaml": configMap("a"), "one/b.yaml": configMap("b", {}, wave(1)) });
  await world.apply(application("one", { policy: "{ automated: {} }" }));
  await world.settle();
  const uid = world.hub.get("Job", "migrate")?.metadata.uid;
  await world.stopEngine();
  const status = { conditions: [{ type: "Complete", status: "True" }] };
  await world.edit("Job", "migrate", { status }, { manager: "kube-controller-manager" });
  await world.startEngine();
  assert.equal(world.hub.get("Job", "migrate")?.metadata.uid, uid);
  assert.equal(world.status("one").operationState?.phase, "Succeeded");
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.equal(world.status("one").history?.length, 1);
  await world.stopEngine();
});

for (let kill = 1; kill <= 9; kill++) {
  test(`a kill at call ${kill} of a staged sync ends in the same objects after the next start`, async () => {
    const world = await World.start();
    world.commit({
      "one/a.yaml": configMap("a", {}, wave(-1)),
      "one/b.yaml": configMap("b"),
      "one/c.yaml": configMap("c", {}, wave(1)),
    });
    let calls = 0;
    world.hub.intercept = () => {
      // The process is gone: this call and every later one never arrive.
      if (++calls >= kill) throw new Error("killed");
    };
    await world.apply(application("one"));
    await world.settle();
    await world.stopEngine();
    world.hub.intercept = undefined;
    await world.startEngine();
    await world.tick(600_000);
    assert.equal(world.summary("one"), "Synced/Healthy");
    for (const name of ["a", "b", "c"]) assert.ok(world.hub.get("ConfigMap", name), name);
    assert.equal(world.status("one").operationState?.phase, "Succeeded");
    await world.stopEngine();
  });
}

test("objects that others applied before are adopted: what Git no longer says is removed, other managers keep theirs", async () => {
  const world = await World.start();
  await world.apply(`
apiVersion: v1
kind: ConfigMap
metadata: { name: a, namespace: default }
data: { key: old, gone: "from kubectl" }
`);
  await world.edit("ConfigMap", "a", { data: { tuned: "by an operator" } }, { manager: "some-operator" });
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one"));
  await world.settle();
  assert.deepEqual(world.data("a"), { key: "value", tuned: "by an operator" });
  const managers = world.hub.get("ConfigMap", "a")?.metadata.managedFields?.map(({ manager }) => manager);
  assert.deepEqual(managers?.sort(), ["fairlead", "some-operator"]);
  await world.stopEngine();
});

test("a sync that was waiting to be retried is tried at the next start", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  world.hub.intercept = ({ kind, verb }) => {
    if (kind === "ConfigMap" && verb === "apply") throw new Error("refused");
  };
  await world.apply(application("one"));
  await world.settle();
  assert.match(world.status("one").operationState?.message ?? "", /Retrying attempt #1/);
  await world.stopEngine();
  world.hub.intercept = undefined;
  await world.startEngine();
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("the first commit after a restart renders each application it touches once, and nothing at an old revision", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  await world.apply(application("one"));
  await world.apply(application("two"));
  await world.settle();
  await world.stopEngine();
  await world.startEngine();
  await world.settle();
  world.renders.length = 0;
  world.commit({ "one/a.yaml": configMap("a", { key: "new" }) });
  await world.settle();
  assert.deepEqual(world.renders, ["argocd/one#0: one/a.yaml changed"]);
  assert.equal(world.data("a")["key"], "new");
  await world.stopEngine();
});
