import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { parseSettings } from "../src/settings/parse.ts";
import { application, configMap, World } from "./support/world.ts";

const LABEL = "app.kubernetes.io/instance";
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LONG = `${"a".repeat(50)}-${"b".repeat(11)}-`;

function tracking(method: string): Promise<World> {
  const data = { "application.resourceTrackingMethod": method };
  const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "argocd-cm" }, data };
  return World.start({ apps: { settings: parseSettings(object, undefined).settings } });
}

for (const method of ["label", "annotation+label"]) {
  test(`under tracking by ${method} two long names that begin alike stay two applications`, async () => {
    const world = await tracking(method);
    const names = [`${LONG}one`, `${LONG}two`];
    world.commit({
      "one/a.yaml": configMap("a"),
      "one/gone.yaml": configMap("gone"),
      "two/b.yaml": configMap("b"),
    });
    await world.apply(application(names[0] ?? "", { path: "one" }));
    await world.apply(application(names[1] ?? "", { path: "two" }));
    await world.settle();
    assert.deepEqual(
      names.map((name) => world.summary(name)),
      ["Synced/Healthy", "Synced/Healthy"],
    );
    for (const name of ["a", "b"]) {
      assert.match(world.hub.get("ConfigMap", name)?.metadata.labels?.[LABEL] ?? "", LABEL_VALUE);
    }
    world.commit({ "one/gone.yaml": null });
    await world.settle();
    const left = ["a", "b", "gone"].filter((name) => world.hub.get("ConfigMap", name) !== undefined);
    assert.deepEqual(left, ["a", "b"]);
    // Drift finds its application by the mark.
    await world.edit("ConfigMap", "b", { data: { key: "changed" } });
    await world.settle();
    assert.equal(world.data("b")["key"], "value");
    await world.stopEngine();
  });
}

async function theirs(world: World, name: string, mark: string): Promise<void> {
  const annotations = `{ argocd.argoproj.io/tracking-id: "${mark}:/ConfigMap:default/${name}" }`;
  await world.apply(configMap(name, { key: "theirs" }, annotations).replace("name:", "namespace: default, name:"));
}

test("an object that another installation's application of the same name tracks is named, and what to do", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await world.apply(application("one", { policy: "{ automated: {} }" }));
  await world.settle();
  await theirs(world, "b", "one");
  await world.settle();
  assert.equal(world.summary("one"), "OutOfSync/Healthy");
  assert.match(
    world.conditions("one").join(),
    /SharedResourceWarning: ConfigMap default\/b: tracked as part of application one, .* an installationID in argocd-cm/,
  );
  assert.equal(world.data("b")["key"], "theirs");
  await world.stopEngine();
});

test("an object with the mark of an application that is not here is named in Argo CD's words until a sync takes it over", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await theirs(world, "a", "other");
  await world.apply(application("one", { policy: "{}" }));
  await world.settle();
  assert.match(
    world.conditions("one").join(),
    /SharedResourceWarning: ConfigMap default\/a is part of applications one and other\. .* a sync takes it over/,
  );
  await world.edit("Application", "one", { operation: { sync: {} } });
  await world.settle();
  assert.equal(world.summary("one"), "Synced/Healthy");
  assert.deepEqual(world.conditions("one"), []);
  await world.stopEngine();
});

test("with FailOnSharedResource the mark of an application that is not here stops the sync", async () => {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a") });
  await theirs(world, "a", "other");
  await world.apply(application("one", { policy: "{ syncOptions: [FailOnSharedResource=true] }" }));
  await world.settle();
  await world.edit("Application", "one", {
    operation: { sync: { syncOptions: ["FailOnSharedResource=true"] } },
  });
  await world.settle();
  const { phase, message } = world.status("one").operationState ?? {};
  assert.equal(phase, "Failed");
  assert.match(message ?? "", /ConfigMap default\/a is part of application other, and FailOnSharedResource is set/);
  assert.equal(world.data("a")["key"], "theirs");
  await world.stopEngine();
});
