import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { parseSettings } from "../src/settings/parse.ts";
import { application, configMap, World } from "./support/world.ts";

const cm = (data: Record<string, string>): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "argocd-cm" },
  data,
});

async function worldWith(data: Record<string, string>): Promise<World> {
  return World.start({ apps: { settings: parseSettings(cm(data), undefined).settings } });
}

test("kinds that the installation excludes are left out, and that is said", async () => {
  const world = await worldWith({ "resource.exclusions": '- { apiGroups: [""], kinds: [Secret], clusters: ["*"] }\n' });
  world.commit({ "one/a.yaml": configMap("a"), "one/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: { name: s }\n" });
  await world.apply(application("one"));
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.equal(world.hub.get("Secret", "s"), undefined);
  assert.match(world.conditions("one").join(), /ExcludedResourceWarning: 1 objects/);
  await world.stopEngine();
});

test("system-wide ignore rules count as the application's own do", async () => {
  const world = await worldWith({ "resource.customizations.ignoreDifferences.all": "jsonPointers: [/data/key]\n" });
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one"));
  await world.settle();
  world.hub.calls.length = 0;
  await world.edit("ConfigMap", "a", { data: { key: "tuned" } });
  await world.settle();
  assert.deepEqual(world.hub.calls, []);
  assert.equal(world.data("a")["key"], "tuned");
  await world.stopEngine();
});

for (const method of ["label", "annotation+label"]) {
  test(`tracking by ${method} marks, finds and prunes`, async () => {
    const world = await worldWith({ "application.resourceTrackingMethod": method });
    world.commit({ "one/a.yaml": configMap("a"), "one/b.yaml": configMap("b") });
    await world.apply(application("one"));
    await world.settle();
    assert.equal(world.hub.get("ConfigMap", "a")?.metadata.labels?.["app.kubernetes.io/instance"], "one");
    assert.equal(world.hub.get("ConfigMap", "a")?.metadata.annotations !== undefined, method !== "label");
    world.commit({ "one/b.yaml": null });
    await world.settle();
    assert.equal(world.hub.get("ConfigMap", "b"), undefined);
    assert.equal(world.summary("one"), "Synced/Healthy");
    await world.stopEngine();
  });
}

test("settings that cannot be used are all reported, and the others count", () => {
  const { settings, problems } = parseSettings(
    cm({
      "application.resourceTrackingMethod": "magic",
      "resource.exclusions": "{ not: [closed",
      "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers: [/spec/replicas]",
    }),
    { apiVersion: "v1", kind: "ConfigMap", metadata: {}, data: { "controller.resource.health.persist": "false" } },
  );
  assert.equal(problems.length, 2);
  assert.equal(settings.tracking.method, "annotation");
  assert.equal(settings.persistResourceHealth, false);
  assert.deepEqual(
    settings.ignoreDifferences.map(({ group, kind }) => [group, kind]),
    [["apps", "Deployment"]],
  );
});

test("orphaned objects are counted where the project asks for it", async () => {
  const world = await World.start();
  await world.apply(`
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: { name: team, namespace: argocd }
spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], orphanedResources: { ignore: [{ kind: ConfigMap, name: "known-*" }] } }
`);
  for (const name of ["stray", "known-1", "kube-root-ca.crt"])
    await world.apply(configMap(name).replace(`name: ${name}`, `name: ${name}, namespace: default`));
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one").replace("project: default", "project: team"));
  await world.settle();
  assert.match(world.conditions("one").join(), /OrphanedResourceWarning: Application has 1 orphaned resources/);
  await world.stopEngine();
});

test("an application deleted right after a kill in its first sync leaves nothing behind", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  world.hub.intercept = ({ kind }) => {
    if (kind === "Application") throw new Error("killed");
  };
  await world.apply(application("one", { metadata: "  finalizers: [resources-finalizer.argocd.argoproj.io]" }));
  await world.settle();
  await world.stopEngine();
  world.hub.intercept = undefined;
  assert.ok(world.hub.get("ConfigMap", "a"));
  await world.remove("Application", "one");
  await world.startEngine();
  await world.settle();
  assert.equal(world.hub.get("ConfigMap", "a"), undefined);
  assert.equal(world.hub.get("Application", "one"), undefined);
  await world.stopEngine();
});

test("flags of kustomize and Secrets with keys are named for all, and for one version or project", () => {
  const { settings, problems } = parseSettings(
    cm({
      "kustomize.buildOptions": "--enable-helm",
      "kustomize.buildOptions.v5.3.0": "--load-restrictor LoadRestrictionsNone",
      "sops.secret.team-a": "team-a-keys",
    }),
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [...settings.kustomizeBuildOptions],
    [
      ["", "--enable-helm"],
      ["v5.3.0", "--load-restrictor LoadRestrictionsNone"],
    ],
  );
  assert.deepEqual([...settings.sopsSecrets], [["team-a", "team-a-keys"]]);
});
