import { formatProblem, type Clock, type Logger } from "@fairlead/base";
import { JqWorker, readSettings, SecretClusterRegistry, startApps, type Apps } from "@fairlead/apps";
import { CodeHosts, createAppSets, GitWorld, hubWorld, Previews, type AppSets } from "@fairlead/appsets";
import { RenderPool } from "@fairlead/render";
import { createClient, eventRecorder, type ClusterConfig, type KubeClient } from "@fairlead/kube";
import { proxyFor } from "@fairlead/kube";
import { ChartSources, CredentialStore, Repositories } from "@fairlead/sources";
import { startSimulator } from "@fairlead/simulator";
import { ARGOCD_NAMESPACE, bootstrapHub, type RegisteredCluster } from "./bootstrap.ts";
import { followRepositorySecrets } from "./repository-secrets.ts";
import { createSourceAccess } from "./source-access.ts";

export interface ControlPlaneOptions {
  /** How the controllers reach the hub. */
  readonly hub: ClusterConfig;
  /** Clusters to register and, where `simulate` says so, to run workload controllers on. */
  readonly clusters: readonly (RegisteredCluster & { readonly simulate: boolean })[];
  /** Where mirrors of remote repositories are kept. */
  readonly mirrorDirectory: string;
  /** Secret of this installation, the same at every start. */
  readonly renderKey: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ControlPlane {
  readonly hub: KubeClient;
  readonly apps: Apps;
  readonly appSets: AppSets;
  stop(): Promise<void>;
}

/** Every controller of one process over any API servers, embedded or real. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { clock, logger } = options;
  const stopping = new AbortController();
  const connect = (config: ClusterConfig): KubeClient => createClient(config, { clock, logger, userAgent: "fairlead" });
  const hub = connect(options.hub);
  await bootstrapHub(hub, options.clusters);

  const simulated = options.clusters.filter((cluster) => cluster.simulate).map((cluster) => connect(cluster.access));
  const simulators = simulated.map((client) =>
    startSimulator({ client, clock, logger: logger.with({ part: "simulator" }) }),
  );
  const credentials = new CredentialStore();
  await followRepositorySecrets(
    { hub, namespace: ARGOCD_NAMESPACE, store: credentials, clock, logger },
    stopping.signal,
  );
  const reach = {
    directory: options.mirrorDirectory,
    clock,
    accessFor: (url: string, project?: string) => credentials.accessFor(url, project),
    proxyFor,
    environment: process.env,
  };
  const repositories = new Repositories(reach);
  const charts = new ChartSources(reach);
  const events = eventRecorder(hub, { component: "fairlead", clock, logger });
  const clusters = new SecretClusterRegistry({ hub, namespace: ARGOCD_NAMESPACE, connect, clock, logger });
  await clusters.start(stopping.signal);
  const pool = new RenderPool();
  const { renderKey } = options;
  const sources = createSourceAccess({ repositories, charts, credentials, renderKey, clock, pool });
  const { settings, problems } = await readSettings(hub, ARGOCD_NAMESPACE);
  for (const problem of problems) logger.warn("setting not understood", { problem: formatProblem(problem) });
  const shared = { hub, clock, logger, namespace: ARGOCD_NAMESPACE };
  const apps = startApps({ ...shared, clusters, sources, recorder: events, settings });
  const hosts = new CodeHosts({ clock });
  const jq = new JqWorker(clock);
  const world = hubWorld({ hub, git: new GitWorld({ repositories }), hosts });
  const previews = new Previews({
    clock,
    logger,
    events,
    clientFor: ({ name, server }) => clusters.client(serverOf(clusters, name, server)),
    comment: (provider, number, mark, text) => hosts.comment(provider, number, mark, text),
  });
  const appSets = createAppSets({ ...shared, events, world, jq, previews });
  const setsRun = appSets.run(stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) logger.error("application set controller ended", { error: String(error) });
  });
  return {
    hub,
    apps,
    appSets,
    async stop() {
      stopping.abort();
      await Promise.all([apps.stop(), setsRun, ...simulators.map((simulator) => simulator.stop())]);
      await jq.close();
      await events.flush();
      clusters.close();
      await pool.close();
      await repositories.close();
      await charts.close();
      for (const client of [hub, ...simulated]) client.close();
    },
  };
}

/** Server of a destination by name or server; neither means the cluster we run in. */
function serverOf(clusters: SecretClusterRegistry, name: unknown, server: unknown): string {
  if (typeof name === "string" && name !== "") return clusters.byName(name)[0]?.server ?? "";
  return typeof server === "string" && server !== "" ? server : "https://kubernetes.default.svc";
}
