import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { Claim, ControllerRevision, Pod, StatefulSet } from "../api/types.ts";
import { claimActions } from "../engine/claiming.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { addOwner } from "../replicaset/controller.ts";
import { decideStatefulSet } from "./decide.ts";
import { ordinalOf } from "./pods.ts";

export function statefulSets(world: World): Loop {
  const sets = world.store<StatefulSet>(KINDS.statefulSet);
  const pods = world.store<Pod>(KINDS.pod);
  const revisions = world.store<ControllerRevision>(KINDS.controllerRevision);
  const claims = world.store<Claim>(KINDS.claim);
  const loop = createLoop(world, {
    component: "statefulset-controller",
    manager: MANAGERS.controllers,
    decide(key) {
      const set = sets.get(key);
      if (!set) return undefined;
      const { uid, namespace } = set.metadata;
      const candidates = pods
        .unowned(namespace)
        .filter(({ metadata }) => ordinalOf(set, metadata.name ?? "") !== undefined);
      const adoption = claimActions(set, set.spec.selector, pods.ownedBy(uid), candidates);
      if (adoption.length > 0) return { actions: adoption };
      return decideStatefulSet({
        set,
        pods: pods.ownedBy(uid),
        revisions: revisions.ownedBy(uid),
        claim: (name) => claims.get(`${namespace}/${name}`),
        nowMs: world.clock.now(),
      });
    },
  });
  sets.subscribe((set, _, isGone) => {
    if (!isGone) loop.add(keyOf(set));
  });
  pods.subscribe((pod) => addOwner(loop, pod, "StatefulSet"));
  return loop;
}
