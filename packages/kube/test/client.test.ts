import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, isAlreadyExists, isConflict, isNotFound } from "@fairlead/kube";
import { CONFIG_MAP, configMap, startFake } from "./support/setup.ts";

test("objects are created, found, replaced, patched, applied and deleted by their kind alone", async () => {
  const { client } = await startFake();
  const created = await client.create(configMap("settings", { colour: "red" }));
  assert.equal(created.metadata.resourceVersion, "101");
  assert.deepEqual((await client.get(CONFIG_MAP, "settings", "shop"))["data"], { colour: "red" });
  assert.equal(await client.find(CONFIG_MAP, "absent", "shop"), undefined);

  const updated = await client.update({ ...created, data: { colour: "blue" } });
  assert.deepEqual(updated["data"], { colour: "blue" });
  await assert.rejects(client.update({ ...created, data: { colour: "green" } }), isConflict);
  await assert.rejects(client.create(configMap("settings")), isAlreadyExists);

  const ref = { ...CONFIG_MAP, name: "settings", namespace: "shop" };
  const patched = await client.patch(ref, { type: "merge", body: { data: { size: "L" } } });
  assert.deepEqual(patched["data"], { colour: "blue", size: "L" });
  const applied = await client.apply(configMap("settings", { size: "XL" }), { fieldManager: "test" });
  assert.deepEqual(applied["data"], { colour: "blue", size: "XL" });

  const gone = await client.delete(CONFIG_MAP, "settings", "shop", { propagationPolicy: "Foreground" });
  assert.equal(gone.kind, "Status");
  await assert.rejects(client.get(CONFIG_MAP, "settings", "shop"), isNotFound);
});

test("a list asks for its pages itself and fills in the kind that typed lists leave out", async () => {
  const { client, server } = await startFake();
  for (let index = 0; index < 7; index++) await client.create(configMap(`c${index}`));
  const list = await client.list(CONFIG_MAP, { limit: 3 });
  assert.deepEqual(
    list.items.map((item) => `${item.apiVersion} ${item.kind} ${item.metadata.name}`),
    Array.from({ length: 7 }, (_, index) => `v1 ConfigMap c${index}`),
  );
  assert.equal(list.resourceVersion, "107");
  assert.equal(
    server.countOf((info) => info.method === "GET" && info.query.has("limit")),
    3,
  );
});

test("a list whose snapshot expires between pages is begun anew", async () => {
  const { client, server } = await startFake();
  for (let index = 0; index < 5; index++) await client.create(configMap(`c${index}`));
  let isFirst = true;
  server.faults.onRequest = (info) => {
    if (!info.query.has("continue") || !isFirst) return undefined;
    isFirst = false;
    const body = { kind: "Status", reason: "Expired", code: 410, message: "continue parameter is too old" };
    return { status: 410, body };
  };
  const list = await client.list(CONFIG_MAP, { limit: 2 });
  assert.equal(list.items.length, 5);
});

test("a failure carries the server's Status, also when a proxy answered something else", async () => {
  const { client, server } = await startFake();
  await assert.rejects(client.get(CONFIG_MAP, "absent", "shop"), (error: unknown) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.code, 404);
    assert.equal(error.reason, "NotFound");
    assert.equal(error.status.details?.name, "absent");
    return true;
  });
  server.faults.onRequest = () => ({ status: 502, body: "<html>bad gateway</html>" });
  await assert.rejects(client.get(CONFIG_MAP, "absent", "shop"), {
    name: "ApiError",
    code: 502,
    message: "the server answered 502: <html>bad gateway</html>",
  });
});

test("names that look like paths are refused or escaped, never followed", async () => {
  const { client, server } = await startFake();
  for (const name of ["../secrets/x", "..", ".", "a/b", "%2e%2e", ""]) {
    await assert.rejects(client.delete(CONFIG_MAP, name, "shop"), { code: "ObjectInvalid" }, name);
    await assert.rejects(client.get(CONFIG_MAP, "x", name === "" ? "." : name), { code: "ObjectInvalid" }, name);
  }
  for (const name of ["a?b=c", "a#b", "ü", "system:node"]) {
    assert.equal(await client.find(CONFIG_MAP, name, "shop"), undefined);
    const path = server.requests.at(-1)?.path ?? "";
    assert.equal(decodeURIComponent(path), `/api/v1/namespaces/shop/configmaps/${name}`);
  }
});

test("integers beyond 2^53 come and go unchanged", async () => {
  const { client } = await startFake();
  const body = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"big","namespace":"shop"},"big":9007199254740993}`;
  const path = "/api/v1/namespaces/shop/configmaps";
  const sent = await client.request({ method: "POST", path, body, headers: { "content-type": "application/json" } });
  assert.equal(sent.status, 201);
  const object = { ...configMap("big2"), big: 9007199254740993n };
  const { headers } = await client.request({ method: "GET", path });
  assert.equal(headers["content-type"], "application/json");
  await client.create(object);
});

test("wrong answers are named problems", async () => {
  const { client, server } = await startFake();
  await client.list(CONFIG_MAP);
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ["not json", /is not JSON/],
    [[], /no object with a kind/],
    [{ kind: "ConfigMapList", items: {} }, /items are no list/],
    [{ kind: "ConfigMapList", items: [{}] }, /without metadata/],
    [{ kind: "ConfigMapList", items: [{ kind: "Pod", metadata: {} }] }, /list of ConfigMap that holds a "Pod"/],
    [{ kind: "ConfigMapList", metadata: [] }, /has no metadata/],
  ];
  for (const [body, message] of cases) {
    server.faults.onRequest = () => ({ status: 200, body });
    await assert.rejects(client.list(CONFIG_MAP), { code: "AnswerInvalid", message });
  }
});

test("the next page is asked for while this one is read, and given up with the list", async () => {
  const { client, server } = await startFake();
  for (let index = 0; index < 9; index++) await client.create(configMap(`c${index}`));
  const asked = (): number => server.countOf((info) => info.query.has("limit"));
  for await (const page of client.pages(CONFIG_MAP, { limit: 2 })) {
    assert.equal(page.items.length, 2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(asked(), 2, "one page ahead and no more");
    break;
  }
  // A token that stands elsewhere than where the API writes it is found all the same, only later.
  const late = { kind: "ConfigMapList", items: [], metadata: { resourceVersion: "1", continue: "109:2" } };
  let isFirst = true;
  server.faults.onRequest = (info) => {
    if (!info.query.has("limit") || !isFirst) return undefined;
    isFirst = false;
    return { status: 200, body: late };
  };
  const rest = await client.list(CONFIG_MAP, { limit: 3 });
  assert.equal(rest.items.length, 7);
});
