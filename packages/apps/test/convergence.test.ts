import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { failure } from "./support/fake-server.ts";
import { application, configMap, World, type Files } from "./support/world.ts";

const APPS = ["one", "two"] as const;
const OBJECTS = ["o0", "o1", "o2"] as const;

/** What people, other controllers, the network and fate do. */
type Act =
  | {
      readonly do: "commit";
      readonly object: string;
      readonly app: string | null;
      readonly value: string;
      readonly wave: number;
    }
  | { readonly do: "edit"; readonly object: string }
  | { readonly do: "delete"; readonly object: string }
  | { readonly do: "restart" }
  /** The process dies at its n-th call from now. */
  | { readonly do: "kill"; readonly after: number }
  /** The next calls fail. */
  | { readonly do: "fail"; readonly count: number }
  | { readonly do: "wait"; readonly ms: number };

const object = fc.constantFrom(...OBJECTS);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      object,
      app: fc.option(fc.constantFrom(...APPS)),
      value: fc.constantFrom("1", "2"),
      wave: fc.integer({ min: 0, max: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("edit" as const), object }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), object }) },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const), after: fc.nat({ max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fail" as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 1_000, 20_000) }) },
);

class Model {
  /** Where each object is in Git, and what it says. */
  readonly git = new Map<string, { app: string; value: string }>();

  /** The commit that brings an object where the act wants it. */
  commit({ object: name, app, value, wave }: Extract<Act, { do: "commit" }>): Files {
    const files: Record<string, string | null> = {};
    for (const other of APPS) files[`${other}/${name}.yaml`] = null;
    this.git.delete(name);
    if (app !== null) {
      files[`${app}/${name}.yaml`] = configMap(name, { key: value }, `{ argocd.argoproj.io/sync-wave: "${wave}" }`);
      this.git.set(name, { app, value });
    }
    return files;
  }
}

async function perform(world: World, model: Model, step: Act): Promise<void> {
  if (step.do === "commit") world.commit(model.commit(step));
  if (step.do === "edit" && world.hub.get("ConfigMap", step.object)) {
    await world.edit("ConfigMap", step.object, { data: { key: "by hand" } });
  }
  if (step.do === "delete" && world.hub.get("ConfigMap", step.object)) await world.remove("ConfigMap", step.object);
  if (step.do === "restart") {
    await world.stopEngine();
    await world.startEngine();
  }
  if (step.do === "kill") {
    let left = step.after;
    world.hub.intercept = () => {
      if (left-- <= 0) throw new Error("killed");
    };
    await world.settle();
    await world.stopEngine();
    world.hub.intercept = undefined;
    await world.startEngine();
  }
  if (step.do === "fail") {
    let left = step.count;
    world.hub.intercept = () => {
      if (left-- > 0) throw failure(500, "InternalError", "etcd is busy");
    };
  }
  if (step.do === "wait") await world.tick(step.ms);
}

test("whatever happens, in whatever order, the clusters end as Git says, and nothing else was touched", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), async (acts) => {
      const world = await World.start();
      const model = new Model();
      world.commit(Object.fromEntries(APPS.map((app) => [`${app}/keep.yaml`, configMap(`keep-${app}`)])));
      await world.apply(configMap("stranger").replace("name: stranger", "name: stranger, namespace: default"));
      const before = world.hub.get("ConfigMap", "stranger")?.metadata.resourceVersion;
      for (const app of APPS) await world.apply(application(app));
      await world.settle();
      for (const step of acts) await perform(world, model, step);
      world.hub.intercept = undefined;
      // Longer than every back-off.
      await world.tick(900_000);
      await world.tick(900_000);
      for (const app of APPS)
        assert.equal(world.summary(app), "Synced/Healthy", `${app}: ${JSON.stringify(world.status(app), null, 1)}`);
      for (const name of OBJECTS) {
        const wanted = model.git.get(name);
        assert.equal(
          world.hub.get("ConfigMap", name)?.metadata.annotations?.["argocd.argoproj.io/tracking-id"]?.split(":")[0],
          wanted?.app,
          name,
        );
        assert.equal(world.data(name)["key"], wanted?.value, name);
      }
      assert.equal(world.hub.get("ConfigMap", "stranger")?.metadata.resourceVersion, before);
      await world.stopEngine();
    }),
    { numRuns: Number(process.env["FAIRLEAD_RUNS"] ?? 15) },
  );
});
