import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { application, configMap, World } from "./support/world.ts";

/** Whose an object is by its marks, and whether it is so. */
type Owner = "one" | "two" | "nobody" | "copied" | "label only";

const things = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    owner: fc.constantFrom<Owner>("one", "two", "nobody", "copied", "label only"),
    /** Whether application one has it in Git at first. */
    isInGit: fc.boolean(),
  }),
  { selector: ({ name }) => name, minLength: 1 },
);

const ID = "argocd.argoproj.io/tracking-id";

function marks(owner: Owner, name: string): string {
  if (owner === "nobody") return "{}";
  if (owner === "label only") return '{ note: "no tracking id" }';
  // The id of another object, as kubectl get -o yaml, edited and applied under a new name, leaves it.
  if (owner === "copied") return `{ ${ID}: "one:/ConfigMap:default/original-of-${name}" }`;
  return `{ ${ID}: "${owner}:/ConfigMap:default/${name}" }`;
}

function inDefault(yaml: string, labels = ""): string {
  return yaml.replace("metadata: { ", `metadata: { namespace: default, ${labels}`);
}

test("pruning takes what the application tracks and Git lost, and never what another one or nobody tracks", async () => {
  await fc.assert(
    fc.asyncProperty(things, async (list) => {
      const world = await World.start();
      const files = Object.fromEntries(
        list
          .filter(({ isInGit, owner }) => isInGit && owner === "one")
          .map(({ name }) => [`one/${name}.yaml`, configMap(name)]),
      );
      const ofTwo = list.filter(({ owner }) => owner === "two");
      world.commit({
        "one/keep.yaml": configMap("keep"),
        ...files,
        "two/keep.yaml": configMap("keep-two"),
        ...Object.fromEntries(ofTwo.map(({ name }) => [`two/${name}.yaml`, configMap(name)])),
      });
      for (const { name, owner } of list) {
        const labels = owner === "label only" ? "labels: { app.kubernetes.io/instance: one }, " : "";
        await world.apply(inDefault(configMap(name, { key: "value" }, marks(owner, name)), labels));
      }
      const uids = new Map(list.map(({ name }) => [name, world.hub.get("ConfigMap", name)?.metadata.uid]));
      await world.apply(application("two"));
      await world.apply(application("one"));
      await world.settle();
      world.commit(Object.fromEntries(Object.keys(files).map((path) => [path, null])));
      await world.tick(600_000);
      assert.equal(world.summary("one"), "Synced/Healthy");
      for (const { name, owner } of list) {
        const uid = world.hub.get("ConfigMap", name)?.metadata.uid;
        if (owner === "one") assert.equal(uid, undefined, `${name} of ${owner} is still there`);
        else assert.equal(uid, uids.get(name), `${name} of ${owner}`);
      }
      await world.stopEngine();
    }),
    { numRuns: Number(process.env["FAIRLEAD_RUNS"] ?? 15) },
  );
});
