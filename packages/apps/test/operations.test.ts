import assert from "node:assert/strict";
import { test } from "node:test";
import { application, configMap, REPO, World } from "./support/world.ts";

const MANUAL = { policy: "{}" };
const sync = (more: object = {}): object => ({
  operation: { initiatedBy: { username: "ann" }, sync: { prune: true, ...more } },
});

async function manual(files: Record<string, string>): Promise<World> {
  const world = await World.start();
  world.commit(files);
  await world.apply(application("one", MANUAL));
  await world.settle();
  return world;
}

test("without automation nothing is applied until somebody asks", async () => {
  const world = await manual({ "one/a.yaml": configMap("a") });
  assert.equal(world.summary("one"), "OutOfSync/Missing");
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  await world.edit("Application", "one", sync());
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.equal(world.app("one")["operation"], undefined);
  assert.equal(world.status("one").operationState?.operation.initiatedBy?.username, "ann");
  assert.ok(
    world.told.some(({ reason, message }) => reason === "OperationStarted" && message.startsWith("ann initiated sync")),
  );
  await world.stopEngine();
});

test("a dry run tries everything and changes nothing", async () => {
  const world = await manual({ "one/a.yaml": configMap("a") });
  await world.edit("Application", "one", sync({ dryRun: true }));
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.equal(world.status("one").operationState?.phase, "Succeeded");
  assert.equal(world.status("one").history, undefined);
  assert.equal(world.summary("one"), "OutOfSync/Missing");
  await world.stopEngine();
});

test("a sync of chosen objects leaves the others, runs no hooks and writes no history", async () => {
  const world = await manual({
    "one/a.yaml": configMap("a"),
    "one/b.yaml": configMap("b"),
    "one/h.yaml": configMap("h", {}, "{ argocd.argoproj.io/hook: PreSync }"),
  });
  await world.edit("Application", "one", sync({ resources: [{ kind: "ConfigMap", name: "b" }] }));
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.ok(world.hub.get("ConfigMap", "b"));
  assert.equal(world.hub.get("ConfigMap", "h"), undefined);
  assert.equal(world.status("one").history, undefined);
  await world.stopEngine();
});

test("without prune what Git no longer has is named as not pruned", async () => {
  const world = await manual({ "one/a.yaml": configMap("a"), "one/b.yaml": configMap("b") });
  await world.edit("Application", "one", sync());
  await world.settle();
  world.commit({ "one/b.yaml": null, "one/a.yaml": configMap("a", { key: "2" }) });
  await world.settle();
  await world.edit("Application", "one", { operation: { sync: { prune: false } } });
  await world.settle();
  const result = world.status("one").operationState?.syncResult?.resources?.find(({ name }) => name === "b");
  assert.equal(result?.status, "PruneSkipped");
  assert.equal(result.message, "ignored (requires pruning)");
  assert.ok(world.hub.get("ConfigMap", "b"));
  await world.stopEngine();
});

test("every full sync is a line of history, kept to its limit", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", { extra: "  revisionHistoryLimit: 3" }));
  await world.settle();
  const revisions: string[] = [];
  for (let count = 1; count <= 4; count++) {
    revisions.push(world.commit({ "one/a.yaml": configMap("a", { key: String(count) }) }));
    await world.tick(10_000);
  }
  const history = world.status("one").history ?? [];
  assert.deepEqual(
    history.map(({ id }) => id),
    [2, 3, 4],
  );
  assert.deepEqual(
    history.map(({ revision }) => revision),
    revisions.slice(1),
  );
  assert.deepEqual(history[0]?.initiatedBy, { automated: true });
  await world.stopEngine();
});

test("a rollback beside automated sync holds the revision until it is released, and says so", async () => {
  const world = await World.start();
  const first = world.commit({ "one/a.yaml": configMap("a", { key: "first" }) });
  await world.apply(application("one"));
  await world.settle();
  world.commit({ "one/a.yaml": configMap("a", { key: "bad" }) });
  await world.tick(5_000);
  assert.equal(world.data("a")["key"], "bad");
  await world.edit("Application", "one", sync({ revision: first }));
  await world.tick(5_000);
  assert.equal(world.data("a")["key"], "first");
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.match(world.conditions("one").join(), new RegExp(`RevisionHeld: held at revision ${first}`));
  world.commit({ "one/a.yaml": configMap("a", { key: "bad again" }) });
  await world.tick(60_000);
  assert.equal(world.data("a")["key"], "first");
  // Held or not, what is applied stays guarded.
  await world.edit("ConfigMap", "a", { data: { key: "by hand" } });
  await world.settle();
  assert.equal(world.data("a")["key"], "first");
  await world.edit("Application", "one", { metadata: { annotations: { "fairlead.dev/held-at": null } } });
  await world.tick(5_000);
  assert.equal(world.data("a")["key"], "bad again");
  assert.deepEqual(world.conditions("one"), []);
  await world.stopEngine();
});

test("a rollback to other parameters at the same commit holds them, too, until it is released", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "one/b.yaml": configMap("b") });
  const including = (file: string): string =>
    application("one").replace("path: one,", `path: one, directory: { include: ${file} },`);
  await world.apply(including("a.yaml"));
  await world.settle();
  await world.apply(including("b.yaml"));
  await world.tick(5_000);
  const objects = (): boolean[] => ["a", "b"].map((name) => world.hub.get("ConfigMap", name) !== undefined);
  assert.deepEqual(objects(), [false, true]);
  const [line] = world.status("one").history ?? [];
  const back = { revision: line?.revision ?? "", source: line?.source as never, prune: true };
  await world.edit("Application", "one", sync(back));
  await world.tick(60_000);
  assert.deepEqual(objects(), [true, false]);
  assert.match(
    world.conditions("one").join(),
    /RevisionHeld: held at revision [0-9a-f]{40} with the sources of line 2/,
  );
  // A restart finds it as it is.
  await world.stopEngine();
  await world.startEngine();
  await world.tick(60_000);
  assert.deepEqual(objects(), [true, false]);
  assert.equal(world.summary("one"), "Synced/Healthy");
  // Back to what the Application says: the hold goes on without sources of its own.
  const forth = {
    revision: line?.revision ?? "",
    source: { ...line?.source, directory: { include: "b.yaml" } } as never,
  };
  await world.edit("Application", "one", sync({ ...forth, prune: true }));
  await world.tick(60_000);
  assert.deepEqual(objects(), [false, true]);
  assert.doesNotMatch(world.conditions("one").join(), /sources of line/);
  await world.stopEngine();
});

test("an operation that brings a source which the project does not permit fails", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(
    `{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {name: default, namespace: argocd}, spec: {sourceRepos: ["${REPO}"], destinations: [{server: "*", namespace: "*"}]}}`,
  );
  await world.apply(application("one"));
  await world.settle();
  const source = { repoURL: "https://evil.example.com/config", path: "one" };
  await world.edit("Application", "one", sync({ revision: "main", source }));
  await world.tick(5_000);
  const { phase, message } = world.status("one").operationState ?? {};
  assert.equal(phase, "Error");
  assert.match(message ?? "", /evil.example.com\/config" is not permitted/);
  await world.stopEngine();
});

test("a PostDelete hook runs when everything else is gone, and the application goes after it", async () => {
  const world = await World.start();
  const hook = `
apiVersion: batch/v1
kind: Job
metadata: { name: cleanup, annotations: { argocd.argoproj.io/hook: PostDelete, argocd.argoproj.io/hook-delete-policy: HookSucceeded } }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: run, image: busybox }] } } }
`;
  world.commit({ "one/a.yaml": configMap("a"), "one/hook.yaml": hook });
  await world.apply(application("one", { metadata: "  finalizers: [resources-finalizer.argocd.argoproj.io]" }));
  await world.settle();
  assert.ok(world.app("one").metadata.finalizers?.includes("post-delete-finalizer.argocd.argoproj.io"));
  assert.equal(world.hub.get("Job", "cleanup"), undefined);
  await world.remove("Application", "one");
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.ok(world.hub.get("Job", "cleanup"));
  assert.ok(world.hub.get("Application", "one"));
  await world.edit(
    "Job",
    "cleanup",
    { status: { conditions: [{ type: "Complete", status: "True" }] } },
    { manager: "kube-controller-manager" },
  );
  await world.settle();
  assert.equal(world.hub.get("Job", "cleanup"), undefined);
  assert.equal(world.hub.get("Application", "one"), undefined);
  await world.stopEngine();
});

test("an application waits for those it depends on, and starts by itself when they are healthy", async () => {
  const world = await World.start();
  world.commit({ "base/a.yaml": configMap("a"), "top/b.yaml": configMap("b") });
  await world.apply(application("top", { metadata: "  annotations: { fairlead.dev/depends-on: base }" }));
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "b"), undefined);
  assert.ok(
    world.events.some(
      (event) => event.type === "waiting" && event.message.includes("argocd/base, which does not exist"),
    ),
  );
  assert.match(
    world.conditions("top").join(),
    /SyncPending: waiting for application argocd\/base, which does not exist/,
  );
  await world.apply(application("base"));
  await world.settle();
  assert.equal(world.summary("top"), "Synced/Healthy");
  assert.deepEqual(world.conditions("top"), []);
  await world.stopEngine();
});

test("dependencies that go round in a circle are named", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  await world.apply(application("one", { metadata: "  annotations: { fairlead.dev/depends-on: two }" }));
  await world.apply(application("two", { metadata: "  annotations: { fairlead.dev/depends-on: one }" }));
  await world.settle();
  assert.ok(
    world.events.some(
      (event) => event.type === "waiting" && event.message.includes("argocd/one → argocd/two → argocd/one"),
    ),
  );
  assert.match(world.conditions("one").join(), /SyncPending: fairlead.dev\/depends-on goes round in a circle/);
  await world.stopEngine();
});

test("a cluster that does not answer delays no application of another one", async () => {
  const world = await World.start({ clusters: ["east", "west"] });
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  world.server("east").intercept = () => {
    throw new Error("connection refused");
  };
  await world.apply(application("one", { destination: "{ name: east, namespace: default }" }));
  await world.apply(application("two", { destination: "{ name: west, namespace: default }" }));
  await world.settle();
  assert.equal(world.summary("two"), "Synced/Healthy");
  assert.ok(world.server("west").get("ConfigMap", "b"));
  assert.match(world.status("one").operationState?.message ?? "", /connection refused.*Retrying/);
  world.server("east").intercept = undefined;
  await world.tick(10_000);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("an object that cannot be changed in place is explained, and recreated with Force=true", async () => {
  const world = await World.start();
  const { failure } = await import("./support/fake-server.ts");
  let isImmutable = true;
  world.hub.intercept = ({ verb, kind }) => {
    if (verb === "delete" && kind === "ConfigMap") isImmutable = false;
    if (verb === "apply" && kind === "ConfigMap" && isImmutable && world.hub.get("ConfigMap", "a")) {
      throw failure(
        422,
        "Invalid",
        'ConfigMap "a" is invalid: data: Forbidden: field is immutable when `immutable` is set',
      );
    }
  };
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: "{ automated: {}, retry: { limit: 0 } }" }));
  await world.settle();
  const uid = world.hub.get("ConfigMap", "a")?.metadata.uid;
  world.commit({ "one/a.yaml": configMap("a", { key: "2" }) });
  await world.settle();
  assert.match(world.conditions("one").join(), /immutable.*\(one\/a\.yaml:1\).*Force=true/);
  world.commit({ "one/a.yaml": configMap("a", { key: "3" }, "{ argocd.argoproj.io/sync-options: Force=true }") });
  await world.settle();
  assert.notEqual(world.hub.get("ConfigMap", "a")?.metadata.uid, uid);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("an operation with sources of its own applies those, as a rollback to other parameters does", async () => {
  const world = await World.start();
  world.commit({ "one/kustomization.yaml": "resources: [a.yaml]\n", "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: "{}" }));
  await world.settle();
  const source = { repoURL: REPO, path: "one", targetRevision: "main", kustomize: { namePrefix: "old-" } };
  await world.edit("Application", "one", { operation: { sync: { source } } });
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "old-a"));
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.deepEqual(world.status("one").operationState?.syncResult?.source, source);
  assert.deepEqual(world.status("one").history?.[0]?.source, source);
  await world.stopEngine();
});

test("manifests that come with an operation are applied instead of Git's, and faults in them are told with their place", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: "{}" }));
  await world.settle();
  await world.edit("Application", "one", { operation: { sync: { manifests: [configMap("local")] } } });
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "local"));
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  await world.edit("Application", "one", { operation: { sync: { manifests: ["kind: ConfigMap\n"] } } });
  await world.settle();
  assert.equal(world.status("one").operationState?.phase, "Error");
  assert.match(world.status("one").operationState?.message ?? "", /operation\.sync\.manifests\[0\]/);
  await world.stopEngine();
});
