import type { Command } from "commander";
import type { KubeClient } from "@fairlead/kube";
import { connectHub, type ClusterFlags, type ConnectHub } from "./access.ts";
import { newCommand } from "./program.ts";
import { runProgram } from "./run.ts";
import { EXIT_DONE, type CommandIo } from "./io.ts";

export interface HubContext {
  readonly hub: KubeClient;
  readonly flags: ClusterFlags;
  readonly io: CommandIo;
}

/** Wraps what a subcommand does on a hub so that commander can call it. */
export type RunOnHub = <T extends unknown[]>(
  action: (context: HubContext, ...rest: T) => Promise<void>,
) => (...rest: T) => Promise<void>;

/** A command with subcommands that act on one hub. @returns the exit code @throws ProblemError, ApiError */
export async function hubCommand(
  name: string,
  description: string,
  args: readonly string[],
  io: CommandIo,
  define: (root: Command, run: RunOnHub) => void,
  connect: ConnectHub = connectHub,
): Promise<number> {
  const root = newCommand(name, description, io)
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the hub")
    .option("-n, --namespace <name>", "namespace of the control plane", "argocd");
  define(root, (action) => async (...rest) => {
    const flags = root.opts<ClusterFlags>();
    const hub = connect(flags, io);
    try {
      await action({ hub, flags, io }, ...rest);
    } finally {
      hub.close();
    }
  });
  return runProgram(root, args, io, () => EXIT_DONE);
}
