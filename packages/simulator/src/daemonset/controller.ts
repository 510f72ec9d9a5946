import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { ControllerRevision, DaemonSet, Pod } from "../api/types.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { addOwner } from "../replicaset/controller.ts";
import type { Node } from "../schedule/fit.ts";
import { decideDaemonSet } from "./decide.ts";

export function daemonSets(world: World): Loop {
  const sets = world.store<DaemonSet>(KINDS.daemonSet);
  const pods = world.store<Pod>(KINDS.pod);
  const nodes = world.store<Node>(KINDS.node);
  const revisions = world.store<ControllerRevision>(KINDS.controllerRevision);
  const loop = createLoop(world, {
    component: "daemonset-controller",
    manager: MANAGERS.controllers,
    decide(key) {
      const set = sets.get(key);
      if (!set) return undefined;
      const { uid } = set.metadata;
      return decideDaemonSet({
        set,
        pods: pods.ownedBy(uid),
        nodes: [...nodes.all()],
        revisions: revisions.ownedBy(uid),
        nowMs: world.clock.now(),
      });
    },
  });
  sets.subscribe((set, _, isGone) => {
    if (!isGone) loop.add(keyOf(set));
  });
  pods.subscribe((pod) => addOwner(loop, pod, "DaemonSet"));
  nodes.subscribe(() => {
    for (const set of sets.all()) loop.add(keyOf(set));
  });
  return loop;
}
