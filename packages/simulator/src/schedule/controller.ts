import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import { isFinished, isTerminating } from "../api/pods.ts";
import type { Pod } from "../api/types.ts";
import { behaviourOf } from "../behaviour/annotations.ts";
import { holdersOf, onBehaviourChange } from "../behaviour/holders.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { SIMULATOR_LIMITS } from "../limits.ts";
import { NODE_LABEL } from "../node/nodes.ts";
import { decideSchedule } from "./decide.ts";
import type { Node } from "./fit.ts";
import { NodeLoads } from "./loads.ts";

/** Gives pods of the default scheduler a simulated node. */
export function scheduler(world: World): Loop {
  const pods = world.store<Pod>(KINDS.pod);
  const nodes = world.store<Node>(KINDS.node);
  const loads = new NodeLoads(nodes, pods, (node) => node.metadata.labels?.[NODE_LABEL] === "true");
  /** Keys of pods that found no node; they are tried again when room may have come. */
  const waiting = new Set<string>();
  const loop = createLoop(world, {
    component: "default-scheduler",
    manager: MANAGERS.scheduler,
    workers: SIMULATOR_LIMITS.writesAtOnceMax,
    settleMs: 0,
    decide(key) {
      waiting.delete(key);
      const pod = pods.get(key);
      if (!pod || !needsNode(pod) || loads.nodeOf(pod.metadata.uid ?? "") !== undefined) return undefined;
      const behaviour = behaviourOf(holdersOf(world, pod), imagesOf(pod), world.settings);
      const isForbidden = behaviour.failure?.kind === "unschedulable";
      const decision = decideSchedule({ pod, loads: loads.all(), nowMs: world.clock.now(), isForbidden });
      const binding = decision.actions.find((action) => action.do === "bind");
      if (binding) {
        loads.assume(pod, binding.node);
        world.placedAtMs.set(pod.metadata.uid ?? "", world.clock.now());
      } else waiting.add(key);
      return decision;
    },
    decideFailed(key) {
      const uid = pods.get(key)?.metadata.uid;
      if (uid !== undefined) {
        loads.release(uid);
        world.placedAtMs.delete(uid);
      }
      return undefined;
    },
  });
  pods.subscribe((pod, old, isGone) => {
    if (!isGone && needsNode(pod)) loop.add(keyOf(pod));
    if (isGone) world.placedAtMs.delete(pod.metadata.uid ?? "");
    const hasLeft = isGone || (isFinished(pod) && old !== undefined && !isFinished(old));
    if (hasLeft) retry(waiting, loop);
  });
  nodes.subscribe(() => retry(waiting, loop));
  onBehaviourChange(world, () => retry(waiting, loop));
  return loop;
}

export function imagesOf(pod: Pod): string[] {
  return [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(({ image = "" }) => image);
}

function needsNode(pod: Pod): boolean {
  const isOurs = (pod.spec.schedulerName ?? "default-scheduler") === "default-scheduler";
  return isOurs && !pod.spec.nodeName && !isTerminating(pod) && !isFinished(pod);
}

function retry(waiting: Set<string>, loop: Loop): void {
  for (const key of waiting) loop.add(key);
  waiting.clear();
}
