import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { VirtualClock } from "@fairlead/base";
import {
  applyObjects,
  type ChangeSet,
  describeEntry,
  findObjects,
  pruneObjects,
  untilCondition,
  untilDeleted,
  waitFor,
  type WaitVerdict,
} from "@fairlead/kube";
import { CONFIG_MAP, configMap, startFake } from "./support/setup.ts";

const NAMESPACE: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
const by = { fieldManager: "fairlead" };

function say({ entries }: ChangeSet): string[] {
  return entries.map((entry) => `${entry.ref.kind} ${entry.ref.name} ${entry.action}`);
}

test("an apply says of each object whether it was created, configured or left unchanged", async () => {
  const { client } = await startFake();
  const objects = [configMap("a", { x: "1" }), configMap("b", { x: "1" }), NAMESPACE];
  const first = await applyObjects(client, objects, by);
  assert.deepEqual(say(first), ["Namespace shop created", "ConfigMap a created", "ConfigMap b created"]);
  assert.deepEqual(first.counts, { created: 3, configured: 0, unchanged: 0, pruned: 0, skipped: 0, failed: 0 });

  const second = await applyObjects(client, [configMap("a", { x: "2" }), configMap("b", { x: "1" })], by);
  assert.deepEqual(say(second), ["ConfigMap a configured", "ConfigMap b unchanged"]);
  assert.deepEqual(second.entries[0]?.before?.["data"], { x: "1" });
  assert.deepEqual(second.entries[0]?.object?.["data"], { x: "2" });
});

test("a dry run says the same and changes nothing", async () => {
  const { client, server } = await startFake();
  await applyObjects(client, [configMap("a", { x: "1" }), configMap("b", { x: "1" })], by);
  const { version } = server.store;
  const objects = [configMap("a", { x: "2" }), configMap("b", { x: "1" }), configMap("c")];
  const tried = await applyObjects(client, objects, { ...by, dryRun: true });
  assert.deepEqual(say(tried), ["ConfigMap a configured", "ConfigMap b unchanged", "ConfigMap c created"]);
  assert.equal(server.store.version, version);
});

test("a conflict fails that object alone and names field and manager; force takes the field", async () => {
  const { client } = await startFake();
  await applyObjects(client, [configMap("a", { x: "1" })], { fieldManager: "other" });
  const objects = [configMap("a", { x: "2" }), configMap("b")];
  const refused = await applyObjects(client, objects, by);
  assert.deepEqual(say(refused), ["ConfigMap a failed", "ConfigMap b created"]);
  assert.equal(refused.hasFailed, true);
  assert.deepEqual(refused.entries[0]?.conflicts, [
    { field: ".data.x", manager: "other", message: 'conflict with "other"' },
  ]);
  assert.equal(
    describeEntry(refused.entries[0] as never),
    "ConfigMap shop/a failed: Apply failed with 1 conflict(s)\n  .data.x is managed by other",
  );
  const forced = await applyObjects(client, objects, { ...by, force: true });
  assert.deepEqual(say(forced), ["ConfigMap a configured", "ConfigMap b unchanged"]);
});

test("what cannot be changed is recreated only when that was asked for", async () => {
  const { client } = await startFake();
  const before = { ...configMap("a"), immutableTest: "one" };
  const after = { ...configMap("a"), immutableTest: "two" };
  const created = await applyObjects(client, [before], by);
  assert.deepEqual(say(await applyObjects(client, [after], by)), ["ConfigMap a failed"]);
  const again = await applyObjects(client, [after], { ...by, recreate: "onImmutable" });
  assert.deepEqual(say(again), ["ConfigMap a created"]);
  assert.match(again.entries[0]?.reason ?? "", /^deleted and created anew: .*immutable/);
  assert.notEqual(again.entries[0]?.object?.metadata.uid, created.entries[0]?.object?.metadata.uid);
});

test("objects are skipped for a reason that is told, and unknown kinds fail with a hint", async () => {
  const { client } = await startFake();
  const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w", namespace: "shop" } };
  const set = await applyObjects(client, [configMap("a"), widget], {
    ...by,
    skip: (object) => (object.kind === "ConfigMap" ? "it is paused" : undefined),
  });
  assert.deepEqual(say(set), ["ConfigMap a skipped", "Widget w failed"]);
  assert.equal(set.entries[0]?.reason, "it is paused");
  assert.match(set.entries[1]?.error?.message ?? "", /serves no Widget of example.com\/v1/);
});

test("definitions are waited for before the objects they define", async () => {
  const { client, server } = await startFake();
  const crd: KubeObject = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.example.com" },
    spec: { group: "example.com", names: { kind: "Widget", plural: "widgets" } },
  };
  const widget = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w", namespace: "shop" } };
  const tried = await applyObjects(client, [widget, crd], { ...by, dryRun: true });
  assert.deepEqual(say(tried), ["CustomResourceDefinition widgets.example.com created", "Widget w skipped"]);

  server.store.listen((event) => {
    if (event.object.kind !== "CustomResourceDefinition" || event.type !== "ADDED") return;
    setTimeout(() => {
      server.store.add({ group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: true });
      const [resource] = server.store.resources.filter((each) => each.plural === "customresourcedefinitions");
      const status = { conditions: [{ type: "Established", status: "True" }] };
      if (resource) server.store.update(resource, { ...event.object, status });
    }, 30);
  });
  const set = await applyObjects(client, [widget, crd], by);
  assert.deepEqual(say(set), ["CustomResourceDefinition widgets.example.com created", "Widget w created"]);
});

test("pruning deletes in reverse order and leaves alone what was made anew, kept or is gone", async () => {
  const { client } = await startFake();
  const done = await applyObjects(client, [NAMESPACE, configMap("a"), configMap("b"), configMap("c")], by);
  const uidOf = (name: string): string | undefined =>
    done.entries.find((entry) => entry.ref.name === name)?.object?.metadata.uid;
  await client.delete(CONFIG_MAP, "b", "shop");
  await client.create(configMap("b"));
  const target = (
    name: string,
  ): { apiVersion: string; kind: string; name: string; namespace: string; uid?: string } => {
    const uid = uidOf(name);
    return { ...CONFIG_MAP, name, namespace: "shop", ...(uid !== undefined && { uid }) };
  };
  const targets = [{ ...NAMESPACE, name: "shop" }, target("a"), target("b"), target("c"), target("gone")];
  const options = {
    keep: (live: KubeObject) => (live.metadata.name === "c" ? "it asks to be kept" : undefined),
  };
  const dry = await pruneObjects(client, targets, { ...options, dryRun: true });
  assert.equal(dry.counts.pruned, 2);
  const set = await pruneObjects(client, targets, options);
  assert.deepEqual(
    set.entries.map((entry) => `${entry.ref.name} ${entry.action} ${entry.reason ?? ""}`.trim()),
    [
      "gone skipped is already gone",
      "c skipped it asks to be kept",
      "b skipped was made anew meanwhile",
      "a pruned",
      "shop pruned",
    ],
  );
});

test("waiting ends as soon as the objects are as wanted, and says what is missing when they are not", async () => {
  const { client } = await startFake();
  const target = { ...CONFIG_MAP, name: "a", namespace: "shop" };
  const until = untilCondition("Ready");
  const waiting = waitFor(client, [target], { until, timeoutMs: 5_000 });
  const created = await client.create(configMap("a"));
  await client.update({ ...created, status: { conditions: [{ type: "Ready", status: "True" }] } });
  const ready = await waiting;
  assert.deepEqual(say(ready), ["ConfigMap a unchanged"]);

  const absent = { ...CONFIG_MAP, name: "b", namespace: "shop" };
  const clock = new VirtualClock();
  const bothSeen = Promise.withResolvers<void>();
  let verdicts = 0;
  const onVerdict = (): void => void (++verdicts === 2 && bothSeen.resolve());
  const options = { until: untilCondition("Available"), timeoutMs: 60, clock, onVerdict };
  const timingOut = waitFor(client, [target, absent], options);
  await bothSeen.promise;
  await clock.advance(60);
  const late = await timingOut;
  assert.deepEqual(
    late.entries.map((entry) => entry.error?.message),
    [
      "ConfigMap shop/a: it was not ready in time: has no condition Available",
      "ConfigMap shop/b: it was not ready in time: does not exist",
    ],
  );

  const gone = waitFor(client, [target], { until: untilDeleted, timeoutMs: 5_000 });
  await client.delete(CONFIG_MAP, "a", "shop");
  assert.deepEqual(say(await gone), ["ConfigMap a pruned"]);
});

test("many objects of one kind are waited for with one watch", async () => {
  const { client, server } = await startFake();
  const targets = Array.from({ length: 20 }, (_, index) => ({ ...CONFIG_MAP, name: `c${index}`, namespace: "shop" }));
  const exists = (object: KubeObject | undefined): { kind: "ready" } | { kind: "pending"; message: string } =>
    object === undefined ? { kind: "pending", message: "does not exist" } : { kind: "ready" };
  const waiting = waitFor(client, targets, { until: exists, timeoutMs: 5_000 });
  await applyObjects(
    client,
    targets.map(({ name }) => configMap(name)),
    by,
  );
  const set = await waiting;
  assert.equal(set.counts.unchanged, 20);
  assert.equal(
    server.countOf((info) => info.isWatch),
    1,
  );
});

test("objects of all kinds are found by label", async () => {
  const { client } = await startFake();
  const labels = { team: "red" };
  await client.create({ ...configMap("a"), metadata: { name: "a", namespace: "shop", labels } });
  await client.create(configMap("b"));
  await client.create({ ...NAMESPACE, metadata: { name: "shop", labels } });
  const all = await findObjects(client, { labelSelector: "team=red" });
  assert.deepEqual(all.map((object) => object.kind).sort(), ["ConfigMap", "Namespace"]);
  const inShop = await findObjects(client, { labelSelector: "team=red", namespace: "shop" });
  assert.deepEqual(
    inShop.map((object) => object.kind),
    ["ConfigMap"],
  );
});

test("a wait for absence ends at once where the kind itself is absent, and one for presence waits for the kind", async () => {
  const { client, server } = await startFake();
  const widget = { apiVersion: "example.com/v1", kind: "Widget", name: "w", namespace: "shop" };
  const gone = await waitFor(client, [widget], { until: untilDeleted, timeoutMs: 5_000 });
  assert.deepEqual(say(gone), ["Widget w pruned"]);
  const exists = (object: KubeObject | undefined): WaitVerdict =>
    object === undefined ? { kind: "pending", message: "does not exist" } : { kind: "ready" };
  const waiting = waitFor(client, [widget], { until: exists, timeoutMs: 10_000 });
  server.store.add({ group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: true });
  client.discovery.invalidate();
  const { apiVersion, kind, name, namespace } = widget;
  await client.create({ apiVersion, kind, metadata: { name, namespace } });
  assert.deepEqual(say(await waiting), ["Widget w unchanged"]);
});

test("a wait that is given up says so, and a failure ends it at once only when that was asked for", async () => {
  const { client } = await startFake();
  await client.create(configMap("a"));
  const target = { ...CONFIG_MAP, name: "a", namespace: "shop" };
  const stop = new AbortController();
  const verdicts: string[] = [];
  const until = (): WaitVerdict => ({ kind: "failed", message: "it crashed" });
  const given = waitFor(client, [target], {
    until,
    signal: stop.signal,
    onVerdict: (_target, verdict) => {
      verdicts.push(verdict.kind);
      stop.abort();
    },
  });
  assert.deepEqual(say(await given), ["ConfigMap a skipped"]);
  assert.deepEqual(verdicts, ["failed"]);
  const fast = await waitFor(client, [target], { until, failFast: true, timeoutMs: 5_000 });
  assert.equal(fast.entries[0]?.error?.message, "ConfigMap shop/a: it crashed");
});
