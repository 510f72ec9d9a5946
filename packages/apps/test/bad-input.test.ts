import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

const CASES: readonly { name: string; yaml: string; expected: RegExp }[] = [
  {
    name: "an unknown project",
    yaml: application("one").replace("project: default", "project: nope"),
    expected:
      /^InvalidSpecError: Application referencing project nope which does not exist \(create AppProject argocd\/nope/,
  },
  {
    name: "an unknown cluster name",
    yaml: application("one", { destination: "{ name: moon, namespace: default }" }),
    expected: /^InvalidSpecError: there is no cluster with the name "moon" \(clusters there: in-cluster/,
  },
  {
    name: "an unknown server",
    yaml: application("one", { destination: "{ server: 'https://moon', namespace: default }" }),
    expected: /^InvalidSpecError: there is no cluster with the server "https:\/\/moon"/,
  },
  {
    name: "a server and a name",
    yaml: application("one", {
      destination: "{ server: 'https://kubernetes.default.svc', name: in-cluster, namespace: default }",
    }),
    expected: /spec\.destination: has both name "in-cluster" and server/,
  },
  {
    name: "an unknown path",
    yaml: application("one", { path: "nowhere" }),
    expected: /^ComparisonError: .*path "nowhere" does not exist/,
  },
  {
    name: "an unknown revision",
    yaml: application("one").replace("targetRevision: main", "targetRevision: v9"),
    expected: /^ComparisonError: revision "v9" is not in/,
  },
  {
    name: "a source without path or chart",
    yaml: application("one").replace(", path: one", ""),
    expected: /spec\.source: has neither path nor chart/,
  },
  {
    name: "a retry duration that is none",
    yaml: application("one", { policy: "{ automated: {}, retry: { limit: 2, backoff: { duration: soon } } }" }),
    expected: /spec\.syncPolicy\.retry\.backoff\.duration: time: invalid duration "soon"/,
  },
];

for (const { name, yaml, expected } of CASES) {
  test(`${name} is one clear condition, and the rest of the fleet goes on`, async () => {
    const world = await World.start();
    world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
    await world.apply(yaml);
    await world.apply(application("two"));
    await world.settle();
    assert.equal(world.conditions("one").length, 1, world.conditions("one").join("\n"));
    assert.match(world.conditions("one")[0] ?? "", expected);
    assert.equal(world.status("one").sync?.status, "Unknown");
    assert.equal(world.hub.get("ConfigMap", "a"), undefined);
    assert.equal(world.summary("two"), "Synced/Healthy");
    await world.stopEngine();
  });
}

test("every fault of a spec is reported at once", async () => {
  const world = await World.start();
  const yaml = application("one", { destination: "{ name: moon }", policy: "{ retry: { backoff: { factor: 0 } } }" })
    .replace("project: default", "project: nope")
    .replace(", path: one", "");
  await world.apply(yaml);
  await world.settle();
  const [message = ""] = world.conditions("one");
  for (const part of ["project nope", '"moon"', "factor: must be at least 1", "neither path nor chart"]) {
    assert.ok(message.includes(part), `${part} in ${message}`);
  }
  await world.stopEngine();
});

test("an application is mended by what it names coming to be", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one").replace("project: default", "project: team"));
  await world.settle();
  assert.match(world.conditions("one").join(), /project team/);
  await world.apply(`
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: team, namespace: argocd }
spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] }
`);
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("a Git host that is down is tried again until it answers", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  world.repository.isDown = true;
  await world.apply(application("one"));
  await world.settle();
  assert.match(world.conditions("one").join(), /ComparisonError: the host does not answer/);
  world.repository.isDown = false;
  await world.tick(5_000);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("an object the server refuses is named with its file, the others are applied", async () => {
  const world = await World.start();
  world.commit({
    "one/a.yaml": configMap("a"),
    "one/b.yaml": `${configMap("b")}unknown: 1\n`,
    "one/c.yaml": configMap("c"),
  });
  await world.apply(application("one", { policy: "{ automated: {}, retry: { limit: 0 } }" }));
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "a"));
  assert.ok(world.hub.get("ConfigMap", "c"));
  assert.match(
    world.conditions("one").join(),
    /SyncError: .*ConfigMap default\/b: .*\.unknown: field not declared in schema.*\(one\/b\.yaml:1\)/,
  );
  const failed = world.status("one").operationState?.syncResult?.resources?.find(({ name }) => name === "b");
  assert.equal(failed?.status, "SyncFailed");
  await world.stopEngine();
});

test("a missing namespace is explained; CreateNamespace makes it, with its labels", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(
    application("one", { destination: "{ namespace: shop }", policy: "{ automated: {}, retry: { limit: 0 } }" }),
  );
  await world.settle();
  assert.match(world.conditions("one").join(), /CreateNamespace=true/);
  const policy =
    "{ automated: {}, syncOptions: [CreateNamespace=true], managedNamespaceMetadata: { labels: { team: shop } } }";
  await world.apply(application("one", { destination: "{ namespace: shop }", policy }));
  world.commit({ "one/a.yaml": configMap("a", { key: "2" }) });
  await world.settle();
  assert.equal(world.hub.get("Namespace", "shop")?.metadata.labels?.["team"], "shop");
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("an object that is rendered twice is a warning with both places, and the last one wins", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a", { key: "first" }), "one/b.yaml": configMap("a", { key: "second" }) });
  await world.apply(application("one"));
  await world.settle();
  assert.match(world.conditions("one").join(), /RepeatedResourceWarning: .*one\/a\.yaml:1 and one\/b\.yaml:1/);
  assert.equal(world.data("a")["key"], "second");
  await world.stopEngine();
});

test("a broken ignore rule is reported, never swallowed", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(
    application("one", { extra: "  ignoreDifferences: [{ kind: ConfigMap, jqPathExpressions: ['.data[ | foo'] }]" }),
  );
  await world.settle();
  assert.match(world.conditions("one").join(), /ComparisonError: spec\.ignoreDifferences\[0\]\.jqPathExpressions\[0\]/);
  await world.stopEngine();
});

test("keys such as __proto__ in a manifest reach the cluster as data and nothing else", async () => {
  const world = await World.start();
  world.commit({
    "one/a.yaml":
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { "__proto__": polluted, constructor: x }\n',
  });
  await world.apply(application("one"));
  await world.settle();
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});
