import type { Clock, Logger } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import { serviceAccounts } from "./account/controller.ts";
import { autoscalers } from "./autoscaler/controller.ts";
import { budgets } from "./budget/controller.ts";
import { ensureStorageClass, volumes } from "./claim/controller.ts";
import { cronJobs } from "./cronjob/controller.ts";
import { daemonSets } from "./daemonset/controller.ts";
import { deployments } from "./deployment/controller.ts";
import type { Loop } from "./engine/loop.ts";
import { World } from "./engine/world.ts";
import { garbage } from "./garbage/controller.ts";
import { namespaceCleaner } from "./garbage/namespaces.ts";
import { ingresses } from "./ingress/controller.ts";
import { jobs } from "./job/controller.ts";
import { beatHearts } from "./node/heartbeat.ts";
import { ensureNodes } from "./node/nodes.ts";
import { settingsOf, type SimulatorOptions } from "./options.ts";
import { kubelet } from "./pod/controller.ts";
import { replicaSets } from "./replicaset/controller.ts";
import { scheduler } from "./schedule/controller.ts";
import { BalancerPool } from "./service/balancer-pool.ts";
import { services } from "./service/controller.ts";
import { statefulSets } from "./statefulset/controller.ts";

export interface SimulatorDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options?: SimulatorOptions | undefined;
}

export interface Simulator {
  /** Resolves once nodes are there and every controller works; rejects when the API server cannot be used. */
  readonly ready: Promise<void>;
  /** Ends watches and controllers, after the writes under way. Everything simulated stays as it is. */
  stop(): Promise<void>;
}

/**
 * Makes an API server behave like a cluster: its workloads get pods, pods get nodes and become ready, Services get addresses and
 * endpoints. The server may be anyone's; pods on nodes that are not simulated are left alone.
 * @throws ProblemError InvalidSimulatorOptions
 */
export function startSimulator({ client, clock, logger, options = {} }: SimulatorDeps): Simulator {
  const world = new World({ client, clock, logger: logger.with({ part: "simulator" }), settings: settingsOf(options) });
  const stopping = new AbortController();
  const { signal } = stopping;
  const loops = [...nodeLoops(world), ...(world.settings.parts === "all" ? controllerLoops(world) : [])];
  const running: Promise<void>[] = [];

  async function begin(): Promise<void> {
    await world.start(signal);
    await ensureNodes(world);
    if (world.settings.parts === "all") await ensureStorageClass(world);
    for (const loop of loops) running.push(loop.run(signal));
    if (world.settings.parts === "nodes") running.push(beatHearts(world, signal));
  }

  const ready = begin();
  // Whoever does not wait for `ready` shall not crash by it; stop() still works.
  ready.catch((error: unknown) => {
    if (!signal.aborted) world.logger.error("the simulator could not start", { error: String(error) });
  });
  return {
    ready,
    async stop() {
      stopping.abort();
      await Promise.allSettled([ready, ...running]);
      await world.teller.flush();
    },
  };
}

function nodeLoops(world: World): Loop[] {
  return [scheduler(world), kubelet(world)];
}

function controllerLoops(world: World): Loop[] {
  const pool = new BalancerPool(world.settings.balancerPrefix);
  return [
    serviceAccounts(world),
    replicaSets(world),
    deployments(world),
    statefulSets(world),
    daemonSets(world),
    jobs(world),
    cronJobs(world),
    services(world, pool),
    ingresses(world, pool),
    ...volumes(world),
    autoscalers(world),
    budgets(world),
    ...(world.settings.collectGarbage ? [garbage(world), namespaceCleaner(world)] : []),
  ];
}
