import { silentLogger } from "@fairlead/base";
import {
  contextConfig,
  createClient,
  inClusterConfig,
  isInCluster,
  kubeconfigPaths,
  loadKubeconfig,
  type KubeClient,
} from "@fairlead/kube";
import type { CommandIo } from "./io.ts";

export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Of the sets. */
  readonly namespace: string;
}

export type ConnectHub = (flags: ClusterFlags, io: CommandIo) => KubeClient;

/** A client for the hub the flags name: a kubeconfig, or the account of the pod we run in. */
export const connectHub: ConnectHub = (flags, io) => {
  const isPod = isInCluster({ env: io.env }) && flags.kubeconfig === undefined && io.env["KUBECONFIG"] === undefined;
  const config = isPod
    ? inClusterConfig({ env: io.env })
    : contextConfig(loadKubeconfig(flags.kubeconfig ?? kubeconfigPaths(io.env)), flags.context, { env: io.env });
  return createClient(config, { logger: silentLogger, userAgent: "fairlead" });
};

/** `name` or `namespace/name`. */
export function splitName(name: string, namespace: string): { name: string; namespace: string } {
  const cut = name.indexOf("/");
  return cut < 0 ? { name, namespace } : { name: name.slice(cut + 1), namespace: name.slice(0, cut) };
}
