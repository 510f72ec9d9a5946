import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { problemError, systemClock, type Clock, type Logger } from "@fairlead/base";
import { METADATA_ONLY } from "../audit/policy.ts";
import { Availability } from "../aggregator/availability.ts";
import { openPki, type Pki } from "../auth/pki.ts";
import { bootstrap, type Endpoint } from "../bootstrap/bootstrap.ts";
import { ApiServices } from "../controllers/api-services.ts";
import { CertificateSigner } from "../controllers/certificate-signer.ts";
import { EventExpiry } from "../controllers/event-expiry.ts";
import { FlowStatus } from "../controllers/flow-status.ts";
import { GarbageCollector } from "../controllers/garbage.ts";
import { Internal } from "../controllers/internal.ts";
import { NamespaceController } from "../controllers/namespaces.ts";
import { PolicyStatus } from "../controllers/policy-status.ts";
import { QuotaStatus } from "../controllers/quota-status.ts";
import { RoleAggregation } from "../controllers/role-aggregation.ts";
import { ServiceAccountController } from "../controllers/service-accounts.ts";
import { VolumeProtection } from "../controllers/volume-protection.ts";
import { CrdService } from "../crd/service.ts";
import { noPods } from "../http/proxy-forward.ts";
import { LIMITS } from "../limits.ts";
import type { Registry } from "../registry/registry.ts";
import { PodLogs } from "../registry/pod-logs.ts";
import { ServiceProxies } from "../registry/service-proxy.ts";
import { backupDirectory, STATE_FILE } from "../storage/backup.ts";
import { lockDirectory } from "../storage/lock.ts";
import { memoryBackend } from "../storage/memory.ts";
import { sqliteBackend, type Loss } from "../storage/sqlite.ts";
import { Store } from "../storage/store.ts";
import type { Backend } from "../storage/types.ts";
import { assemble, MASTERS_GROUP } from "./assemble.ts";
import { listen, type Listener } from "./listener.ts";
import { listenLocally, type ClientAccess, type LocalListener } from "./local.ts";
import { IN_MEMORY, type ApiServer, type ApiServerAccess, type ApiServerOptions } from "./types.ts";

const DEFAULT_HOST = "127.0.0.1";
const SERVICE_NAMES = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

/** Starts an API server and resolves when it answers. @throws ProblemError, each cause its own code */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const clock = options.clock ?? systemClock;
  const host = options.host ?? DEFAULT_HOST;
  const directory = options.data === IN_MEMORY ? undefined : options.data;
  if (directory !== undefined) makeDirectory(directory);
  const unlock = directory === undefined ? () => {} : lockDirectory(directory);
  let backend: Backend | undefined;
  try {
    backend =
      directory === undefined
        ? memoryBackend()
        : sqliteBackend(join(directory, STATE_FILE), options.databaseBytesMax, (loss) =>
            tellLoss(options.logger, loss),
          );
    const names = [
      ...new Set(["localhost", ...SERVICE_NAMES, "127.0.0.1", "::1", host, ...(options.certificateNames ?? [])]),
    ];
    const pki = openPki({ directory, names, now: () => clock.now() });
    return await serveOn({ options, clock, host, directory, backend, pki, unlock });
  } catch (error) {
    await backend?.close();
    unlock();
    throw error;
  }
}

/** A start that found less than there was says so, once, and goes on. */
function tellLoss(logger: Logger, loss: Loss): void {
  if (loss === "empty") {
    logger.error("the database file was empty: everything that was in it is gone", {
      hint: "restore a backup with `fairlead apiserver restore`",
    });
    return;
  }
  const { rows, lost, keptAs } = loss;
  const ranges = lost.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
  logger.error("the database was damaged: what could be read of it goes on, what could not is lost", {
    code: "DatabaseDamaged",
    rowsSaved: rows,
    revisionsLost: ranges.length === 0 ? "those at its end" : ranges.join(", "),
    keptAs,
    hint: "restore a backup with `fairlead apiserver restore` where something is missing",
  });
}

interface Ground {
  readonly options: ApiServerOptions;
  readonly clock: Clock;
  readonly host: string;
  readonly directory: string | undefined;
  readonly backend: Backend;
  readonly unlock: () => void;
  readonly pki: Pki;
}

async function serveOn(ground: Ground): Promise<ApiServer> {
  const { options, clock, host, backend, pki } = ground;
  const store = new Store(backend, clock);
  const proxies = new ServiceProxies();
  const logs = new PodLogs();
  let isReady = false;
  const { registry, watches, webhookRoutes, remotes, handle, close } = assemble({
    store,
    pki,
    clock,
    logger: options.logger,
    adminToken: pki.adminToken,
    proxies,
    logs,
    route: options.podRoute ?? noPods,
    audit: options.audit,
    auditPolicy: options.auditPolicy ?? METADATA_ONLY,
    disabledAdmission: options.disabledAdmission ?? [],
    isReady: () => isReady,
  });
  const crds = new CrdService(new Internal(registry, options.logger, "kube-apiserver"), webhookRoutes);
  const listener = await listen(pki, host, options.port ?? 0, handle);
  const local = listenLocally(pki.caPem, `${host}:${listener.port}`, handle, () => clock.now());
  let stops: (() => void)[];
  try {
    stops = await startControllers(registry, pki, options, { address: host, port: listener.port });
    await pki.kept();
  } catch (error) {
    await listener.close();
    close();
    throw error;
  }
  const ownHands = new Internal(registry, options.logger, "kube-apiserver");
  stops.push(new Availability(ownHands, remotes, options.podRoute ?? noPods).start());
  const stopChores = [
    every(clock, LIMITS.compactionIntervalMs, () => store.compact()),
    every(clock, LIMITS.certificateCheckIntervalMs, () => {
      const renewed = pki.renewServing();
      if (renewed !== undefined) listener.serveAs(renewed);
    }),
  ];
  isReady = true;
  return apiServer({
    listener,
    local,
    ground,
    proxies,
    logs,
    close: async () => {
      isReady = false;
      for (const stop of stopChores) stop();
      crds.close();
      for (const stop of stops) stop();
      for (const watch of watches) watch.end();
      await Promise.all([listener.close(), local.close()]);
      close();
      await store.close();
      ground.unlock();
    },
  });
}

/** The defaults of a fresh cluster, then what keeps them and everything else in order. */
async function startControllers(
  registry: Registry,
  pki: Pki,
  { logger, controllers: hasControllers = true }: ApiServerOptions,
  endpoint: Endpoint,
): Promise<(() => void)[]> {
  const ownHands = new Internal(registry, logger, "kube-apiserver");
  // Begun in one turn: what both write shares one commit.
  const [stopServices] = await Promise.all([
    new ApiServices(ownHands).start(),
    bootstrap(ownHands, endpoint, hasControllers ? pki.caPem : undefined),
  ]);
  const stopEvents = new EventExpiry(new Internal(registry, logger, "kube-apiserver")).start();
  const stopFlows = new FlowStatus(new Internal(registry, logger, "kube-apiserver")).start();
  if (!hasControllers) return [stopEvents, stopServices, stopFlows];
  const controllers = new Internal(registry, logger, "kube-controller-manager");
  const [stopAccounts, stopRoles] = await Promise.all([
    new ServiceAccountController(controllers, pki.caPem).start(),
    new RoleAggregation(controllers).start(),
  ]);
  const stopNamespaces = new NamespaceController(controllers).start();
  const stopVolumes = new VolumeProtection(controllers).start();
  const stopQuotas = new QuotaStatus(controllers).start();
  const stopPolicies = new PolicyStatus(controllers).start();
  const stopGarbage = new GarbageCollector(controllers).start();
  const stopSigner = new CertificateSigner(controllers, pki).start();
  return [
    stopEvents,
    stopServices,
    stopFlows,
    stopAccounts,
    stopRoles,
    stopNamespaces,
    stopVolumes,
    stopQuotas,
    stopPolicies,
    stopGarbage,
    stopSigner,
  ];
}

/** Calls again and again until it is stopped. */
function every(clock: Clock, intervalMs: number, work: () => void): () => void {
  let cancel = (): void => {};
  const arm = (): void => {
    cancel = clock.after(intervalMs, () => {
      work();
      arm();
    });
  };
  arm();
  return () => cancel();
}

function apiServer(parts: {
  listener: Listener;
  local: LocalListener;
  ground: Ground;
  proxies: ServiceProxies;
  logs: PodLogs;
  close: () => Promise<void>;
}): ApiServer {
  const { ground, listener } = parts;
  const url = `https://${ground.host.includes(":") ? `[${ground.host}]` : ground.host}:${listener.port}`;
  const access = { server: url, caData: ground.pki.caData };
  const issueClient = (user: string, groups: readonly string[]) => {
    const { cert, key } = ground.pki.issueClient(user, groups);
    return { ...access, certData: toBase64(cert), keyData: toBase64(key) };
  };
  let admin: ReturnType<typeof issueClient> | undefined;
  let closing: Promise<void> | undefined;
  return {
    url,
    port: listener.port,
    caData: ground.pki.caData,
    adminConfig: () => ({ ...(admin ??= issueClient("admin", [MASTERS_GROUP])), bearerToken: ground.pki.adminToken }),
    issueClient: ({ user, groups = [] }) => issueClient(user, groups),
    connect: (client) => (isStraightTo(client, access) ? parts.local.connect(client) : undefined),
    serviceProxies: parts.proxies,
    podLogs: parts.logs,
    backup: (path) => backupOf(ground, path),
    close: () => (closing ??= parts.close()),
  };
}

/** Whether a client with this access would reach the server, and trust it, without anything in between. */
function isStraightTo(client: ClientAccess, access: ApiServerAccess): boolean {
  if (client.proxyUrl !== undefined || client.serverName !== undefined) return false;
  return client.server === access.server && client.caData === access.caData;
}

async function backupOf({ directory }: Ground, path: string): Promise<void> {
  if (directory !== undefined) return backupDirectory(directory, path);
  throw problemError("DataDirectoryUnusable", "a server in memory has nothing to back up", {
    hint: "start it with --data DIR",
  });
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw problemError(
      "DataDirectoryUnusable",
      `the data directory cannot be made: ${error instanceof Error ? error.message : String(error)}`,
      { file: directory, hint: "choose a directory that you may write to" },
      error,
    );
  }
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}
