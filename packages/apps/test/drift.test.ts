import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "nginx:1.27", resources: { requests: { cpu: "0.5" } } }] }
`;

async function synced(
  policy?: string,
  files: Record<string, string> = { "one/a.yaml": configMap("a") },
  metadata = "",
  extra = "",
): Promise<World> {
  const world = await World.start();
  world.commit(files);
  await world.apply(application("one", { ...(policy ? { policy } : {}), metadata, extra }));
  await world.settle();
  assert.match(world.summary("one"), /^Synced/);
  world.hub.calls.length = 0;
  world.events.length = 0;
  return world;
}

test("a change by hand is healed at once, with one apply, and named with who did it", async () => {
  const world = await synced();
  await world.edit("ConfigMap", "a", { data: { key: "changed" } });
  await world.settle();
  assert.equal(world.data("a")["key"], "value");
  const drift = world.events.find(({ type }) => type === "drift");
  assert.ok(drift?.type === "drift");
  assert.deepEqual(
    drift.fields.map(({ path, before, after, manager }) => ({ path, before, after, manager })),
    [{ path: ".data.key", before: "value", after: "changed", manager: "kubectl-edit" }],
  );
  assert.equal(drift.heals, true);
  assert.ok(world.events.some(({ type }) => type === "healed"));
  assert.deepEqual(
    world.hub.calls.map(({ verb, kind }) => `${verb} ${kind}`),
    ["apply ConfigMap", "patch Application"],
  );
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.equal(world.status("one").operationState?.operation.sync?.autoHealAttemptsCount, 1);
  await world.stopEngine();
});

test("a deleted object comes back", async () => {
  const world = await synced();
  await world.remove("ConfigMap", "a");
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "a"));
  const drift = world.events.find(({ type }) => type === "drift");
  assert.match(drift?.type === "drift" ? drift.message : "", /it was deleted/);
  await world.stopEngine();
});

test("a field that nobody in Git speaks of is left alone, without a call", async () => {
  const world = await synced();
  await world.edit("ConfigMap", "a", { data: { extra: "by hand" } });
  await world.settle();
  assert.deepEqual(world.hub.calls, []);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("the server's own way of writing a quantity is no drift", async () => {
  const world = await synced(undefined, { "one/web.yaml": DEPLOYMENT });
  await world.edit("Deployment", "web", { metadata: { labels: { team: "a" } } });
  await world.settle();
  assert.deepEqual(world.hub.calls, []);
  await world.stopEngine();
});

test("without self-heal drift is told and stays", async () => {
  const world = await synced("{ automated: { prune: true } }");
  await world.edit("ConfigMap", "a", { data: { key: "changed" } });
  await world.settle();
  assert.equal(world.summary("one"), "OutOfSync/Healthy");
  assert.match(
    world.conditions("one").join(),
    /DriftDetected: ConfigMap default\/a: \.data\.key "value" → "changed" by kubectl-edit/,
  );
  assert.equal(world.data("a")["key"], "changed");
  await world.stopEngine();
});

test("audit mode reports drift and writes nothing to the cluster, whatever selfHeal says", async () => {
  const world = await synced(
    undefined,
    { "one/a.yaml": configMap("a") },
    "  annotations: { fairlead.dev/drift: audit }",
  );
  await world.edit("ConfigMap", "a", { data: { key: "changed" } });
  await world.settle();
  assert.match(world.conditions("one").join(), /DriftDetected/);
  assert.ok(world.hub.calls.every(({ kind }) => kind === "Application"));
  assert.ok(world.told.some(({ reason }) => reason === "DriftDetected"));
  await world.stopEngine();
});

test("values of a Secret appear in no message", async () => {
  const secret = "apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { password: hunter2 }\n";
  const world = await synced("{ automated: {} }", { "one/s.yaml": secret });
  await world.edit("Secret", "s", { data: { password: Buffer.from("leaked").toString("base64") } });
  await world.settle();
  const everything = JSON.stringify([world.events, world.conditions("one"), world.told]);
  assert.match(everything, /\.data\.password changed/);
  assert.doesNotMatch(everything, /bGVha2Vk|leaked|hunter2|aHVudGVyMg/);
  await world.stopEngine();
});

test("an autoscaler's replicas are yielded to it where ignoreDifferences says so", async () => {
  const rule = "  ignoreDifferences: [{ group: apps, kind: Deployment, jsonPointers: [/spec/replicas] }]";
  const world = await synced(undefined, { "one/web.yaml": DEPLOYMENT }, "", rule);
  await world.edit("Deployment", "web", { spec: { replicas: 7 } }, { manager: "kube-controller-manager" });
  await world.settle();
  assert.deepEqual(world.hub.calls, []);
  assert.equal(world.spec<{ replicas: number }>("Deployment", "web").replicas, 7);
  await world.stopEngine();
});

test("fields that a manager named in yield-to takes are not drift, and stay with it in the next sync", async () => {
  const world = await synced(
    undefined,
    { "one/web.yaml": DEPLOYMENT },
    "  annotations: { fairlead.dev/yield-to: kube-controller-manager }",
  );
  await world.edit("Deployment", "web", { spec: { replicas: 7 } }, { manager: "kube-controller-manager" });
  await world.settle();
  assert.deepEqual(world.hub.calls, []);
  world.commit({ "one/web.yaml": DEPLOYMENT.replace("1.27", "1.28") });
  await world.settle();
  const spec = world.hub.get("Deployment", "web")?.["spec"] as {
    replicas: number;
    template: { spec: { containers: { image: string }[] } };
  };
  assert.equal(spec.replicas, 7);
  assert.equal(spec.template.spec.containers[0]?.image, "nginx:1.28");
  await world.stopEngine();
});

test("a fight is fought with growing pauses", async () => {
  const world = await synced();
  let applies = 0;
  for (let second = 0; second < 60; second++) {
    await world.edit("ConfigMap", "a", { data: { key: `changed ${second}` } });
    world.hub.calls.length = 0;
    await world.tick(1_000);
    applies += world.hub.calls.filter(({ verb }) => verb === "apply").length;
  }
  // At once, then after 2, 6, 18 s.
  assert.ok(applies >= 3 && applies <= 5, `${applies} applies in a minute`);
  await world.stopEngine();
});

test("in steady state nothing is called, however long it lasts", async () => {
  const world = await synced();
  await world.tick(3_600_000);
  assert.deepEqual(world.hub.calls, []);
  assert.deepEqual(world.events, []);
  await world.stopEngine();
});
