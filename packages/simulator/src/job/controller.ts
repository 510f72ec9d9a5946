import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { Job, Pod } from "../api/types.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { addOwner } from "../replicaset/controller.ts";
import { decideJob } from "./decide.ts";

export function jobs(world: World): Loop {
  const objects = world.store<Job>(KINDS.job);
  const pods = world.store<Pod>(KINDS.pod);
  /** Uids of pods that Jobs gave up themselves, until they are gone. */
  const released = new Set<string>();
  const loop = createLoop(world, {
    component: "job-controller",
    manager: MANAGERS.controllers,
    decide(key) {
      const job = objects.get(key);
      if (!job) return undefined;
      const decision = decideJob({ job, pods: pods.ownedBy(job.metadata.uid), nowMs: world.clock.now(), released });
      for (const action of decision.actions) {
        if (action.do === "delete" && action.object.kind === "Pod") released.add(action.object.metadata.uid ?? "");
      }
      return decision;
    },
  });
  objects.subscribe((job, _, isGone) => {
    if (!isGone) loop.add(keyOf(job));
  });
  pods.subscribe((pod, _, isGone) => {
    if (isGone) released.delete(pod.metadata.uid ?? "");
    addOwner(loop, pod, "Job");
  });
  return loop;
}
