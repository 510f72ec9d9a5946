import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "@fairlead/base";
import { followDefinitions } from "@fairlead/kube";
import { CONFIG_MAP, configMap, startFake, until } from "./support/setup.ts";

const WIDGET = { group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: true };

for (const discovery of ["aggregated", "legacy"] as const) {
  test(`kinds are found by ${discovery} discovery, and the server is asked once`, async () => {
    const { client, server } = await startFake({ discovery });
    const [deployment] = await Promise.all([
      client.discovery.resourceFor({ apiVersion: "apps/v1", kind: "Deployment" }),
      client.discovery.resourceFor(CONFIG_MAP),
    ]);
    assert.equal(deployment.plural, "deployments");
    assert.equal(deployment.namespaced, true);
    const asked = server.requests.length;
    await client.discovery.resourceFor(CONFIG_MAP);
    assert.equal((await client.discovery.all()).length, 7);
    assert.equal(server.requests.length, asked);
    assert.equal(asked, discovery === "aggregated" ? 2 : 2 + 4);
  });
}

test("a kind that comes later is found, but absent ones are not asked for again and again", async () => {
  const clock = new VirtualClock(1_700_000_000_000);
  const { client, server } = await startFake({}, {}, { clock });
  const kind = { apiVersion: "example.com/v1", kind: "Widget" };
  await assert.rejects(client.discovery.resourceFor(kind), {
    code: "KindNotServed",
    message: "the cluster serves no Widget of example.com/v1",
  });
  const asked = server.requests.length;
  for (let count = 0; count < 5; count++) assert.equal(await client.discovery.findResource(kind), undefined);
  assert.equal(server.requests.length, asked);
  server.store.add(WIDGET);
  await clock.advance(1_000);
  assert.equal((await client.discovery.resourceFor(kind)).plural, "widgets");
});

test("a definition written through the client, and a path that is gone, empty the cache", async () => {
  const { client, server } = await startFake();
  const kind = { apiVersion: "example.com/v1", kind: "Widget" };
  let changes = 0;
  client.discovery.onChange(() => changes++);
  assert.equal(await client.discovery.findResource(kind), undefined);
  server.store.add(WIDGET);
  await client.create({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
  });
  const widget = { ...kind, metadata: { name: "w", namespace: "shop" } };
  await client.create(widget);
  assert.equal(changes, 1);

  server.store.drop("widgets");
  await assert.rejects(client.get(kind, "w", "shop"), { name: "ApiError", code: 404 });
  await assert.rejects(client.get(kind, "w", "shop"), { code: "KindNotServed" });
  assert.equal(changes, 2);
  assert.equal(await client.find(CONFIG_MAP, "w", "shop"), undefined, "an absent object is nothing to look again for");
});

test("a find that meets a path that is gone says that the kind is not served", async () => {
  const { client, server } = await startFake();
  server.store.add(WIDGET);
  const kind = { apiVersion: "example.com/v1", kind: "Widget" };
  assert.equal(await client.find(kind, "w", "shop"), undefined);
  server.store.drop("widgets");
  await assert.rejects(client.find(kind, "w", "shop"), { code: "KindNotServed" });
});

test("kinds are found by what a person types", async () => {
  const { client } = await startFake();
  const cases = ["configmaps", "configmap", "cm", "ConfigMap", "CONFIGMAPS"];
  for (const name of cases) assert.equal((await client.discovery.findByName(name))?.kind, "ConfigMap", name);
  for (const name of ["deployments.apps", "deployments.v1.apps", "deployment.apps"]) {
    assert.equal((await client.discovery.findByName(name))?.kind, "Deployment", name);
  }
  assert.equal(await client.discovery.findByName("deployments.v2.apps"), undefined);
});

test("an aggregated server that is down hides neither the other kinds nor its own", async () => {
  const clock = new VirtualClock(1_700_000_000_000);
  const { client, server } = await startFake({ discovery: "legacy" }, {}, { clock });
  server.store.add(WIDGET);
  const kind = { apiVersion: "example.com/v1", kind: "Widget" };
  await client.discovery.resourceFor(kind);
  server.faults.onRequest = (info) => (info.path === "/apis/example.com/v1" ? { status: 503, body: {} } : undefined);
  client.discovery.invalidate();
  assert.equal((await client.discovery.resourceFor(kind)).plural, "widgets");
  assert.deepEqual(client.discovery.stale, ["example.com/v1"]);
  await client.create(configMap("a"));
});

test("followed definitions keep discovery current though others write them", async (t) => {
  const { client, server } = await startFake();
  const stop = new AbortController();
  t.after(() => stop.abort());
  followDefinitions(client, { signal: stop.signal });
  const before = (await client.discovery.all()).length;
  await until("definitions are watched", () => server.watchCount === 1);
  server.store.add(WIDGET);
  const crd = server.store.resources.find((each) => each.kind === "CustomResourceDefinition");
  if (crd === undefined) throw new Error("the fake server has no definitions");
  const metadata = { name: "widgets.example.com" };
  server.store.create(crd, { apiVersion: "apiextensions.k8s.io/v1", kind: crd.kind, metadata });
  let kinds = before;
  const looking = setInterval(() => void client.discovery.all().then((all) => (kinds = all.length)), 5);
  t.after(() => clearInterval(looking));
  await until("the new kind is listed", () => kinds === before + 1);
  clearInterval(looking);
});
