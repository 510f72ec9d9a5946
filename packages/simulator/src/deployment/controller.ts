import { controllerOf } from "@fairlead/apimachinery";
import { isAlreadyExists, keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { Deployment, Pod, ReplicaSet } from "../api/types.ts";
import { claimActions } from "../engine/claiming.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { addMatching, addOwner } from "../replicaset/controller.ts";
import { decideDeployment } from "./decide.ts";

const SETTLE_MS = 25;

export function deployments(world: World): Loop {
  const objects = world.store<Deployment>(KINDS.deployment);
  const sets = world.store<ReplicaSet>(KINDS.replicaSet);
  const pods = world.store<Pod>(KINDS.pod);
  const loop = createLoop(world, {
    component: "deployment-controller",
    manager: MANAGERS.controllers,
    settleMs,
    decide(key) {
      const deployment = objects.get(key);
      if (!deployment) return undefined;
      const owned = sets.ownedBy(deployment.metadata.uid);
      const unowned = sets.unowned(deployment.metadata.namespace);
      const claims = claimActions(deployment, deployment.spec.selector, owned, unowned);
      if (claims.length > 0) return { actions: claims };
      return decideDeployment({
        deployment,
        sets: owned,
        podsOf: (set) => pods.ownedBy(set.metadata.uid),
        nowMs: world.clock.now(),
      });
    },
    decideFailed(key, error) {
      const deployment = objects.get(key);
      if (!deployment || !isAlreadyExists(error)) return undefined;
      // Another template has taken the name: the next one is made with one collision more.
      const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
      return {
        actions: [{ do: "patch", object: deployment, patch: { status: { collisionCount } }, subresource: "status" }],
      };
    },
  });

  /** What was asked for and sets that have come to what they are to be are looked at at once, counts on the way there now and then. */
  function settleMs(key: string): number {
    const deployment = objects.get(key);
    if (deployment?.metadata.generation !== deployment?.status?.observedGeneration) return 0;
    const isSettled = ({ spec, status }: ReplicaSet): boolean => (status?.readyReplicas ?? 0) === (spec.replicas ?? 1);
    return sets.ownedBy(deployment?.metadata.uid).every(isSettled) ? 0 : SETTLE_MS;
  }

  objects.subscribe((deployment, _, isGone) => {
    if (!isGone) loop.add(keyOf(deployment));
  });
  sets.subscribe((set, _, isGone) => {
    addOwner(loop, set, "Deployment");
    if (!isGone && !controllerOf(set)) addMatching(loop, objects, set);
  });
  return loop;
}
