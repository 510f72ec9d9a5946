import { createLogger, parseGoDuration, problemError, systemClock } from "@fairlead/base";
import { createClient, contextConfig, loadKubeconfig } from "@fairlead/kube";
import { parseArguments, program } from "@fairlead/kube/command";
import { startSimulator, type SimulatorOptions } from "@fairlead/simulator";
import type { Command } from "../io.ts";

interface Flags {
  readonly kubeconfig: string;
  readonly context?: string;
  readonly nodes: string;
  readonly nodePrefix?: string;
  readonly onlyNodes?: boolean;
  readonly collectGarbage?: boolean;
  readonly readyAfter?: string;
  readonly runFor?: string;
  readonly eventsPerSecond?: string;
}

/**
 * `fairlead simulate`: makes any API server behave like a cluster until it is asked to end. The kubeconfig has to be named: what a
 * person works with otherwise may be a cluster where pods shall not be taken by nodes that are not there.
 */
export const simulate: Command = async (args, io) => {
  const command = program("simulate", "Makes an API server behave like a cluster: pods get nodes and become ready.", io)
    .requiredOption(
      "--kubeconfig <file>",
      "the API server; there is no default, so that no real cluster is meant by chance",
    )
    .option("--context <name>", "context of the kubeconfig")
    .option("--nodes <number>", "simulated nodes", "1")
    .option("--node-prefix <name>", "nodes are called this and a number (default: sim)")
    .option("--only-nodes", "only the scheduler and the kubelets, beside a kube-controller-manager")
    .option("--collect-garbage", "garbage collection and the end of namespaces too, for a kube-apiserver on its own")
    .option("--ready-after <duration>", "from a pod's node until it is Ready (default: 300ms)")
    .option("--run-for <duration>", "how long a pod that ends by itself runs (default: 500ms)")
    .option("--events-per-second <number>", "Normal events told in the long run; 0 for none (default: 50)");
  const exit = parseArguments(command, args);
  if (exit !== undefined) return exit;
  const flags = command.opts<Flags>();
  const logger = createLogger();
  const config = contextConfig(loadKubeconfig(flags.kubeconfig), flags.context, { env: io.env });
  const client = createClient(config, { clock: systemClock, logger, userAgent: "fairlead-simulate" });
  try {
    const simulator = startSimulator({ client, clock: systemClock, logger, options: optionsOf(flags) });
    const ended = new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      io.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await Promise.race([simulator.ready, ended]);
      if (io.signal.aborted) return 0;
      io.stdout.write(
        `simulating ${flags.nodes === "1" ? "1 node" : `${flags.nodes} nodes`} on ${config.server}; Ctrl-C ends it\n`,
      );
      await ended;
    } finally {
      await simulator.stop();
    }
    return 0;
  } finally {
    client.close();
  }
};

/** What startSimulator finds wrong with a number it says itself. */
function optionsOf(flags: Flags): SimulatorOptions {
  return {
    nodes: numberOf("--nodes", flags.nodes),
    nodePrefix: flags.nodePrefix,
    parts: flags.onlyNodes === true ? "nodes" : "all",
    collectGarbage: flags.collectGarbage === true,
    ...(flags.readyAfter === undefined ? {} : { readyAfterMs: parseGoDuration(flags.readyAfter) }),
    ...(flags.runFor === undefined ? {} : { runForMs: parseGoDuration(flags.runFor) }),
    ...(flags.eventsPerSecond === undefined
      ? {}
      : { eventsPerSecond: numberOf("--events-per-second", flags.eventsPerSecond) }),
  };
}

function numberOf(flag: string, text: string): number {
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw problemError("InvalidSimulatorOptions", `${flag}: ${JSON.stringify(text)} is not a whole number`);
}
