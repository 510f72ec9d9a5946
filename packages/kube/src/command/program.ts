import type { Command } from "commander";
import { parseGoDuration, problemError, silentLogger } from "@fairlead/base";
import { createClient } from "../client/client.ts";
import type { KubeClient } from "../client/types.ts";
import { contextConfig } from "../config/context.ts";
import { inClusterConfig, isInCluster } from "../config/in-cluster.ts";
import { kubeconfigPaths, loadKubeconfig } from "../config/load.ts";
import { ApiError } from "../http/status.ts";
import type { CommandIo } from "./io.ts";

export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export function withClusterFlags(command: Command): Command {
  return command
    .option(
      "--kubeconfig <file>",
      "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config, then the pod's account)",
    )
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace for objects that name none");
}

/** @throws ProblemError InvalidDuration */
export function durationMs(text: string): number {
  return parseGoDuration(text);
}

/** Why a server refuses a whole command, by the code of its answer. */
const REFUSAL_HINTS: Readonly<Record<number, string>> = {
  401: "the credentials of the kubeconfig are not, or no longer, accepted; log in again",
  403: "the user of the kubeconfig may not do this; --context names another",
};

/**
 * Runs with a client for the flags' cluster, which is closed afterwards.
 * @throws ProblemError ServerRefused for an answer that ends the whole command
 */
export async function withClient(
  flags: ClusterFlags,
  io: CommandIo,
  run: (client: KubeClient) => Promise<number>,
): Promise<number> {
  const inPod = isInCluster({ env: io.env }) && flags.kubeconfig === undefined && io.env["KUBECONFIG"] === undefined;
  const config = inPod
    ? inClusterConfig({ env: io.env })
    : contextConfig(loadKubeconfig(flags.kubeconfig ?? kubeconfigPaths(io.env)), flags.context, { env: io.env });
  const namespace = flags.namespace ?? config.namespace;
  const client = createClient({ ...config, namespace }, { logger: silentLogger, userAgent: "fairlead" });
  try {
    return await run(client);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw problemError("ServerRefused", error.message, { hint: REFUSAL_HINTS[error.code] }, error);
  } finally {
    client.close();
  }
}
