import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, World } from "./support/world.ts";

const project = (spec: string): string => `
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: team, namespace: argocd }
spec: ${spec}
`;
const OPEN = 'sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }]';
const ofTeam = (more: Parameters<typeof application>[1] = {}): string =>
  application("one", more).replace("project: default", "project: team");

const REFUSED: readonly { name: string; spec: string; expected: RegExp }[] = [
  {
    name: "a repository that is not listed",
    spec: '{ sourceRepos: ["https://git.example.com/other"], destinations: [{ server: "*", namespace: "*" }] }',
    expected:
      /repository "https:\/\/git\.example\.com\/config" is not permitted: spec\.sourceRepos of project team does not list it/,
  },
  {
    name: "a repository that a deny names, although an allow does too",
    spec: '{ sourceRepos: ["*", "!https://git.example.com/*"], destinations: [{ server: "*", namespace: "*" }] }',
    expected: /spec\.sourceRepos "!https:\/\/git\.example\.com\/\*" of project team denies it/,
  },
  {
    name: "a namespace that no destination lists",
    spec: '{ sourceRepos: ["*"], destinations: [{ server: "*", namespace: "team-*" }] }',
    expected: /destination in-cluster namespace "default" is not permitted/,
  },
  {
    name: "a destination that a deny names",
    spec: '{ sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }, { server: "*", namespace: "!default" }] }',
    expected: /spec\.destinations .*!default.* of project team denies it/,
  },
];

for (const { name, spec, expected } of REFUSED) {
  test(`${name} is refused with the rule that refuses it`, async () => {
    const world = await World.start();
    world.commit({ "one/a.yaml": configMap("a") });
    await world.apply(project(spec));
    await world.apply(ofTeam());
    await world.settle();
    assert.match(world.conditions("one").join(), expected);
    assert.equal(world.hub.get("ConfigMap", "a"), undefined);
    await world.stopEngine();
  });
}

const ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: r }\nrules: []\n";

test("cluster-scoped kinds need to be listed, namespaced ones do not", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "one/r.yaml": ROLE });
  await world.apply(project(`{ ${OPEN} }`));
  await world.apply(ofTeam({ policy: "{ automated: {}, retry: { limit: 0 } }" }));
  await world.settle();
  assert.match(
    world.conditions("one").join(),
    /rbac\.authorization\.k8s\.io\/ClusterRole is not permitted in project team: spec\.clusterResourceWhitelist/,
  );
  // One object that may not be applied, and nothing is begun.
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.equal(world.hub.get("ClusterRole", "r"), undefined);
  await world.apply(
    project(`{ ${OPEN}, clusterResourceWhitelist: [{ group: "rbac.authorization.k8s.io", kind: "Cluster*" }] }`),
  );
  world.commit({ "one/a.yaml": configMap("a", { key: "2" }) });
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("a blacklisted kind is refused", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(project(`{ ${OPEN}, namespaceResourceBlacklist: [{ group: "", kind: ConfigMap }] }`));
  await world.apply(ofTeam({ policy: "{ automated: {}, retry: { limit: 0 } }" }));
  await world.settle();
  assert.match(
    world.conditions("one").join(),
    /spec\.namespaceResourceBlacklist ""\/ConfigMap of project team denies it/,
  );
  await world.stopEngine();
});

// The world starts at 2026-11-24 08:00 UTC.
test("a deny window holds an automated sync, which starts by itself when the window closes", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(
    project(`{ ${OPEN}, syncWindows: [{ kind: deny, schedule: "0 7 * * *", duration: 2h, applications: ["*"] }] }`),
  );
  await world.apply(ofTeam());
  await world.settle();
  assert.equal(world.summary("one"), "OutOfSync/Missing");
  await world.tick(3_599_000);
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  await world.tick(2_000);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("an allow window is waited for", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(
    project(
      `{ ${OPEN}, syncWindows: [{ kind: allow, schedule: "0 12 * * *", duration: 1h, namespaces: ["default"] }] }`,
    ),
  );
  await world.apply(ofTeam());
  await world.tick(3 * 3_600_000);
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  await world.tick(3_600_000);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("a manual sync passes a deny window that says manualSync, and no other", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  const window = '{ kind: deny, schedule: "0 7 * * *", duration: 2h, applications: ["*"]';
  await world.apply(project(`{ ${OPEN}, syncWindows: [${window} }] }`));
  await world.apply(ofTeam());
  await world.settle();
  await world.edit("Application", "one", { operation: { initiatedBy: { username: "ann" }, sync: {} } });
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.match(world.conditions("one").join(), /^SyncPending: manual sync held back by deny window/);
  await world.apply(project(`{ ${OPEN}, syncWindows: [${window}, manualSync: true }] }`));
  await world.settle();
  assert.deepEqual(world.conditions("one"), []);
  assert.ok(world.hub.get("ConfigMap", "a"));
  assert.equal(world.app("one")["operation"], undefined);
  await world.stopEngine();
});

test("an application in another namespace needs its project's consent", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply("apiVersion: v1\nkind: Namespace\nmetadata: { name: team-a }\n");
  await world.apply(project(`{ ${OPEN}, sourceNamespaces: [team-b] }`));
  await world.apply(ofTeam().replace("namespace: argocd", "namespace: team-a"));
  await world.settle();
  assert.match(world.conditions("one").join(), /namespace team-a is not permitted: spec\.sourceNamespaces/);
  await world.apply(project(`{ ${OPEN}, sourceNamespaces: ["team-*"] }`));
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.equal(
    world.hub.get("ConfigMap", "a")?.metadata.annotations?.["argocd.argoproj.io/tracking-id"],
    "team-a_one:/ConfigMap:default/a",
  );
  await world.stopEngine();
});
