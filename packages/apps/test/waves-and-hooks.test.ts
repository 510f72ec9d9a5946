import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { application, configMap, World } from "./support/world.ts";

const ONCE = "{ automated: {}, retry: { limit: 0 } }";
const wave = (number: number): string => `{ argocd.argoproj.io/sync-wave: "${number}" }`;

function job(name: string, hook: string, more = ""): string {
  return `
apiVersion: batch/v1
kind: Job
metadata:
  ${name.endsWith("-") ? "generateName" : "name"}: ${name}
  annotations: { argocd.argoproj.io/hook: ${hook}${more} }
spec: { template: { spec: { restartPolicy: Never, containers: [{ name: run, image: busybox }] } } }
`;
}

function deployment(name: string, annotations: string): string {
  return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, annotations: ${annotations} }
spec:
  replicas: 1
  selector: { matchLabels: { app: ${name} } }
  template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ name: app, image: "app:1" }] } }
`;
}

async function finishJob(world: World, name: string, type: "Complete" | "Failed"): Promise<void> {
  const status = {
    conditions: [{ type, status: "True", ...(type === "Failed" ? { message: "exit 1" } : {}) }],
    succeeded: 1,
  };
  await world.edit("Job", name, { status }, { manager: "kube-controller-manager" });
  await world.settle();
}

async function roll(world: World, name: string, isReady: boolean): Promise<void> {
  const counts = isReady
    ? { replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 }
    : { replicas: 1, unavailableReplicas: 1 };
  const progressing = {
    type: "Progressing",
    status: isReady ? "True" : "False",
    reason: isReady ? "NewReplicaSetAvailable" : "ProgressDeadlineExceeded",
    message: "it did not become ready",
  };
  await world.edit(
    "Deployment",
    name,
    { status: { observedGeneration: 1, ...counts, conditions: [progressing] } },
    { manager: "kube-controller-manager" },
  );
  await world.settle();
}

const applied = (world: World): string[] =>
  world.hub.calls
    .filter(({ verb, isDryRun }) => verb === "apply" && !isDryRun)
    .map(({ kind, name }) => `${kind} ${name}`);

test("waves are applied in order, each when the one before is healthy", async () => {
  const world = await World.start();
  world.commit({
    "one/a.yaml": deployment("first", wave(-1)),
    "one/b.yaml": configMap("second"),
    "one/c.yaml": configMap("third", {}, wave(5)),
  });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  assert.deepEqual(applied(world), ["Deployment first"]);
  assert.equal(world.status("one").operationState?.phase, "Running");
  assert.equal(world.status("one").operationState?.message, "waiting for healthy state of apps/Deployment/first");
  await roll(world, "first", true);
  assert.deepEqual(applied(world), ["Deployment first", "ConfigMap second", "ConfigMap third"]);
  assert.equal(world.status("one").operationState?.phase, "Succeeded");
  assert.equal(world.status("one").operationState?.message, "successfully synced (all tasks run)");
  await world.stopEngine();
});

test("a wave that turns out degraded fails the sync and what follows is not applied", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": deployment("first", wave(-1)), "one/b.yaml": configMap("second") });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  await roll(world, "first", false);
  assert.equal(world.status("one").operationState?.phase, "Failed");
  assert.match(world.status("one").operationState?.message ?? "", /Deployment default\/first/);
  assert.equal(world.hub.get("ConfigMap", "second"), undefined);
  await world.stopEngine();
});

test("a wave that is never healthy is given up after its time limit", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": deployment("first", wave(-1)), "one/b.yaml": configMap("second") });
  await world.apply(
    application("one", { policy: ONCE, metadata: "  annotations: { fairlead.dev/wave-timeout: 90s }" }),
  );
  await world.tick(89_000);
  assert.equal(world.status("one").operationState?.phase, "Running");
  await world.tick(2_000);
  assert.equal(world.status("one").operationState?.phase, "Failed");
  assert.match(world.status("one").operationState?.message ?? "", /gave up after 90 s waiting for healthy state/);
  await world.stopEngine();
});

test("hooks run in their phases and are waited for", async () => {
  const world = await World.start();
  world.commit({
    "one/pre.yaml": job("migrate", "PreSync"),
    "one/a.yaml": configMap("a"),
    "one/post.yaml": job("smoke", "PostSync"),
  });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  assert.deepEqual(applied(world), ["Job migrate"]);
  assert.deepEqual(world.hub.get("Job", "migrate")?.metadata.finalizers, ["argocd.argoproj.io/hook-finalizer"]);
  await finishJob(world, "migrate", "Complete");
  assert.deepEqual(applied(world), ["Job migrate", "ConfigMap a", "Job smoke"]);
  assert.equal(world.status("one").operationState?.phase, "Running");
  await finishJob(world, "smoke", "Complete");
  const state = world.status("one").operationState;
  assert.equal(state?.phase, "Succeeded");
  assert.deepEqual(
    state?.syncResult?.resources?.map(
      ({ name, hookType, hookPhase, status }) => `${name} ${hookType ?? "-"} ${hookPhase ?? "-"} ${status}`,
    ),
    ["migrate PreSync Succeeded undefined", "a - Succeeded Synced", "smoke PostSync Succeeded undefined"],
  );
  // Done with: nothing of ours keeps them any more.
  assert.equal(world.hub.get("Job", "migrate")?.metadata.finalizers, undefined);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("a failed PreSync hook stops the sync before anything is applied, and runs the SyncFail hooks", async () => {
  const world = await World.start();
  world.commit({
    "one/pre.yaml": job("migrate", "PreSync"),
    "one/a.yaml": configMap("a"),
    "one/fail.yaml": job("alarm", "SyncFail"),
  });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  await finishJob(world, "migrate", "Failed");
  assert.deepEqual(applied(world), ["Job migrate", "Job alarm"]);
  await finishJob(world, "alarm", "Complete");
  assert.equal(world.status("one").operationState?.phase, "Failed");
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  await world.stopEngine();
});

test("a hook of the last sync is replaced before the new one runs, unless its policy says otherwise", async () => {
  const world = await World.start();
  world.commit({ "one/pre.yaml": job("migrate", "PreSync"), "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  const first = world.hub.get("Job", "migrate")?.metadata.uid;
  await finishJob(world, "migrate", "Complete");
  world.commit({ "one/a.yaml": configMap("a", { key: "2" }) });
  await world.tick(1_000);
  const second = world.hub.get("Job", "migrate")?.metadata.uid;
  assert.notEqual(second, first);
  await finishJob(world, "migrate", "Complete");
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("HookSucceeded deletes a hook once the sync is done", async () => {
  const world = await World.start();
  world.commit({
    "one/pre.yaml": job("migrate", "PreSync", ", argocd.argoproj.io/hook-delete-policy: HookSucceeded"),
    "one/a.yaml": configMap("a"),
  });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  await finishJob(world, "migrate", "Complete");
  assert.equal(world.hub.get("Job", "migrate"), undefined);
  assert.equal(world.status("one").operationState?.phase, "Succeeded");
  await world.stopEngine();
});

test("a hook with generateName is named after revision, phase and start", async () => {
  const world = await World.start();
  const revision = world.commit({ "one/pre.yaml": job("migrate-", "PreSync"), "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  const [hook] = world.hub.list("Job");
  assert.match(hook?.metadata.name ?? "", new RegExp(`^migrate-${revision.slice(0, 7)}-presync-\\d{10}$`));
  await finishJob(world, hook?.metadata.name ?? "", "Complete");
  assert.equal(world.status("one").operationState?.phase, "Succeeded");
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("Helm's hooks are mapped, and test hooks never run", async () => {
  const world = await World.start();
  const helm = (name: string, hook: string): string =>
    job(name, "x").replace("argocd.argoproj.io/hook: x", `helm.sh/hook: "${hook}"`);
  world.commit({
    "one/a.yaml": helm("pre", "pre-install,pre-upgrade"),
    "one/b.yaml": helm("check", "test"),
    "one/c.yaml": configMap("c"),
  });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  assert.deepEqual(applied(world), ["Job pre"]);
  await finishJob(world, "pre", "Complete");
  assert.deepEqual(applied(world), ["Job pre", "ConfigMap c"]);
  await world.stopEngine();
});

test("what the server would refuse is found before the first hook runs", async () => {
  const world = await World.start();
  world.commit({ "one/pre.yaml": job("migrate", "PreSync"), "one/a.yaml": `${configMap("a")}typo: 1\n` });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  assert.equal(world.hub.get("Job", "migrate"), undefined);
  assert.match(world.conditions("one").join(), /SyncError: .*\.typo: field not declared/);
  await world.stopEngine();
});

test("objects of a kind that comes with the same sync are applied after its definition", async () => {
  const world = await World.start();
  const schema = "{ openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }";
  const crd = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Cluster
  names: { kind: Widget, plural: widgets }
  versions: [{ name: v1, served: true, storage: true, schema: ${schema} }]
`;
  world.commit({
    "one/a.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: w }\nspec: { size: 1 }\n",
    "one/b.yaml": crd,
  });
  await world.apply(application("one", { policy: ONCE }));
  await world.settle();
  await world.tick(1_000);
  assert.deepEqual(applied(world), ["CustomResourceDefinition widgets.example.com", "Widget w"]);
  assert.equal(world.hub.get("Widget", "w")?.metadata.namespace, undefined);
  assert.equal(world.summary("one"), "Synced/Healthy");
  await world.stopEngine();
});

test("prune goes through the waves the other way round", async () => {
  const world = await World.start();
  world.commit({
    "one/keep.yaml": configMap("keep"),
    "one/a.yaml": configMap("a", {}, wave(0)),
    "one/b.yaml": configMap("b", {}, wave(1)),
    "one/c.yaml": configMap("c", {}, wave(2)),
  });
  await world.apply(application("one"));
  await world.settle();
  world.hub.calls.length = 0;
  world.commit({ "one/a.yaml": null, "one/b.yaml": null, "one/c.yaml": null });
  await world.settle();
  assert.deepEqual(
    world.hub.calls.filter(({ verb }) => verb === "delete").map(({ name }) => name),
    ["c", "b", "a"],
  );
  await world.stopEngine();
});

test("Prune=false keeps an object, Prune=confirm until somebody confirms", async () => {
  const world = await World.start();
  const option = (text: string): string => `{ argocd.argoproj.io/sync-options: "${text}" }`;
  world.commit({
    "one/keep.yaml": configMap("keep"),
    "one/never.yaml": configMap("never", {}, option("Prune=false")),
    "one/ask.yaml": configMap("ask", {}, option("Prune=confirm")),
  });
  await world.apply(application("one"));
  await world.settle();
  world.commit({ "one/never.yaml": null, "one/ask.yaml": null });
  await world.settle();
  assert.ok(world.hub.get("ConfigMap", "never"));
  assert.ok(world.hub.get("ConfigMap", "ask"));
  const approved = new Date(world.clock.now()).toISOString();
  await world.edit("Application", "one", {
    metadata: { annotations: { "argocd.argoproj.io/deletion-approved": approved } },
  });
  await world.tick(300_000);
  assert.ok(world.hub.get("ConfigMap", "never"));
  assert.equal(world.hub.get("ConfigMap", "ask"), undefined);
  await world.stopEngine();
});

test("a request to terminate stops a sync that waits, hooks included", async () => {
  const world = await World.start();
  world.commit({ "one/pre.yaml": job("migrate", "PreSync"), "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: "{}" }));
  await world.edit("Application", "one", { operation: { initiatedBy: { username: "ann" }, sync: {} } });
  await world.settle();
  assert.equal(world.status("one").operationState?.phase, "Running");
  await world.edit("Application", "one", { status: { operationState: { phase: "Terminating" } } });
  await world.settle();
  assert.equal(world.status("one").operationState?.phase, "Failed");
  assert.equal(world.status("one").operationState?.message, "Operation terminated");
  assert.equal(world.hub.get("Job", "migrate"), undefined);
  assert.equal((world.app("one") as KubeObject)["operation"], undefined);
  await world.stopEngine();
});

test("a failed sync with hooks is not repeated beyond its retries, although self-heal is on", async () => {
  const world = await World.start();
  world.commit({ "one/pre.yaml": job("migrate", "PreSync"), "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: "{ automated: { selfHeal: true }, retry: { limit: 0 } }" }));
  await world.settle();
  await finishJob(world, "migrate", "Failed");
  assert.match(world.conditions("one").join(), /SyncError/);
  world.hub.calls.length = 0;
  await world.tick(3_600_000);
  assert.deepEqual(world.hub.calls, []);
  await world.stopEngine();
});
