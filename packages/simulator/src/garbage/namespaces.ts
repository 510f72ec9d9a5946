import type { KubeObject } from "@fairlead/apimachinery";
import { again, createController, createWorkQueue, done, isNotFound, type Outcome } from "@fairlead/kube";
import { KINDS } from "../api/kinds.ts";
import type { Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";

const LOOK_AGAIN_MS = 200;

/** Empties a namespace that is being deleted, of every kind the server has, and lets it go once nothing is left. */
export function namespaceCleaner(world: World): Loop {
  const { clock, logger, client } = world;
  const namespaces = world.store<KubeObject>(KINDS.namespace);
  const queue = createWorkQueue({ clock });

  async function reconcile(name: string): Promise<Outcome> {
    const namespace = namespaces.get(name);
    if (!namespace || namespace.metadata.deletionTimestamp === undefined) return done();
    const left = await empty(world, name);
    if (left > 0) return again(LOOK_AGAIN_MS, "objects are left in the namespace");
    const body = { ...namespace, spec: { finalizers: [] } };
    const answer = await client.request({ method: "PUT", path: `/api/v1/namespaces/${name}/finalize`, body });
    if (answer.status === 409) return again(LOOK_AGAIN_MS, "conflict");
    if (answer.status >= 300 && answer.status !== 404)
      throw new Error(`finalizing namespace ${name}: ${answer.status}`);
    return done();
  }

  const controller = createController({ name: "namespace-controller", queue, workers: 2, clock, logger, reconcile });
  namespaces.subscribe((namespace, _, isGone) => {
    if (!isGone && namespace.metadata.deletionTimestamp !== undefined) queue.add(namespace.metadata.name ?? "");
  });
  return {
    name: "namespace-controller",
    add: (key) => queue.add(key),
    async run(signal) {
      await controller.run(signal);
      queue.shutDown();
    },
  };
}

/** Deletes what can be deleted; returns how many objects are still there. */
async function empty({ client }: World, namespace: string): Promise<number> {
  const resources = (await client.discovery.all()).filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes("list") && verbs.includes("delete"),
  );
  let left = 0;
  for (const { group, version, kind } of resources) {
    // Events tell of what happened and go with the namespace at the end, one of the two groups being enough.
    if (group === "events.k8s.io") continue;
    const ref = { apiVersion: group === "" ? version : `${group}/${version}`, kind };
    const { items } = await client.list(ref, { namespace });
    left += items.length;
    for (const { metadata } of items) {
      if (metadata.deletionTimestamp !== undefined) continue;
      try {
        await client.delete(ref, metadata.name ?? "", namespace, { propagationPolicy: "Background" });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
  return left;
}
