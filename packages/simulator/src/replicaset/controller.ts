import { controllerOf, type KubeObject } from "@fairlead/apimachinery";
import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { Pod, ReplicaSet } from "../api/types.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { decideReplicaSet } from "./decide.ts";

const SETTLE_MS = 10;
const SETTLE_MS_MAX = 500;

export function replicaSets(world: World): Loop {
  const sets = world.store<ReplicaSet>(KINDS.replicaSet);
  const pods = world.store<Pod>(KINDS.pod);
  /** What the server last said when pods of a set could not be created, by the set's uid. */
  const failures = new Map<string, string>();
  const decide = (key: string): ReturnType<typeof decideReplicaSet> | undefined => {
    const set = sets.get(key);
    if (!set) return undefined;
    const { uid = "" } = set.metadata;
    const failure = failures.get(uid);
    failures.delete(uid);
    return decideReplicaSet({ set, pods: pods.ownedBy(uid), nowMs: world.clock.now(), failure });
  };
  const loop = createLoop(world, {
    component: "replicaset-controller",
    manager: MANAGERS.controllers,
    // Every look goes over all pods, so a set of thousands is looked at less often while they come and go.
    settleMs: (key) => Math.min(SETTLE_MS_MAX, SETTLE_MS + (sets.get(key)?.spec.replicas ?? 0) / 50),
    decide,
    decideFailed(key, error) {
      const set = sets.get(key);
      if (!set) return undefined;
      failures.set(set.metadata.uid ?? "", error.message);
      // The status alone: trying to create again in the same breath would fail the same way.
      const decision = decide(key);
      return decision && { actions: decision.actions.filter((action) => action.do === "patch") };
    },
  });
  sets.subscribe((set, _, isGone) => {
    if (!isGone) loop.add(keyOf(set));
    else failures.delete(set.metadata.uid ?? "");
  });
  pods.subscribe((pod) => addOwner(loop, pod, "ReplicaSet"));
  return loop;
}

/** Wakes the controller of an object, if it is of that kind. */
export function addOwner(loop: Loop, object: KubeObject, kind: string): void {
  const owner = controllerOf(object);
  if (owner?.kind === kind) loop.add(`${object.metadata.namespace}/${owner.name}`);
}
