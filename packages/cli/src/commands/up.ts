import { join } from "node:path";
import { createLogger, systemClock, type Logger } from "@fairlead/base";
import { createInformer } from "@fairlead/kube";
import type { Command, Io } from "../io.ts";
import { ARGOCD_NAMESPACE } from "../up/bootstrap.ts";
import { startControlPlane, type ControlPlane } from "../up/control-plane.ts";
import { DataDirectory } from "../up/data-directory.ts";
import { applyAsKubectl } from "../up/demo/root.ts";
import { seedFleet } from "../up/demo/seed.ts";
import { saveKubeconfig } from "../up/kubeconfig.ts";
import { fileLogger } from "../up/log-file.ts";
import { parseUpOptions, type UpOptions } from "../up/options.ts";
import { createReporter, type Reporter } from "../up/progress/reporter.ts";
import { FleetView } from "../up/progress/view.ts";
import { HUB, startServers, type RunningServer } from "../up/servers.ts";

const EXAMPLE_FLEET = join(import.meta.dirname, "../../../../examples/fleet");

/** `fairlead up`: the control plane in this process, until it is asked to end. */
export const up: Command = async (args, io) => {
  const options = parseUpOptions(args, io);
  if (typeof options === "number") return options;
  const data = DataDirectory.open(options.dataDirectory, options);
  try {
    return await runIn(data, options, io);
  } finally {
    data.release();
  }
};

async function runIn(data: DataDirectory, options: UpOptions, io: Io): Promise<number> {
  // The demo talks to a person, so log lines go to a file; without it they are the output.
  const log = options.isDemo
    ? fileLogger(data.join("fairlead.log"))
    : { logger: createLogger(), close: () => undefined };
  const servers = await startServers(data, { port: options.port, simulate: options.simulate, logger: log.logger });
  let plane: ControlPlane | undefined;
  try {
    saveKubeconfig(options.kubeconfigPath, servers);
    plane = await startControlPlane(planeOptions(data, servers, log.logger));
    return await serve(data, options, io, servers, plane);
  } finally {
    await plane?.stop();
    await Promise.all(servers.map((server) => server.api.close()));
    log.close();
  }
}

function planeOptions(
  data: DataDirectory,
  servers: readonly RunningServer[],
  logger: Logger,
): Parameters<typeof startControlPlane>[0] {
  const access = ({ api }: RunningServer) => api.issueClient({ user: "fairlead", groups: ["system:masters"] });
  const [hub, ...others] = servers;
  if (!hub) throw new Error("no hub");
  return {
    hub: access(hub),
    clusters: others.map((server) => ({ name: server.name, access: access(server), simulate: true })),
    mirrorDirectory: data.join("mirrors"),
    clock: systemClock,
    logger,
  };
}

async function serve(
  data: DataDirectory,
  options: UpOptions,
  io: Io,
  servers: readonly RunningServer[],
  plane: ControlPlane,
): Promise<number> {
  const view = startView(plane, servers, io.signal);
  const reporter = createReporter(io, options, view, plane.apps.events);
  try {
    reporter.ready(servers);
    if (options.isDemo) {
      const fleet = data.join("fleet");
      await seedFleet(EXAMPLE_FLEET, fleet, servers);
      await applyAsKubectl(plane.hub, join(fleet, "argocd/root.yaml"));
    }
    if (options.isDemo || options.once) {
      const code = await reportSettling(view, reporter, options, io);
      if (options.once || io.signal.aborted) return code;
    }
    await aborted(io.signal);
    return 0;
  } finally {
    reporter.close();
  }
}

async function reportSettling(view: FleetView, reporter: Reporter, options: UpOptions, io: Io): Promise<number> {
  const isSettled = await view.settled(options.timeoutMs, io.signal);
  if (isSettled) reporter.settled();
  else if (!io.signal.aborted) reporter.notSettled();
  return isSettled ? 0 : 1;
}

function startView(plane: ControlPlane, servers: readonly RunningServer[], signal: AbortSignal): FleetView {
  const names = new Map(servers.map(({ name, api }) => [api.url, name]));
  const kind = (name: string): { apiVersion: string; kind: string } => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: name,
  });
  const applications = createInformer(plane.hub, { kind: kind("Application"), namespace: ARGOCD_NAMESPACE });
  const sets = createInformer(plane.hub, { kind: kind("ApplicationSet"), namespace: ARGOCD_NAMESPACE });
  const view = new FleetView(applications, sets, (server) => names.get(server) ?? HUB);
  applications.start(signal);
  sets.start(signal);
  return view;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
