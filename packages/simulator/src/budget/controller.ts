import { controllerOf, type KubeObject } from "@fairlead/apimachinery";
import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { Pod } from "../api/types.ts";
import { ownerOf } from "../behaviour/holders.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { type Budget, decideBudget, selectsPod } from "./decide.ts";

export function budgets(world: World): Loop {
  const objects = world.store<Budget>(KINDS.budget);
  const pods = world.store<Pod>(KINDS.pod);
  const loop = createLoop(world, {
    component: "controllermanager",
    manager: MANAGERS.controllers,
    settleMs: 50,
    decide(key) {
      const budget = objects.get(key);
      if (!budget) return undefined;
      const selected = pods.inNamespace(budget.metadata.namespace).filter((pod) => selectsPod(budget, pod));
      return decideBudget({ budget, pods: selected, expected: expectedOf(world, selected), nowMs: world.clock.now() });
    },
  });
  objects.subscribe((budget, _, isGone) => {
    if (!isGone) loop.add(keyOf(budget));
  });
  pods.subscribe((pod, old) => {
    for (const budget of objects.inNamespace(pod.metadata.namespace)) {
      if (selectsPod(budget, pod) || (old && selectsPod(budget, old))) loop.add(keyOf(budget));
    }
  });
  return loop;
}

/** The sum of the scales above the pods, each counted once; the Deployment's where there is one above a ReplicaSet. */
function expectedOf(world: World, pods: readonly Pod[]): number | undefined {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    let owner: KubeObject | undefined = ownerOf(world, pod);
    const above = owner && controllerOf(owner) ? ownerOf(world, owner) : undefined;
    if (owner?.kind === "ReplicaSet" && above) owner = above;
    const replicas = (owner?.["spec"] as { replicas?: unknown } | undefined)?.replicas;
    if (!owner || typeof replicas !== "number") return undefined;
    scales.set(owner.metadata.uid ?? "", replicas);
  }
  return [...scales.values()].reduce((sum, scale) => sum + scale, 0);
}
