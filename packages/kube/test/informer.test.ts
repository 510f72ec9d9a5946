import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { type Change, createInformer } from "@fairlead/kube";
import type { RequestInfo } from "./support/fake-api-server.ts";
import { CONFIG_MAP, configMap, startFake, until } from "./support/setup.ts";

function say(change: Change): string {
  return `${change.type} ${change.object.metadata.name}`;
}

for (const streamingLists of [true, false]) {
  const how = streamingLists ? "a streaming list" : "a list and a watch";
  test(`an informer keeps up with the server by ${how}`, async (t) => {
    const { client, server } = await startFake({ streamingLists });
    const stop = new AbortController();
    t.after(() => stop.abort());
    await client.create(configMap("old"));
    const informer = createInformer(client, { kind: CONFIG_MAP });
    const seen: string[] = [];
    informer.subscribe((change) => seen.push(say(change)));
    informer.start(stop.signal);
    await informer.synced;
    assert.deepEqual(seen, ["added old"]);

    const created = await client.create(configMap("new"));
    await client.update({ ...created, data: { a: "b" } });
    await client.delete(CONFIG_MAP, "old", "shop");
    await until("the events came", () => seen.length === 4);
    assert.deepEqual(seen, ["added old", "added new", "updated new", "deleted old"]);
    assert.deepEqual(informer.get("shop/new")?.["data"], { a: "b" });
    assert.equal(informer.get("shop/new")?.kind, "ConfigMap");
    assert.equal(informer.size, 1);

    // A page of one object only asks for the server's version.
    const isList = ({ query }: RequestInfo): boolean =>
      (query.has("limit") && query.get("limit") !== "1") || query.has("sendInitialEvents");
    const lists = server.countOf(isList);
    server.cutEverything();
    await client.create(configMap("after-cut"));
    await until("the event after the cut came", () => seen.includes("added after-cut"));
    server.endWatches();
    await client.create(configMap("after-end"));
    await until("the event after the end came", () => seen.includes("added after-end"));
    assert.equal(server.countOf(isList), lists, "nothing was listed again");
  });
}

test("objects that were deleted behind a 410 are noticed by their absence", async (t) => {
  const { client, server } = await startFake();
  const stop = new AbortController();
  t.after(() => stop.abort());
  await client.create(configMap("a"));
  await client.create(configMap("b"));
  const informer = createInformer(client, { kind: CONFIG_MAP });
  informer.start(stop.signal);
  await informer.synced;
  const seen: string[] = [];
  informer.subscribe((change) => seen.push(say(change)));
  assert.deepEqual(seen, ["added a", "added b"], "what is there is handed over at once");

  server.faults.onRequest = (info) => (info.isWatch ? "cut" : undefined);
  server.endWatches();
  await client.delete(CONFIG_MAP, "a", "shop");
  await client.delete(CONFIG_MAP, "b", "shop");
  await client.create(configMap("b"));
  await client.create(configMap("c"));
  server.compact();
  server.faults.onRequest = undefined;
  await until("the list came", () => informer.get("shop/c") !== undefined && informer.get("shop/a") === undefined);
  assert.deepEqual(seen.slice(2).sort(), ["added b", "added c", "deleted a", "deleted b"]);
});

test("informers that ask for the same share one watch, and it ends with the last of them", async () => {
  const { client, server } = await startFake();
  const [first, second] = [new AbortController(), new AbortController()];
  const indexes = { byTeam: (object: KubeObject) => [object.metadata.labels?.["team"] ?? ""] };
  const one = createInformer(client, { kind: CONFIG_MAP, indexes });
  const two = createInformer(client, { kind: CONFIG_MAP });
  one.start(first.signal);
  two.start(second.signal);
  await Promise.all([one.synced, two.synced]);
  assert.equal(server.watchCount, 1);

  const red = configMap("x");
  await client.create({ ...red, metadata: { ...red.metadata, labels: { team: "red" } } });
  await until("it came", () => two.size === 1);
  assert.deepEqual(
    one.byIndex("byTeam", "red").map((object) => object.metadata.name),
    ["x"],
  );
  assert.deepEqual(one.byIndex("byTeam", "blue"), []);
  assert.throws(() => two.byIndex("byTeam", "red"), /has no index byTeam/);

  const seen: string[] = [];
  one.subscribe((change) => seen.push(say(change)));
  first.abort();
  await client.create(configMap("y"));
  await until("the second still watches", () => two.size === 2);
  assert.deepEqual(seen, ["added x"], "a stopped informer's handlers are not called");
  second.abort();
  await until("the watch ended", () => server.watchCount === 0);
});

test("an informer that is started after those it shared with have gone works all the same", async (t) => {
  const { client } = await startFake();
  const [first, second] = [new AbortController(), new AbortController()];
  t.after(() => second.abort());
  await client.create(configMap("a"));
  const one = createInformer(client, { kind: CONFIG_MAP });
  const two = createInformer(client, { kind: CONFIG_MAP });
  const seen: string[] = [];
  two.subscribe((change) => seen.push(say(change)));
  one.start(first.signal);
  await one.synced;
  assert.deepEqual(seen, [], "one that was not started tells nothing");
  assert.equal(two.hasSynced, false);
  first.abort();
  two.start(second.signal);
  await two.synced;
  await client.create(configMap("b"));
  await until("b came", () => two.size === 2);
  assert.deepEqual(seen, ["added a", "added b"]);
  await assert.rejects(
    (() => {
      const stopped = new AbortController();
      const three = createInformer(client, { kind: CONFIG_MAP, namespace: "other" });
      three.start(stopped.signal);
      stopped.abort();
      return three.synced;
    })(),
    { code: "Cancelled" },
  );
});

test("a handler that throws harms neither the others nor the watch", async (t) => {
  const { client } = await startFake();
  const stop = new AbortController();
  t.after(() => stop.abort());
  const informer = createInformer(client, { kind: CONFIG_MAP });
  const seen: string[] = [];
  informer.subscribe(() => {
    throw new Error("a bug");
  });
  informer.subscribe((change) => seen.push(say(change)));
  informer.start(stop.signal);
  await informer.synced;
  await client.create(configMap("a"));
  await client.create(configMap("b"));
  await until("both came", () => seen.length === 2);
});

test("managedFields are dropped at intake unless they are asked for, and a transform trims the rest", async (t) => {
  const { client } = await startFake();
  const stop = new AbortController();
  t.after(() => stop.abort());
  const managedFields = [{ manager: "kubectl", operation: "Apply" as const }];
  const object = configMap("a", { big: "x".repeat(100) });
  await client.create({ ...object, metadata: { ...object.metadata, managedFields } });
  const transform = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({ apiVersion, kind, metadata });
  const plain = createInformer(client, { kind: CONFIG_MAP });
  const trimmed = createInformer(client, { kind: CONFIG_MAP, transform });
  const full = createInformer(client, { kind: CONFIG_MAP, keepManagedFields: true });
  for (const informer of [plain, trimmed, full]) informer.start(stop.signal);
  await Promise.all([plain.synced, trimmed.synced, full.synced]);
  assert.equal(plain.get("shop/a")?.metadata.managedFields, undefined);
  assert.ok(plain.get("shop/a")?.["data"]);
  assert.equal(trimmed.get("shop/a")?.["data"], undefined);
  assert.deepEqual(full.get("shop/a")?.metadata.managedFields, managedFields);
});

test("an informer waits for a kind that comes later and empties when the kind goes", async (t) => {
  const { client, server } = await startFake();
  const stop = new AbortController();
  t.after(() => stop.abort());
  const kind = { apiVersion: "example.com/v1", kind: "Widget" };
  const informer = createInformer(client, { kind });
  informer.start(stop.signal);
  await until("the absence is told", () => informer.lastError !== undefined);
  assert.match(informer.lastError?.message ?? "", /serves no Widget of example.com\/v1/);
  server.store.add({ group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: true });
  client.discovery.invalidate();
  await informer.synced;
  assert.equal(informer.lastError, undefined);

  await client.create({ ...kind, metadata: { name: "w", namespace: "shop" } });
  await until("it came", () => informer.size === 1);
  server.store.drop("widgets");
  server.cutEverything();
  await until("the objects went with their kind", () => informer.size === 0);
});

test("a server that comes back with an older history is listed anew, and contents are compared", async (t) => {
  const { client, server } = await startFake();
  const stop = new AbortController();
  t.after(() => stop.abort());
  await client.create(configMap("same", { n: "1" }));
  await client.create(configMap("changed", { n: "1" }));
  await client.create(configMap("vanished"));
  const informer = createInformer(client, { kind: CONFIG_MAP });
  informer.start(stop.signal);
  await informer.synced;
  const seen: string[] = [];
  informer.subscribe((change) => seen.push(say(change)));
  seen.length = 0;

  const { store } = server;
  const [resource] = store.resources;
  if (resource === undefined) throw new Error("there is no resource");
  server.faults.onRequest = () => "cut";
  server.cutEverything();
  store.delete(resource, "shop", "vanished");
  store.restore(50, resource, "changed", { n: "2" });
  server.faults.onRequest = undefined;
  await until("the older history was noticed", () => informer.get("shop/vanished") === undefined);
  assert.deepEqual(seen.sort(), ["deleted vanished", "updated changed"]);
  assert.deepEqual(informer.get("shop/changed")?.["data"], { n: "2" });
  await client.create(configMap("new"));
  await until("what comes after is seen", () => informer.get("shop/new") !== undefined);
});
