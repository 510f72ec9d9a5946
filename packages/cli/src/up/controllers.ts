import { type Clock, type Logger } from "@fairlead/base";
import {
  JqWorker,
  SecretClusterRegistry,
  startApps,
  type Apps,
  type AppsOptions,
  type WebhookEvent,
} from "@fairlead/apps";
import { CodeHosts, createAppSets, GitWorld, hubWorld, Previews, type AppSets } from "@fairlead/appsets";
import {
  createClient,
  eventRecorder,
  proxyFor,
  type ClusterConfig,
  type KubeClient,
  type LocalConnection,
} from "@fairlead/kube";
import { RenderPool } from "@fairlead/render";
import { ChartSources, CredentialStore, Repositories } from "@fairlead/sources";
import { followRepositorySecrets } from "./repository-secrets.ts";
import { createSourceAccess } from "./source-access.ts";
import { hubSopsKeys } from "./sops-keys.ts";

export interface ControllersOptions {
  /** The cluster that holds Applications and settings; `in-cluster` and `https://kubernetes.default.svc` are it. */
  readonly hub: ClusterConfig;
  /** Where settings, AppProjects and Secrets are, and Applications that need nobody's consent. */
  readonly namespace: string;
  /** Where mirrors of remote repositories are kept. */
  readonly mirrorDirectory: string;
  /** Secret of this installation, the same at every start. */
  readonly renderKey: string;
  /** What this replica works on; everything when absent. */
  readonly shares?: WorkShares | undefined;
  readonly workers?: number | undefined;
  /** The way to servers that run in this process; undefined for all others. */
  readonly localWay?: ((config: ClusterConfig) => LocalConnection | undefined) | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Which keys are this replica's: `namespace/name` of Applications, and APPLICATION_SETS for all ApplicationSets together. */
export type WorkShares = NonNullable<AppsOptions["shares"]>;

/** One replica looks after all ApplicationSets. */
const APPLICATION_SETS = "applicationsets";

export interface Controllers {
  readonly hub: KubeClient;
  readonly apps: Apps;
  stop(): Promise<void>;
}

/** Every controller of one process over any API servers, embedded or real. Nothing is installed: the kinds are there already. */
export async function startControllers(options: ControllersOptions): Promise<Controllers> {
  const { clock, logger, namespace, shares, renderKey } = options;
  const stopping = new AbortController();
  const connect = (config: ClusterConfig): KubeClient =>
    createClient(config, { clock, logger, userAgent: "fairlead", local: options.localWay?.(config) });
  const hub = connect(options.hub);
  const connectHubAs = (user: string): KubeClient => connect({ ...options.hub, impersonate: { user } });
  const credentials = new CredentialStore();
  await followRepositorySecrets({ hub, namespace, store: credentials, clock, logger }, stopping.signal);
  // As argocd-cm has it (timeout.reconciliation); the engine tells when that changes.
  const polling = { everyMs: 120_000, jitterMs: 60_000 };
  const reach = {
    directory: options.mirrorDirectory,
    polling,
    clock,
    accessFor: (url: string, project?: string) => credentials.accessFor(url, project),
    proxyFor,
    environment: process.env,
  };
  const repositories = new Repositories(reach);
  const charts = new ChartSources(reach);
  const events = eventRecorder(hub, { component: "fairlead", clock, logger });
  const clusters = new SecretClusterRegistry({ hub, namespace, connect, connectHubAs, clock, logger });
  await clusters.start(stopping.signal);
  const pool = new RenderPool();
  const onChange = (): void => {
    for (const { key } of apps.overview()) void apps.refresh(key);
  };
  const encryptedFilesFor = hubSopsKeys({ hub, namespace, clock, logger, onChange }, stopping.signal);
  const reaches = { repositories, charts, credentials, encryptedFilesFor };
  const sources = createSourceAccess({ ...reaches, renderKey, clock, pool });
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
  const shared = { hub, clock, logger, namespace };
  const sets = runAppSets(() => createAppSets({ ...shared, events, world, jq, previews }), options, stopping.signal);
  const apps = startApps({
    ...shared,
    clusters,
    sources,
    recorder: events,
    shares,
    workers: options.workers,
    onSettings({ pollMs, pollJitterMs }) {
      polling.everyMs = pollMs;
      polling.jitterMs = pollJitterMs;
    },
    onWebhook: (event) => sets.onWebhook(event),
  });
  return {
    hub,
    apps,
    async stop() {
      stopping.abort();
      await Promise.all([apps.stop(), sets.ended()]);
      await jq.close();
      await events.flush();
      clusters.close();
      await pool.close();
      await repositories.close();
      await charts.close();
      hub.close();
    },
  };
}

/** Runs the ApplicationSet controller whenever it is this replica's to run. */
function runAppSets(
  create: () => AppSets,
  { shares, logger }: ControllersOptions,
  signal: AbortSignal,
): { onWebhook(event: WebhookEvent): void; ended(): Promise<void> } {
  let running: { readonly sets: AppSets; readonly stop: () => void } | undefined;
  let ended = Promise.resolve();
  const start = (): void => {
    const stopping = new AbortController();
    const sets = create();
    running = { sets, stop: () => stopping.abort() };
    // The one before has to be over first: two would race for the same Applications.
    ended = ended
      .then(() => (stopping.signal.aborted ? undefined : sets.run(stopping.signal)))
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) logger.error("application set controller ended", { error: String(error) });
      });
  };
  const decide = (): void => {
    const isOurs = !signal.aborted && (shares?.owns(APPLICATION_SETS) ?? true);
    if (isOurs === (running !== undefined)) return;
    if (isOurs) return start();
    running?.stop();
    running = undefined;
  };
  const undo = shares?.onChange(decide);
  signal.addEventListener("abort", () => {
    undo?.();
    decide();
  });
  decide();
  return {
    onWebhook(event) {
      const told = repositoryEvent(event);
      if (told) running?.sets.onWebhook(told);
    },
    ended: () => ended,
  };
}

/** What ApplicationSets want to hear of: pushes, and what happens to pull requests. */
function repositoryEvent(event: WebhookEvent): Parameters<AppSets["onWebhook"]>[0] | undefined {
  const repoURLs = event.repositories;
  if (event.isPush) return { type: "push", repoURLs };
  const pull = pullRequestOf(event.payload);
  return pull && { type: "pullRequest", repoURLs, ...pull };
}

/** GitHub and Gitea (`pull_request`), GitLab (`object_attributes`), Bitbucket (`pullrequest`, `pullRequest`), Azure DevOps (`resource`). */
function pullRequestOf(payload: unknown): { number: number; isClosed: boolean } | undefined {
  const root = (payload ?? {}) as Record<string, Record<string, unknown> | undefined>;
  const attributes = (root["object_kind"] as unknown) === "merge_request" ? root["object_attributes"] : undefined;
  const found = root["pull_request"] ?? attributes ?? root["pullrequest"] ?? root["pullRequest"] ?? root["resource"];
  const number = found?.["number"] ?? found?.["iid"] ?? found?.["pullRequestId"] ?? found?.["id"];
  if (typeof number !== "number") return undefined;
  const state = String(found?.["state"] ?? found?.["status"] ?? "").toLowerCase();
  return { number, isClosed: CLOSED_STATES.has(state) };
}

const CLOSED_STATES: ReadonlySet<string> = new Set([
  "closed",
  "merged",
  "declined",
  "superseded",
  "completed",
  "abandoned",
]);

/** Server of a destination by name or server; neither means the cluster we run in. */
function serverOf(clusters: SecretClusterRegistry, name: unknown, server: unknown): string {
  if (typeof name === "string" && name !== "") return clusters.byName(name)[0]?.server ?? "";
  return typeof server === "string" && server !== "" ? server : "https://kubernetes.default.svc";
}
