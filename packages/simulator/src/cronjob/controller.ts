import { keyOf } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { CronJob, Job } from "../api/types.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";
import { addOwner } from "../replicaset/controller.ts";
import { decideCronJob } from "./decide.ts";

export function cronJobs(world: World): Loop {
  const crons = world.store<CronJob>(KINDS.cronJob);
  const jobs = world.store<Job>(KINDS.job);
  const loop = createLoop(world, {
    component: "cronjob-controller",
    manager: MANAGERS.controllers,
    decide(key) {
      const cron = crons.get(key);
      return cron && decideCronJob({ cron, jobs: jobs.ownedBy(cron.metadata.uid), nowMs: world.clock.now() });
    },
  });
  crons.subscribe((cron, _, isGone) => {
    if (!isGone) loop.add(keyOf(cron));
  });
  jobs.subscribe((job) => addOwner(loop, job, "CronJob"));
  return loop;
}
