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
  const loop = createLoop(world, {
    component: "job-controller",
    manager: MANAGERS.controllers,
    decide(key) {
      const job = objects.get(key);
      return job && decideJob({ job, pods: pods.ownedBy(job.metadata.uid), nowMs: world.clock.now() });
    },
  });
  objects.subscribe((job, _, isGone) => {
    if (!isGone) loop.add(keyOf(job));
  });
  pods.subscribe((pod) => addOwner(loop, pod, "Job"));
  return loop;
}
