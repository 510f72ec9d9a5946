import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, REPO, World } from "./support/world.ts";

const option = (text: string): string => `{ argocd.argoproj.io/sync-options: "${text}" }`;

async function synced(
  files: Record<string, string>,
  policy = "{ automated: { prune: true, selfHeal: true } }",
  extra = "",
): Promise<World> {
  const world = await World.start();
  world.commit(files);
  await world.apply(application("one", { policy, extra }));
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  world.hub.calls.length = 0;
  return world;
}

test("PruneLast prunes after everything else was applied", async () => {
  const world = await synced({
    "one/keep.yaml": configMap("keep"),
    "one/old.yaml": configMap("old", {}, option("PruneLast=true")),
  });
  world.commit({ "one/old.yaml": null, "one/new.yaml": configMap("new", {}, '{ argocd.argoproj.io/sync-wave: "3" }') });
  await world.settle();
  const order = world.hub.calls
    .filter(({ kind, isDryRun }) => kind === "ConfigMap" && !isDryRun)
    .map(({ verb, name }) => `${verb} ${name}`);
  assert.deepEqual(order, ["apply new", "delete old"]);
  await world.stopEngine();
});

test("without it a prune goes before what is applied in its wave", async () => {
  const world = await synced({ "one/keep.yaml": configMap("keep"), "one/old.yaml": configMap("old") });
  world.commit({ "one/old.yaml": null, "one/new.yaml": configMap("new") });
  await world.settle();
  const order = world.hub.calls.filter(({ kind }) => kind === "ConfigMap").map(({ verb, name }) => `${verb} ${name}`);
  assert.deepEqual(order, ["delete old", "apply new"]);
  await world.stopEngine();
});

test("Replace=true takes away what others added", async () => {
  const world = await synced({ "one/a.yaml": configMap("a", { key: "1" }, option("Replace=true")) });
  await world.edit("ConfigMap", "a", { data: { extra: "by hand" } });
  await world.settle();
  world.commit({ "one/a.yaml": configMap("a", { key: "2" }, option("Replace=true")) });
  await world.settle();
  assert.deepEqual(world.data("a"), { key: "2" });
  // And it stays guarded like any other object.
  await world.edit("ConfigMap", "a", { data: { key: "3" } });
  await world.settle();
  assert.deepEqual(world.data("a"), { key: "2" });
  await world.stopEngine();
});

test("RespectIgnoreDifferences leaves ignored fields as they are in a sync, and without it Git's value is sent", async () => {
  const rule = "  ignoreDifferences: [{ group: '', kind: ConfigMap, jsonPointers: [/data/tuned] }]";
  for (const respects of [true, false]) {
    const policy = `{ automated: {}, syncOptions: [RespectIgnoreDifferences=${respects}] }`;
    const world = await synced({ "one/a.yaml": configMap("a", { key: "1", tuned: "git" }) }, policy, rule);
    await world.edit("ConfigMap", "a", { data: { tuned: "hpa" } });
    await world.settle();
    assert.equal(world.summary("one"), "Synced/Healthy");
    world.commit({ "one/a.yaml": configMap("a", { key: "2", tuned: "git" }) });
    await world.settle();
    assert.deepEqual(world.data("a"), { key: "2", tuned: respects ? "hpa" : "git" });
    await world.stopEngine();
  }
});

const IGNORE_FORMS: readonly (readonly [form: string, rule: string])[] = [
  ["a JSON pointer with an escaped slash", "jsonPointers: [/metadata/annotations/example.com~1tuned]"],
  ["a jq path", `jqPathExpressions: ['.metadata.annotations."example.com/tuned"']`],
  ["the manager that owns it", "managedFieldsManagers: [tuner]"],
];

for (const [form, rule] of IGNORE_FORMS) {
  test(`a field ignored by ${form} is no drift, another field of the object is`, async () => {
    const world = await synced(
      { "one/a.yaml": configMap("a", { key: "1" }, '{ example.com/tuned: "git" }') },
      undefined,
      `  ignoreDifferences: [{ group: "*", kind: "*", ${rule} }]`,
    );
    await world.edit(
      "ConfigMap",
      "a",
      { metadata: { annotations: { "example.com/tuned": "live" } } },
      { manager: "tuner" },
    );
    await world.settle();
    assert.deepEqual(world.hub.calls, []);
    await world.edit("ConfigMap", "a", { data: { key: "drifted" } });
    await world.settle();
    assert.equal(world.data("a")["key"], "1");
    await world.stopEngine();
  });
}

test("an ignored field that drifted stays ignored after a restart, with no call", async () => {
  const world = await synced(
    { "one/a.yaml": configMap("a", { key: "1", tuned: "git" }) },
    undefined,
    "  ignoreDifferences: [{ kind: ConfigMap, jqPathExpressions: [.data.tuned] }]",
  );
  await world.edit("ConfigMap", "a", { data: { tuned: "live" } });
  await world.stopEngine();
  world.hub.calls.length = 0;
  await world.startEngine();
  assert.deepEqual(world.hub.calls, []);
  assert.equal(world.data("a")["tuned"], "live");
  await world.stopEngine();
});

test("CreateNamespace: the namespace is made once and never pruned", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "one/b.yaml": configMap("b") });
  const policy = "{ automated: { prune: true }, syncOptions: [CreateNamespace=true] }";
  await world.apply(
    application("one", {
      destination: "{ namespace: shop }",
      policy,
      metadata: "  finalizers: [resources-finalizer.argocd.argoproj.io]",
    }),
  );
  await world.settle();
  assert.equal(world.hub.calls.filter(({ kind }) => kind === "Namespace").length, 1);
  world.commit({ "one/b.yaml": null });
  await world.settle();
  assert.equal(world.hub.calls.filter(({ kind }) => kind === "Namespace").length, 1);
  await world.remove("Application", "one");
  await world.settle();
  assert.ok(world.hub.get("Namespace", "shop"));
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  await world.stopEngine();
});

test("several sources: the last one wins where they meet, and status has the plural fields", async () => {
  const world = await World.start();
  const revision = world.commit({
    "base/a.yaml": configMap("a", { key: "base" }),
    "base/b.yaml": configMap("b"),
    "over/a.yaml": configMap("a", { key: "over" }),
  });
  await world.apply(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: one, namespace: argocd }
spec:
  sources:
    - { repoURL: "${REPO}", path: base, targetRevision: main }
    - { repoURL: "${REPO}", path: over, targetRevision: main }
  destination: { namespace: default }
  syncPolicy: { automated: { prune: true } }
`);
  await world.settle();
  assert.equal(world.data("a")["key"], "over");
  assert.match(
    world.conditions("one").join(),
    /RepeatedResourceWarning: ConfigMap default\/a is rendered twice, in base\/a\.yaml:1 and over\/a\.yaml:1|RepeatedResourceWarning: .*base\/a\.yaml/,
  );
  const { sync, sourceTypes, sourceType, operationState } = world.status("one");
  assert.deepEqual(sync?.revisions, [revision, revision]);
  assert.equal(sync?.revision, undefined);
  assert.deepEqual(sourceTypes, ["Directory", "Directory"]);
  assert.equal(sourceType, undefined);
  assert.deepEqual(operationState?.syncResult?.revisions, [revision, revision]);
  await world.stopEngine();
});

test("a namespaced object without any namespace is refused with what to do", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(
    application("one", { destination: "{ name: in-cluster }", policy: "{ automated: {}, retry: { limit: 0 } }" }),
  );
  await world.settle();
  assert.match(world.conditions("one").join(), /ConfigMap a has no namespace: set spec\.destination\.namespace/);
  await world.stopEngine();
});
