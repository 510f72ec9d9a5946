import type { KubeObject } from "@fairlead/apimachinery";
import { keyOf } from "@fairlead/kube";
import { KINDS } from "../api/kinds.ts";
import { statusAction } from "../engine/action.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import type { BalancerPool } from "../service/balancer-pool.ts";

/** One ingress controller for all: every Ingress gets its address. */
export function ingresses(world: World, pool: BalancerPool): Loop {
  const objects = world.store<KubeObject>(KINDS.ingress);
  const loop = createLoop(world, {
    component: "ingress-controller",
    manager: "ingress-controller",
    decide(key) {
      const ingress = objects.get(key);
      if (!ingress || ingress.metadata.deletionTimestamp !== undefined) return undefined;
      return { actions: statusAction(ingress, { loadBalancer: { ingress: [{ ip: pool.give("ingress") }] } }) };
    },
  });
  objects.subscribe((ingress, _, isGone) => {
    if (!isGone) loop.add(keyOf(ingress));
  });
  return loop;
}
