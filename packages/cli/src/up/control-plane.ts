import type { Clock, Logger } from "@fairlead/base";
import { createClient, type ClusterConfig, type KubeClient, type LocalConnection } from "@fairlead/kube";
import { startSimulator } from "@fairlead/simulator";
import { ARGOCD_NAMESPACE, bootstrapHub, type RegisteredCluster } from "./bootstrap.ts";
import { startControllers, type Controllers } from "./controllers.ts";

export interface ControlPlaneOptions {
  /** How the controllers reach the hub. */
  readonly hub: ClusterConfig;
  /** Clusters to register and, where `simulate` says so, to run workload controllers on. */
  readonly clusters: readonly (RegisteredCluster & { readonly simulate: boolean })[];
  /** Where mirrors of remote repositories are kept. */
  readonly mirrorDirectory: string;
  /** Secret of this installation, the same at every start. */
  readonly renderKey: string;
  /** The way to servers that run in this process; undefined for all others. */
  readonly localWay?: ((config: ClusterConfig) => LocalConnection | undefined) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type ControlPlane = Controllers;

/** Every controller of one process over API servers that are its own: what it needs there is put there first. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { clock, logger } = options;
  const connect = (config: ClusterConfig): KubeClient =>
    createClient(config, { clock, logger, userAgent: "fairlead", local: options.localWay?.(config) });
  const hub = connect(options.hub);
  await bootstrapHub(hub, options.clusters).finally(() => hub.close());
  const simulated = options.clusters.filter((cluster) => cluster.simulate).map((cluster) => connect(cluster.access));
  const simulators = simulated.map((client) =>
    startSimulator({ client, clock, logger: logger.with({ part: "simulator" }) }),
  );
  const controllers = await startControllers({ ...options, namespace: ARGOCD_NAMESPACE });
  return {
    ...controllers,
    async stop() {
      await Promise.all([controllers.stop(), ...simulators.map((simulator) => simulator.stop())]);
      for (const client of simulated) client.close();
    },
  };
}
