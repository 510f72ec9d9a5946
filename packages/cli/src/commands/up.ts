import { join } from "node:path";
import { createLogger, systemClock, type Logger } from "@fairlead/base";
import type { Served } from "@fairlead/apps";
import { EXIT_INTERRUPTED, type Command, type Io } from "../io.ts";
import { startControlPlane, type ControlPlane } from "../up/control-plane.ts";
import { DataDirectory } from "../up/data-directory.ts";
import { applyAsKubectl } from "../up/demo/root.ts";
import { seedFleet } from "../up/demo/seed.ts";
import { saveKubeconfig } from "../up/kubeconfig.ts";
import { listen } from "../up/listen.ts";
import { fileLogger } from "../up/log-file.ts";
import { parseUpOptions, type UpOptions } from "../up/options.ts";
import { createReporter, type Reporter } from "../up/progress/reporter.ts";
import { FleetView } from "../up/progress/view.ts";
import { startExternalSecretsOn, type RunningExternalSecrets } from "../up/external-secrets.ts";
import { startSealedSecretsOn } from "../up/sealed-secrets.ts";
import { HUB, startServers, type RunningServer } from "../up/servers.ts";

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
  let served: Served | undefined;
  let stopSealedSecrets: (() => Promise<void>) | undefined;
  let externalSecrets: RunningExternalSecrets | undefined;
  try {
    saveKubeconfig(options.kubeconfigPath, servers);
    plane = await startControlPlane(planeOptions(data, servers, log.logger));
    const [hub] = servers;
    if (hub) stopSealedSecrets = await startSealedSecretsOn(hub.api, log.logger.with({ part: "sealed-secrets" }));
    externalSecrets = await startExternalSecretsOn(servers, {
      allowGenericTargets: options.allowGenericTargets,
      logger: log.logger.with({ part: "external-secrets" }),
    });
    const moreMetrics = (): string => externalSecrets?.metrics() ?? "";
    served = await listen(options.listen, { apps: plane.apps, logger: log.logger, moreMetrics });
    return await serve(data, options, io, { servers, plane, served });
  } finally {
    await served?.close();
    await externalSecrets?.stop();
    await stopSealedSecrets?.();
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
    renderKey: data.secret("render.key"),
    localWay: (config) => servers.find(({ api }) => api.url === config.server)?.api.connect(config),
    clock: systemClock,
    logger,
  };
}

interface Running {
  readonly servers: readonly RunningServer[];
  readonly plane: ControlPlane;
  readonly served: Served | undefined;
}

/** As it stands in a URL. */
function hostText(host = ""): string {
  return host.includes(":") ? `[${host}]` : host;
}

async function serve(
  data: DataDirectory,
  options: UpOptions,
  io: Io,
  { servers, plane, served }: Running,
): Promise<number> {
  if (!options.isDemo && !options.once && !options.json) {
    // Nobody asks how the fleet is doing, so nothing is kept to tell it.
    const webhooks = served ? `, webhooks http://${hostText(options.listen?.host)}:${served.port}/api/webhook` : "";
    io.stdout.write(`Fairlead: hub ${servers[0]?.api.url}, kubeconfig ${options.kubeconfigPath}${webhooks}\n`);
    await aborted(io.signal);
    return 0;
  }
  const names = new Map(servers.map(({ name, api }) => [api.url, name]));
  const viewing = new AbortController();
  const view = FleetView.start(plane.hub, (server) => names.get(server) ?? HUB, viewing.signal);
  const reporter = createReporter(io, options, view, plane.apps.events);
  try {
    reporter.ready(servers);
    if (options.isDemo) {
      const fleet = data.join("fleet");
      const addresses = servers.map(({ name, api }) => ({ name, url: api.url }));
      await seedFleet(fleet, addresses);
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
    viewing.abort();
  }
}

async function reportSettling(view: FleetView, reporter: Reporter, options: UpOptions, io: Io): Promise<number> {
  const isSettled = await view.settled(options.timeoutMs, io.signal);
  if (isSettled) reporter.settled();
  else if (!io.signal.aborted) reporter.notSettled();
  return isSettled ? 0 : io.signal.aborted ? EXIT_INTERRUPTED : 1;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
