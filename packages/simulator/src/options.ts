import { problemError } from "@fairlead/base";
import { SIMULATOR_LIMITS } from "./limits.ts";

export interface SimulatorOptions {
  /** Simulated nodes; at least one. Default 1. */
  readonly nodes?: number | undefined;
  /** What each node offers. */
  readonly nodeCapacity?: Partial<NodeCapacity> | undefined;
  /** Names of the nodes are this and a number. Default `sim`. */
  readonly nodePrefix?: string | undefined;
  /** From the node until a pod is Ready, unless an annotation says otherwise. Default 300 ms. */
  readonly readyAfterMs?: number | undefined;
  /** How long a pod that ends by itself runs, unless an annotation says otherwise. Default 500 ms. */
  readonly runForMs?: number | undefined;
  /** How long the containers of a deleted pod take to stop. Default 50 ms. */
  readonly stopMs?: number | undefined;
  /** Events are told at most this often per second in the long run, so that thousands of pods cost little. Default 50; 0: none. */
  readonly eventsPerSecond?: number | undefined;
  /** First three numbers of the addresses of load balancers and ingresses. Default `172.18.255`. */
  readonly balancerPrefix?: string | undefined;
  /**
   * What is simulated: `all`, or only `nodes` (the scheduler and the kubelets) beside a kube-controller-manager that does the rest.
   * Default `all`.
   */
  readonly parts?: "all" | "nodes" | undefined;
  /** Collect garbage and finish namespaces too, as kube-controller-manager would: for a bare kube-apiserver. Default false. */
  readonly collectGarbage?: boolean | undefined;
}

export interface NodeCapacity {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
}

export interface Settings {
  readonly nodes: number;
  readonly nodePrefix: string;
  readonly nodeCapacity: NodeCapacity;
  readonly readyAfterMs: number;
  readonly runForMs: number;
  readonly stopMs: number;
  readonly eventsPerSecond: number;
  readonly balancerPrefix: string;
  readonly parts: "all" | "nodes";
  readonly collectGarbage: boolean;
}

/** @throws ProblemError InvalidSimulatorOptions, naming every option that is out of range. */
export function settingsOf(options: SimulatorOptions): Settings {
  const settings: Settings = {
    nodes: options.nodes ?? 1,
    nodePrefix: options.nodePrefix ?? "sim",
    nodeCapacity: { cpu: "256", memory: "1Ti", pods: 20_000, ...options.nodeCapacity },
    readyAfterMs: options.readyAfterMs ?? 300,
    runForMs: options.runForMs ?? 500,
    stopMs: options.stopMs ?? 50,
    eventsPerSecond: options.eventsPerSecond ?? 50,
    balancerPrefix: options.balancerPrefix ?? "172.18.255",
    parts: options.parts ?? "all",
    collectGarbage: options.collectGarbage ?? false,
  };
  const faults = [
    ...(Number.isInteger(settings.nodes) && settings.nodes >= 1 && settings.nodes <= SIMULATOR_LIMITS.nodesMax
      ? []
      : [`nodes: ${settings.nodes} is not from 1 to ${SIMULATOR_LIMITS.nodesMax}`]),
    ...(["readyAfterMs", "runForMs", "stopMs", "eventsPerSecond"] as const).flatMap((name) =>
      Number.isFinite(settings[name]) && settings[name] >= 0 ? [] : [`${name}: ${settings[name]} is below 0`],
    ),
    ...(/^(\d{1,3}\.){2}\d{1,3}$/.test(settings.balancerPrefix)
      ? []
      : [`balancerPrefix: ${settings.balancerPrefix} is not three numbers`]),
  ];
  if (faults.length > 0) throw problemError("InvalidSimulatorOptions", faults.join("; "));
  return settings;
}
